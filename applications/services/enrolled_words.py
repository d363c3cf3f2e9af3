"""What is written to companies that a partner enrols or says are its members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.services import queue_notifications
from applications.models import CompanyPerson, EnrolledCompany, Enrolment, Invitation, PersonLevel

SCHEME = "the Rental Vehicle Security Scheme"


def in_words(moment: datetime | None) -> str:
    if moment is None:
        return ""
    day = timezone.localdate(moment)
    return f"{day.day} {day:%B %Y}"


def address_of_enrolment(enrolment: Enrolment) -> str:
    return settings.BASE_URL + reverse("applications:enrolment", kwargs={"pk": enrolment.pk})


def address_to_answer(tie: EnrolledCompany) -> str:
    path = reverse("applications:partner_answer", kwargs={"public_id": tie.company.public_id, "pk": tie.pk})
    return f"{settings.BASE_URL}{path}"


def invite_words(*, body: str, invitation: Invitation, token: str, is_reminder: bool = False) -> Notification:
    """The first word to a company that its trade body has enrolled. A key is in it."""
    company = invitation.company.name
    subject = f"{body} has enrolled {company} in {SCHEME}"
    address = settings.BASE_URL + reverse("applications:invitation", kwargs={"token": token})
    return Notification(
        to=invitation.email,
        holds_key=True,
        subject=f"Reminder: {subject}" if is_reminder else subject,
        body=(
            f"{body} has told the Department for Transport about {company}, so that it can join {SCHEME}. "
            "The company is no member yet. It becomes one when you have\n\n"
            "- checked what we were told about it\n"
            "- signed the declaration\n"
            "- and its security contact has confirmed that it is them.\n\n"
            f"Begin here:\n\n{address}\n\n"
            "You need an account with this email address; you can make one on the way. The link works "
            f"until {in_words(invitation.expires_at)}. If the company does not want to join, or you do not "
            "know why you have received this, do nothing.\n"
        ),
    )


def tell_asked(ties: Sequence[EnrolledCompany], *, is_reminder: bool = False) -> None:
    """Ask the owners of companies that are here already whether they belong to the partner: two queries."""
    if not ties:
        return
    by_company = {tie.company_id: tie for tie in ties}
    owners = CompanyPerson.objects.filter(
        company__in=by_company, level=PersonLevel.OWNER, user__is_active=True
    ).select_related("user", "company")
    messages = []
    for owner in owners.defer("company__search", "company__search_terms").order_by("pk"):
        tie = by_company[owner.company_id]
        subject = f"Is {owner.company.name} a member of {tie.body.name}?"
        messages.append(
            Notification(
                to=owner.user.email,
                user=owner.user,
                subject=f"Reminder: {subject}" if is_reminder else subject,
                body=(
                    f"{tie.body.name}, an approved partner of {SCHEME}, says that {owner.company.name} is "
                    "its member. It has seen nothing of what the company has here, and sees nothing of it "
                    "whatever you answer.\n\n"
                    f"Say whether it is right:\n\n{address_to_answer(tie)}\n"
                ),
            )
        )
    queue_notifications(messages)
