"""Fetching and guarding, as every view of a plan begins."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.models import Membership
from codeofpractice.models import PlanVersion, PlanVersionStatus
from codeofpractice.permissions import can_edit_plan
from codeofpractice.services.locks import refuse_if_ended


def signed_in(request: HttpRequest) -> User:
    """The person; LoginRequiredMiddleware has sent everyone else to sign in."""
    assert isinstance(request.user, User)
    return request.user


def get_membership(request: HttpRequest, number: str) -> Membership:
    """A membership of one of the person's own companies. DfT staff reach a plan through a check only."""
    return get_object_or_404(
        Membership.objects.filter(company__people__user=signed_in(request))
        .select_related("company")
        .defer("company__search"),
        number=number,
    )


def get_draft(request: HttpRequest, number: str) -> PlanVersion:
    """The open draft, for someone who may edit it: 404, 403 or 409 otherwise."""
    membership = get_membership(request, number)
    require(
        can_edit_plan(signed_in(request), membership),
        "Only an owner or editor of the company can change its plan",
    )
    refuse_if_ended(membership)
    draft = (
        PlanVersion.objects.visible_to(request.user)
        .filter(plan__membership=membership, status=PlanVersionStatus.DRAFT)
        .select_related("plan__membership__company", "edition")
        .first()
    )
    if draft is None:
        raise TransitionRefused("There is no draft of the plan. Start a new version to change it.")
    return draft
