"""What this room does by the clock."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task
from celery.contrib.django.task import DjangoTask
from django.utils import timezone

from applications import services
from applications.models import Application, EnrolmentStatus, JoinRequest, Membership
from applications.services import (
    contacts,
    declarations,
    enrolled,
    enrolment_checking,
    enrolment_importing,
    enrolments,
    join_requests,
)

logger = logging.getLogger("rvss.tasks")


@shared_task(base=DjangoTask)
def remind_of_declarations() -> int:
    """Remind the owners of members that have to sign again; returns how many. Each is reminded once."""
    return sum(declarations.remind_to_sign(request=row) for row in declarations.requests_to_remind())


@shared_task(base=DjangoTask)
def keep_memberships() -> dict[str, int]:
    """Remind of renewals and lapse what was not renewed. Harmless twice; a missed day is made good.

    One transaction a membership: one that fails is logged, tried again at the next run, and stops no other.
    """
    today = timezone.localdate()
    overdue = Membership.objects.overdue(today).order_by("pk")
    coming = Membership.objects.to_remind(today).order_by("pk")
    return {
        "lapsed": _each(overdue, lambda row: services.lapse_membership(membership=row)),
        "reminded": _each(coming, lambda row: services.remind_of_renewal(membership=row) is not None),
    }


@shared_task(base=DjangoTask)
def keep_drafts() -> dict[str, int]:
    """Warn of drafts that are about to go, and let those go whose year is over. Harmless twice.

    A day that was missed is made good: nothing goes whose company was not warned 7 days before.
    """
    now = timezone.now()
    done = {"expired": 0, "warned": 0}
    for draft in list(Application.objects.drafts_to_expire(now).order_by("pk")):
        with _logged("Draft %s could not be let go", draft.pk):
            done["expired"] += services.expire_draft(application=draft, now=now)
    for draft in list(Application.objects.drafts_to_warn_of(timezone.localdate(now)).order_by("pk")):
        with _logged("Nobody could be warned of the end of draft %s", draft.pk):
            done["warned"] += services.warn_of_expiry(application=draft, now=now)
    return done


@shared_task(base=DjangoTask)
def keep_contacts() -> dict[str, int]:
    """Ask contacts every six months, remind them, and give up after 28 days. Harmless twice."""
    now = timezone.now()
    done = {"reminded": 0, "missed": 0, "asked": 0}
    for confirmation in contacts.confirmations_to_chase(now):
        with _logged("Confirmation %s could not be chased", confirmation.pk):
            if services.miss_confirmation(confirmation=confirmation, now=now):
                done["missed"] += 1
            elif services.remind_contact(confirmation=confirmation, now=now):
                done["reminded"] += 1
    for contact in contacts.contacts_to_ask(now):
        with _logged("Contact %s could not be asked", contact.pk):
            services.ask_for_confirmation(contact=contact, by=None)
            done["asked"] += 1
    return done


@contextmanager
def _logged(message: str, pk: int) -> Iterator[None]:
    """One row that fails is logged and tried again at the next run; it stops no other."""
    try:
        yield
    except Exception:
        logger.exception(message, pk)


def _each(memberships: Iterable[Membership], do: Callable[[Membership], bool]) -> int:
    done = 0
    for membership in list(memberships):
        try:
            done += do(membership)
        except Exception:
            logger.exception("Membership %s could not be kept up to date", membership.number)
    return done


@shared_task(base=DjangoTask)
def pass_on_join_request(request_id: int) -> bool:
    """Tell the owners of the company that somebody asks for, if it is in the service. Harmless twice."""
    return join_requests.deliver_join_request(request=JoinRequest(pk=request_id))


@shared_task(base=DjangoTask)
def sweep_join_requests() -> int:
    """Start again what a crash left waiting for over a minute; returns how many."""
    before = timezone.now() - timedelta(minutes=1)
    waiting = JoinRequest.objects.waiting().filter(asked_at__lt=before)
    ids = list(waiting.order_by("pk").values_list("pk", flat=True)[:500])
    for request_id in ids:
        pass_on_join_request.delay(request_id)
    return len(ids)


@shared_task(base=DjangoTask)
def work_on_enrolment(enrolment_id: int) -> None:
    """Check or enrol the rows of a partner's list, chunk by chunk. Harmless when run twice or at once."""
    enrolment = enrolments.claim_enrolment(enrolment_id=enrolment_id)
    if enrolment is None:
        return
    checking = enrolment.status == EnrolmentStatus.CHECKING
    work = enrolment_checking.check_rows if checking else enrolment_importing.import_rows
    try:
        while work(enrolment_id=enrolment_id):
            pass
    except Exception as error:  # whatever it was, the row says so and it is tried again
        logger.exception("Enrolment %s broke off", enrolment_id)
        enrolments.note_error(enrolment=enrolment, error=type(error).__name__)


@shared_task(base=DjangoTask)
def sweep_enrolments() -> int:
    """Start again what a crash left in the middle; returns how many."""
    ids = enrolments.stuck_enrolments()
    for enrolment_id in ids:
        work_on_enrolment.delay(enrolment_id)
    return len(ids)


@shared_task(base=DjangoTask)
def keep_enrolled() -> int:
    """Remind companies that partners enrolled and that have not confirmed; returns how many."""
    now = timezone.now()
    done = 0
    for tie in enrolled.enrolled_to_remind(now):
        with _logged("Enrolled company %s could not be reminded", tie.pk):
            done += enrolled.remind_enrolled(tie=tie, now=now)
    return done
