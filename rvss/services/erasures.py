"""Erasing what is held about a person: asked for, seven days in which to think again, then done by a task."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.holding import Subject
from accounts.models import ERASURE_TRANSITIONS, ErasureRequest, ErasureStatus, User
from accounts.permissions import can_ask_erasure, can_cancel_erasure
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from rvss.personal_data import HOLDINGS, lock_ties_of, obstacles_to_erasing, ties_of

WAIT = timedelta(days=7)
NOT_YOURS = (
    "Only you can ask for this, or an administrator once your access has ended. An account for work at the "
    "department is closed by an administrator first."
)


class Grown(Exception):
    """Somebody let the person into another company while the erasure was waiting for its locks: try again."""


@transaction.atomic
def ask_erasure(*, person: User, reason: str, by: User) -> ErasureRequest:
    """It is done in seven days. Asked for again in the meantime, it returns the request that waits.

    Raises TransitionRefused when something stands in the way as things are now; it is looked at again
    when the time has come.
    """
    locked = User.objects.select_for_update().get(pk=person.pk)
    require(can_ask_erasure(by, locked), NOT_YOURS)
    waiting = ErasureRequest.objects.waiting().filter(person=locked).first()
    if waiting:
        return waiting
    obstacles = obstacles_to_erasing(locked)
    if obstacles:
        raise TransitionRefused(" ".join(obstacles))
    now = timezone.now()
    request = ErasureRequest.objects.create(
        person=locked, requested_by=by, requested_at=now, reason=reason, due_at=now + WAIT
    )
    due = in_words(request.due_at)
    queue_notification(
        to=locked.email,
        user=locked,
        subject="Your personal data will be erased",
        body=(
            "The Rental Vehicle Security Scheme has been asked to erase the personal data that it holds "
            f"about you. This is done on {due}. You cannot sign in after that, and we do not write to you "
            "again.\n\n"
            f"{_how_to_cancel(request)}\n\n"
            f"What stays, and why: {settings.BASE_URL}{reverse('privacy')}\n"
        ),
    )
    record_event(
        verb="user.erasure_asked_for",
        target=locked,
        by=by,
        reason=reason,
        data={"due": timezone.localdate(request.due_at).isoformat()},
    )
    return request


def _how_to_cancel(request: ErasureRequest) -> str:
    if request.requested_by_id == request.person_id:
        address = settings.BASE_URL + reverse("data:yours")
        return f"If you did not ask for this, or have changed your mind, cancel it until then: {address}"
    return f"If you think that this is wrong, write to {settings.DEFAULT_FROM_EMAIL} before that day."


def in_words(moment: datetime) -> str:
    local = timezone.localtime(moment)
    return f"{local.day} {local:%B %Y}"


@transaction.atomic
def cancel_erasure(*, request: ErasureRequest, reason: str, by: User) -> None:
    locked = (
        ErasureRequest.objects.select_for_update(of=("self",)).select_related("person").get(pk=request.pk)
    )
    require(can_cancel_erasure(by, locked.person), "Only the person or an administrator can cancel this")
    change_status(locked, ErasureStatus.CANCELLED, ERASURE_TRANSITIONS)
    locked.cancelled_by, locked.cancelled_at, locked.cancel_reason = by, timezone.now(), reason
    locked.save()
    record_event(verb="user.erasure_cancelled", target=locked.person, by=by, reason=reason)


@transaction.atomic
def erase_person(*, request_id: int, now: datetime) -> bool:
    """Do what was asked for and is due; harmless twice. False when nothing was done.

    What the person is taken out of is locked first, then the person: so nobody makes them an owner meanwhile.
    Raises Grown; everything is rolled back, and the next run tries again.
    """
    request = (
        ErasureRequest.objects.select_for_update(of=("self",))
        .filter(pk=request_id, status=ErasureStatus.WAITING, due_at__lte=now)
        .first()
    )
    if request is None:
        return False
    locked = lock_ties_of(User(pk=request.person_id))
    person = User.objects.select_for_update().get(pk=request.person_id)
    if ties_of(person) != locked:
        raise Grown(request_id)
    obstacles = obstacles_to_erasing(person)
    if person.is_active and request.requested_by_id != person.pk:
        obstacles.append("The person can sign in again, and has to ask for this themselves.")
    if obstacles:
        _put_off(request, person, " ".join(obstacles))
        return False
    done = _erase(Subject.of_person(person))
    change_status(request, ErasureStatus.DONE, ERASURE_TRANSITIONS)
    request.done_at, request.obstacle, request.last_error = timezone.now(), "", ""
    request.save()
    record_event(verb="user.erased", target=person, by=None, data={"request": request.pk, **done})
    return True


def _erase(subject: Subject) -> dict[str, Any]:
    """Rooms further right first would make no difference: what is locked was locked before."""
    done: dict[str, Any] = {}
    for holding in HOLDINGS:
        if holding.erase:
            done |= holding.erase(subject)
    return done


def _put_off(request: ErasureRequest, person: User, obstacle: str) -> None:
    """The person is told once for each reason."""
    if request.obstacle == obstacle:
        return
    request.obstacle = obstacle
    request.save(update_fields=["obstacle"])
    queue_notification(
        to=person.email,
        user=person,
        subject="Your personal data cannot be erased yet",
        body=(
            f"Your personal data was to be erased now, but cannot be yet:\n\n{obstacle}\n\n"
            "As soon as that is settled it is done, without another request.\n"
        ),
    )
    record_event(verb="user.erasure_put_off", target=person, by=None, data={"request": request.pk})


@transaction.atomic
def note_error(*, request_id: int, error: str) -> None:
    request = ErasureRequest.objects.select_for_update().get(pk=request_id)
    request.attempts += 1
    request.last_error = error[:2000]
    request.save(update_fields=["attempts", "last_error"])
