"""Fetching and guarding, as every view of an application begins."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.models import Application, ApplicationStatus
from applications.permissions import can_edit_company
from applications.querysets import ApplicationQuerySet


def signed_in(request: HttpRequest) -> User:
    """The person; LoginRequiredMiddleware has sent everyone else to sign in."""
    assert isinstance(request.user, User)
    return request.user


def applications_for(request: HttpRequest) -> ApplicationQuerySet:
    return Application.objects.visible_to(request.user).select_related("company")


def get_application(request: HttpRequest, reference: str) -> Application:
    return get_object_or_404(applications_for(request).defer("company__search"), reference=reference)


def get_draft(request: HttpRequest, reference: str) -> Application:
    """A draft with its answers, for someone who may edit it: 404, 403 or 409 otherwise."""
    application = get_object_or_404(
        Application.objects.visible_to(request.user).with_answers().defer("company__search"),
        reference=reference,
    )
    require(
        can_edit_company(signed_in(request), application.company),
        "Only an owner or editor of the company can work on its application",
    )
    if application.status != ApplicationStatus.DRAFT:
        raise TransitionRefused(
            "This application has been sent, so its answers can no longer be changed. "
            f"It is now: {application.get_status_display()}."
        )
    return application
