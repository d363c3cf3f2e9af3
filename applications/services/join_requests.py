"""Asking the owners of a company to be let in, without learning whether it is in the service."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import change_status
from applications.models import (
    JOIN_REQUEST_TRANSITIONS,
    Company,
    CompanyPerson,
    JoinRequest,
    JoinRequestStatus,
    PersonLevel,
)
from applications.permissions import can_act_for_companies, can_manage_company_people
from applications.searching import membership_number
from applications.services.invitations import OTHER_ROLE, add_person, described
from applications.services.locks import lock_company, tell_owners

MOST_REQUESTS_A_DAY = 5
DAYS_AFTER_DECLINING = 30  # the owners are not asked again by the same person for so long
NOT_YOURS = "Only an owner of the company can answer a request to join it"


def requests_left(user: User) -> int:
    """How often the person may ask today; what was asked in vain counts as well."""
    asked = JoinRequest.objects.filter(user=user, asked_at__gt=timezone.now() - timedelta(days=1)).count()
    return max(MOST_REQUESTS_A_DAY - asked, 0)


@transaction.atomic
def ask_to_join(*, number: str, message: str, by: User) -> JoinRequest | None:
    """Take the request; a task passes it on. Harmless twice; None after too many in a day.

    `number` is normalised: of Companies House, or a membership number.
    """
    require(can_act_for_companies(by), OTHER_ROLE)
    User.objects.select_for_update().get(pk=by.pk)  # one at a time, so that nobody gets past the limit
    earlier = JoinRequest.objects.filter(user=by, number=number, status__in=["waiting", "open"]).first()
    if earlier:
        return earlier
    if not requests_left(by):
        return None
    from applications.tasks import pass_on_join_request

    asked = JoinRequest.objects.create(user=by, number=number, message=message)
    pass_on_join_request.delay_on_commit(asked.pk)
    record_event(verb="join_request.asked", target=asked, by=by)
    return asked


def companies_with(number: str) -> QuerySet[Company]:
    """The companies that the number may mean, the likeliest first: members, then applicants, then drafts.

    Anybody can write a number into a draft, so a draft must not stand before the company itself.
    """
    current = Q(memberships__status__in=["active", "suspended", "lapsed"])
    if membership_number(number):
        return Company.objects.filter(current, memberships__number=number)
    rank = Case(
        When(current, then=Value(0)),
        When(applications__submitted_at__isnull=False, then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return Company.objects.filter(company_number=number).annotate(rank=rank).order_by("rank", "pk")


def _company_to_ask(request: JoinRequest) -> Company | None:
    """The company, if it has somebody to answer and this person has not just been answered."""
    found = companies_with(request.number).values_list("pk", flat=True).first()
    if found is None:
        return None
    company = lock_company(Company(pk=found))
    if company.people.filter(user=request.user_id).exists():
        return None
    has_owner = company.people.filter(level=PersonLevel.OWNER, user__is_active=True).exists()
    since = timezone.now() - timedelta(days=DAYS_AFTER_DECLINING)
    answered = JoinRequest.objects.filter(user=request.user_id, company=company).filter(
        Q(status="open") | Q(status="declined", decided_at__gt=since)
    )
    return company if has_owner and not answered.exists() else None


@transaction.atomic
def deliver_join_request(*, request: JoinRequest) -> bool:
    """Tell the owners, if there are any; harmless twice. When there are none, the message is not kept."""
    locked = JoinRequest.objects.select_for_update(of=["self"]).select_related("user").get(pk=request.pk)
    if locked.status != JoinRequestStatus.WAITING:
        return False
    company = _company_to_ask(locked)
    if company is None:
        change_status(locked, JoinRequestStatus.UNMATCHED, JOIN_REQUEST_TRANSITIONS)
        locked.message = ""
        locked.save(update_fields=["status", "message"])
        return False
    change_status(locked, JoinRequestStatus.OPEN, JOIN_REQUEST_TRANSITIONS)
    locked.company = company
    locked.save(update_fields=["status", "company"])
    where = reverse("applications:join_request", kwargs={"public_id": company.public_id, "pk": locked.pk})
    tell_owners(
        company,
        subject=f"{locked.user} asks to act for {company.name}",
        body=(
            f"{locked.user} ({locked.user.email}) asks to act for {company.name} in the Rental Vehicle "
            f"Security Scheme.\n\nTheir message:\n\n{locked.message}\n\n"
            f"Accept or decline: {settings.BASE_URL}{where}\n"
        ),
    )
    record_event(verb="join_request.passed_on", target=locked, by=None, data={"company": company.pk})
    return True


def _lock_for_answer(request: JoinRequest, by: User) -> JoinRequest:
    assert request.company_id is not None
    company = lock_company(Company(pk=request.company_id))
    locked = JoinRequest.objects.select_for_update(of=["self"]).select_related("user").get(pk=request.pk)
    locked.company = company
    require(can_manage_company_people(by, company), NOT_YOURS)
    return locked


@transaction.atomic
def accept_join_request(*, request: JoinRequest, level: str, by: User) -> CompanyPerson:
    locked = _lock_for_answer(request, by)
    company = locked.company
    assert company is not None
    change_status(locked, JoinRequestStatus.ACCEPTED, JOIN_REQUEST_TRANSITIONS)
    locked.decided_by, locked.decided_at, locked.level = by, timezone.now(), level
    locked.save(update_fields=["status", "decided_by", "decided_at", "level"])
    require(can_act_for_companies(locked.user), OTHER_ROLE)
    person = add_person(company=company, user=locked.user, level=level)
    where = reverse("applications:company", kwargs={"public_id": company.public_id})
    queue_notification(
        to=locked.user.email,
        user=locked.user,
        subject=f"You now act for {company.name}",
        body=(
            f"{by} has accepted your request. You now act for {company.name} in the Rental Vehicle Security "
            f"Scheme as {described(level)}.\n\n{settings.BASE_URL}{where}\n"
        ),
    )
    record_event(
        verb="join_request.accepted",
        target=locked,
        by=by,
        data={"company": company.pk, "person": locked.user_id, "level": level},
    )
    return person


@transaction.atomic
def decline_join_request(*, request: JoinRequest, reason: str, by: User) -> None:
    locked = _lock_for_answer(request, by)
    assert locked.company is not None
    change_status(locked, JoinRequestStatus.DECLINED, JOIN_REQUEST_TRANSITIONS)
    locked.decided_by, locked.decided_at, locked.reason = by, timezone.now(), reason
    locked.save(update_fields=["status", "decided_by", "decided_at", "reason"])
    queue_notification(
        to=locked.user.email,
        user=locked.user,
        subject=f"Your request to act for {locked.company.name}",
        body=(
            f"An owner of {locked.company.name} has declined your request to act for the company in the "
            f"Rental Vehicle Security Scheme.\n\nThe reason:\n\n{reason}\n"
        ),
    )
    record_event(
        verb="join_request.declined",
        target=locked,
        by=by,
        reason=reason,
        data={"company": locked.company_id, "person": locked.user_id},
    )
