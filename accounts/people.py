"""What happens to an account: its role, its access and its address."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from accounts.models import Role, User
from accounts.permissions import can_change_person
from accounts.services import queue_notification, record_event, require
from accounts.tokens import revoke_tokens_of
from accounts.transitions import TransitionRefused

NOT_YOURS = "Only another administrator can change an account"


def _lock_person(person: User, by: User) -> User:
    """The person's row. All administrators are locked too: two cannot take each other's role away, and as
    nobody changes their own, one is always left.

    Raises PermissionDenied, also when `by` has lost the role or the access in the meantime.
    """
    administrators = User.objects.filter(role=Role.ADMINISTRATOR, is_active=True)
    ids = {*administrators.values_list("pk", flat=True), person.pk}
    locked = {user.pk: user for user in User.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    acting = locked.get(by.pk)
    require(
        acting is not None and acting.is_active and can_change_person(acting, locked[person.pk]), NOT_YOURS
    )
    return locked[person.pk]


@transaction.atomic
def change_role(*, person: User, role: str, reason: str, by: User) -> None:
    locked = _lock_person(person, by)
    if locked.erased_at:
        raise TransitionRefused("This person's data was erased: the account cannot be used again.")
    if locked.role == role:
        raise TransitionRefused(f"{locked} already has this role: {locked.get_role_display()}.")
    before, locked.role = locked.role, Role(role)
    locked.save(update_fields=["role"])
    revoke_tokens_of(locked, reason=f"The role of its owner has changed. {reason}", by=by)
    queue_notification(
        to=locked.email,
        user=locked,
        subject=f"Your role is now: {locked.get_role_display()}",
        body=(
            "Your account for the Rental Vehicle Security Scheme has a new role: "
            f"{locked.get_role_display()}.\n\n"
            f"The reason given:\n\n{reason}\n\nSign in: {settings.BASE_URL}\n"
        ),
    )
    record_event(
        verb="user.role_changed", target=locked, by=by, reason=reason, data={"from": before, "to": role}
    )


@transaction.atomic
def tell_of_new_email(*, person: User, before: str) -> None:
    """To the address that the account had: whoever reads there notices when it was not the person."""
    queue_notification(
        to=before,
        user=person,
        subject="Your email address was changed",
        body=(
            "Your account for the Rental Vehicle Security Scheme has another email address now. We write "
            "to that one from now on, and you sign in with it.\n\n"
            "If that was not you, write to us at once.\n"
        ),
    )
    record_event(verb="user.email_changed", target=person, by=person)


@transaction.atomic
def deactivate_person(*, person: User, reason: str, by: User) -> None:
    """The person can no longer sign in, and is signed out at the next page that they open. Their API tokens
    are revoked."""
    locked = _lock_person(person, by)
    if not locked.is_active:
        raise TransitionRefused(f"{locked} cannot sign in already.")
    locked.is_active = False
    locked.save(update_fields=["is_active"])
    revoke_tokens_of(locked, reason=f"The account of its owner was stopped. {reason}", by=by)
    record_event(verb="user.deactivated", target=locked, by=by, reason=reason)


@transaction.atomic
def reactivate_person(*, person: User, reason: str, by: User) -> None:
    locked = _lock_person(person, by)
    if locked.erased_at:
        raise TransitionRefused("This person's data was erased: the account cannot be used again.")
    if locked.is_active:
        raise TransitionRefused(f"{locked} can sign in already.")
    locked.is_active = True
    locked.save(update_fields=["is_active"])
    record_event(verb="user.reactivated", target=locked, by=by, reason=reason)
