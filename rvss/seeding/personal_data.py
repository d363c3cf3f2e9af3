"""What has outlived its time in the demo, and the report that says so: for an administrator to look at."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from accounts.models import Notification, NotificationStatus, RetentionRun, Role, User
from applications.models import Company, Invitation, InvitationStatus, SecurityContact
from rvss.seeding.staff import NO_PASSWORD
from rvss.services.retention import report_run, start_run

FORMER = (("Bronwen Ashcombe", "Depot manager"), ("Oluwaseun Thistlewood", "Director"))


def make_retention_report() -> RetentionRun | None:
    """Only the first time, as a report stays open until somebody decides on it."""
    company = Company.objects.order_by("pk").first()
    if company is None or RetentionRun.objects.exists():
        return None
    now = timezone.now()
    _old_messages(now)
    _unconfirmed_accounts(now)
    _past_contacts(company, now)
    _old_invitations(company, now)
    run = start_run(by=None)
    report_run(run_id=run.pk, now=now)
    return run


def _old_messages(now: datetime) -> None:
    """Of the scheme's first days, long before the 18 months in which everything else happens."""
    sent = [now - timedelta(days=760 + 3 * place) for place in range(12)]
    Notification.objects.bulk_create(
        Notification(
            to=f"pilot{place}@example.com",
            subject="The scheme opens soon",
            body="You asked to be told when hire companies can join. They can.",
            status=NotificationStatus.SENT,
            attempts=1,
            created_at=at,
            sent_at=at,
        )
        for place, at in enumerate(sent)
    )


def _unconfirmed_accounts(now: datetime) -> None:
    User.objects.bulk_create(
        User(
            email=f"never.confirmed{place}@example.com",
            name=name,
            role=Role.COMPANY,
            password=NO_PASSWORD,
            date_joined=now - timedelta(days=40 + 9 * place),
        )
        for place, name in enumerate(("Iolo Pennyfarthing", "Cécile Dubarry", "Marek Hollinsclough"))
    )


def _past_contacts(company: Company, now: datetime) -> None:
    first = timezone.localdate(now - timedelta(days=2850))
    for place, (name, title) in enumerate(FORMER):
        began = first + timedelta(days=300 * place)
        SecurityContact.objects.create(
            company=company,
            kind="contact",
            name=name,
            job_title=title,
            email=f"former.contact{place}@example.com",
            telephone="01632 960456",
            since=began,
            until=began + timedelta(days=300),
        )


def _old_invitations(company: Company, now: datetime) -> None:
    owner = company.people.select_related("user").order_by("pk").first()
    if owner is None:
        return
    sent = now - timedelta(days=420)
    Invitation.objects.create(
        company=company,
        email="former.colleague@example.com",
        level="viewer",
        token_hash="0" * 64,
        status=InvitationStatus.WITHDRAWN,
        invited_by=owner.user,
        invited_at=sent,
        expires_at=sent + timedelta(days=14),
        closed_by=owner.user,
        closed_at=sent + timedelta(days=2),
        reason="Wrong address",
    )
