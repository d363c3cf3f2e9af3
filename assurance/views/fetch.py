"""Fetching and guarding, as every view of a check begins."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.services import require
from assurance.models import PlanCheck
from assurance.permissions import can_work_on_check


def signed_in(request: HttpRequest) -> User:
    """The person; LoginRequiredMiddleware has sent everyone else to sign in."""
    assert isinstance(request.user, User)
    return request.user


def get_check(request: HttpRequest, pk: int, *with_it: str) -> PlanCheck:
    """`with_it` names what else is fetched in the same query."""
    return get_object_or_404(
        PlanCheck.objects.visible_to(request.user)
        .select_related(
            "membership__company", "plan_version__edition", "assurer", "selection__round", *with_it
        )
        .defer("membership__company__search", "selection__round__frame"),
        pk=pk,
    )


def get_own_check(request: HttpRequest, pk: int) -> PlanCheck:
    """A check that is allocated to the person: 404 or 403 otherwise."""
    check = get_check(request, pk)
    require(
        can_work_on_check(signed_in(request), check),
        "Only the assurer to whom the check is allocated can work on it",
    )
    return check
