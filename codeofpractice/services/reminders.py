"""Reminders of a plan's review and of evidence that expires. By the clock; each goes out once."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from accounts.services import queue_notification, record_event
from applications.models import PersonLevel
from applications.services.contacts import current_contact_of
from applications.services.locks import in_words, tell_owners, tell_those_who_edit
from codeofpractice.models import Evidence, Plan, PlanReminder, PlanVersion, ReminderKind
from codeofpractice.querysets import reminder_for


def _address(plan: Plan) -> str:
    number = plan.membership.number
    return settings.BASE_URL + reverse("codeofpractice:plan", kwargs={"number": number})


def _lock_plan(plan_id: int) -> Plan:
    return Plan.objects.select_for_update(of=("self",)).select_related("membership__company").get(pk=plan_id)


@transaction.atomic
def remind_of_review(*, version: PlanVersion, today: date) -> bool:
    """The reminder that is due, to the owners and the security contact; False when it is out already."""
    plan = _lock_plan(version.plan_id)
    due = PlanVersion.objects.filter(pk=version.pk).to_review(today).first()
    if due is None or due.review_on is None:
        return False
    days = reminder_for(due.review_on, today)
    PlanReminder.objects.create(plan=plan, kind=ReminderKind.REVIEW, due_on=due.review_on, days=days or 0)
    company = plan.membership.company
    day = in_words(due.review_on)
    is_over = due.review_on <= today
    subject = f"Review the security plan of {company.name}{' now' if is_over else f' by {day}'}"
    body = (
        f"Version {due.number} of the security plan of {company.name} {'was' if is_over else 'is'} to be "
        f"reviewed by {day}. A plan is looked at again at least once a year.\n\nStart a new version, check "
        f"what it says, and submit it: {_address(plan)}\n"
    )
    tell_owners(company, subject=subject, body=body)
    contact = current_contact_of(company, "contact")
    owners = company.people.filter(level=PersonLevel.OWNER, user__is_active=True)
    if contact and not owners.filter(user__email__iexact=contact.email).exists():
        queue_notification(to=contact.email, subject=subject, body=body)
    record_event(verb="plan.review_reminded", target=due, by=None, data={"days": days})
    return True


@transaction.atomic
def remind_of_evidence(*, plan_id: int, today: date) -> int:
    """One message about everything whose reminder is due, to owners and editors; returns how many files."""
    plan = _lock_plan(plan_id)
    due = list(
        Evidence.objects.filter(version__plan=plan)
        .to_remind(today)
        .select_related("version", "file")
        .order_by("expires_on", "pk")
    )
    if not due:
        return 0
    PlanReminder.objects.bulk_create(
        PlanReminder(
            plan=plan,
            kind=ReminderKind.EVIDENCE,
            file=row.file,
            due_on=row.expires_on,
            days=reminder_for(row.expires_on, today) or 0,
        )
        for row in due
        if row.expires_on
    )
    lines = "\n".join(
        f"- {row.title}: {'expired on' if row.is_expired else 'holds until'} {in_words(row.expires_on)}"
        for row in due
        if row.expires_on
    )
    company = plan.membership.company
    tell_those_who_edit(
        company,
        subject=f"Evidence in the security plan of {company.name} {_verb(due)}",
        body=(
            f"{lines}\n\nReplace each by a newer file, or change its date, in the draft of the plan. Start a "
            f"new version if there is none: {_address(plan)}\n"
        ),
    )
    record_event(
        verb="plan.evidence_reminded",
        target=due[0].version,
        by=None,
        data={"files": [r.file_id for r in due]},
    )
    return len(due)


def _verb(due: list[Evidence]) -> str:
    return "has expired" if all(row.is_expired for row in due) else "expires"
