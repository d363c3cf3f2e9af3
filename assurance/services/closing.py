"""Keeping why something was closed, and the second look at a share of it."""

from __future__ import annotations

import secrets

from django.db import transaction

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused
from assurance.models import (
    CheckRequest,
    Closure,
    ClosureCode,
    CorrectiveAction,
    LookResult,
    SecondLook,
    SuspensionProposal,
)
from assurance.permissions import can_look_again

# One in ten, drawn as it is closed: whoever closes cannot know.
SAMPLED_ONE_IN = 10


def keep_closure(
    *,
    code: str,
    reason: str,
    by: User,
    action: CorrectiveAction | None = None,
    request: CheckRequest | None = None,
    proposal: SuspensionProposal | None = None,
) -> Closure:
    """Called in the transaction that closes. Raises TransitionRefused without a reason."""
    if not reason.strip() or code not in ClosureCode.values:
        raise TransitionRefused("Choose why it is closed, and say it in a few words.")
    return Closure.objects.create(
        action=action,
        request=request,
        proposal=proposal,
        code=code,
        reason=reason,
        by=by,
        is_sampled=secrets.randbelow(SAMPLED_ONE_IN) == 0,
    )


def refuse_if_looked_at(closure: Closure) -> None:
    if SecondLook.objects.filter(closure=closure).exists():
        raise TransitionRefused("Somebody has looked at this already.")


@transaction.atomic
def look_again(*, closure: Closure, result: str, note: str, by: User) -> SecondLook:
    """Say whether it was right to close it. Raises TransitionRefused when somebody has."""
    locked = Closure.objects.select_for_update().get(pk=closure.pk)
    require(can_look_again(by, locked), "A lead who did not close it, and whom nothing bars, looks again")
    refuse_if_looked_at(locked)
    look = SecondLook.objects.create(
        closure=locked, closed_by=locked.by, result=LookResult(result), note=note, by=by
    )
    record_event(verb="closure.looked_at", target=locked, by=by, reason=note, data={"result": look.result})
    return look
