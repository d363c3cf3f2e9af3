"""Fetching and guarding, as every view of an application begins."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.models import Application, ApplicationStatus
from applications.permissions import can_edit_company, is_open_to_changes
from applications.querysets import ApplicationQuerySet
from applications.services.sections import why_not_changed


def signed_in(request: HttpRequest) -> User:
    """The person; LoginRequiredMiddleware has sent everyone else to sign in."""
    assert isinstance(request.user, User)
    return request.user


def applications_for(request: HttpRequest) -> ApplicationQuerySet:
    return Application.objects.visible_to(request.user).select_related("company", "partner")


def get_application(request: HttpRequest, reference: str) -> Application:
    return get_object_or_404(applications_for(request).defer("company__search"), reference=reference)


def get_editable(
    request: HttpRequest,
    reference: str,
    refusal: str = "Only an owner or editor of the company can work on its application",
) -> Application:
    """The application with its answers, in any state, for an owner or editor: 404 or 403 otherwise."""
    application = get_object_or_404(
        Application.objects.visible_to(request.user).with_answers().defer("company__search"),
        reference=reference,
    )
    require(can_edit_company(signed_in(request), application.company), refusal)
    return application


def get_draft(request: HttpRequest, reference: str) -> Application:
    """A draft with its answers, for someone who may edit it: 404, 403 or 409 otherwise."""
    application = get_editable(request, reference)
    if application.status != ApplicationStatus.DRAFT:
        raise TransitionRefused(why_not_changed(application))
    return application


def get_for_section(request: HttpRequest, reference: str, section: str) -> Application:
    """The application with its answers, when this section may be changed: 404, 403 or 409 otherwise."""
    application = get_editable(request, reference)
    if not is_open_to_changes(application, section):
        raise TransitionRefused(why_not_changed(application))
    return application


def get_member_facts(request: HttpRequest, reference: str) -> Application:
    """The accepted application that holds a member's facts: 404 or 409 otherwise."""
    application = get_object_or_404(
        Application.objects.visible_to(request.user)
        .with_answers()
        .select_related("membership")
        .defer("company__search"),
        reference=reference,
    )
    if application.status != ApplicationStatus.ACCEPTED:
        raise TransitionRefused(why_not_changed(application))
    return application
