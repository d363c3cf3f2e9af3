"""Inviting people, and what the invited person meets."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views import View
from django.views.decorators.cache import never_cache

from accounts.adapters import suggest_email
from accounts.models import User
from applications import forms, services
from applications.models import (
    Company,
    EnrolledKind,
    EnrolledStatus,
    Invitation,
    InvitationStatus,
    TradeBody,
)
from applications.permissions import can_act_for_companies, level_in
from applications.services.invitations import acts_already, find_invitation, is_addressed_to
from applications.views.fetch import signed_in
from applications.views.people import get_company_to_manage


class InvitationSend(View):
    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        return self._show(request, company, forms.InvitationForm())

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        form = forms.InvitationForm(request.POST)
        if form.is_valid() and acts_already(company, form.cleaned_data["email"]):
            form.add_error("email", f"This person acts for {company.name} already")
        if not form.is_valid():
            return self._show(request, company, form)
        invitation = services.invite_person(company=company, **form.cleaned_data, by=signed_in(request))
        messages.success(request, f"{invitation.email} has been invited.")
        return redirect("applications:people", public_id=public_id)

    def _show(self, request: HttpRequest, company: Company, form: forms.InvitationForm) -> HttpResponse:
        return render(request, "applications/invitation_send.html", {"company": company, "form": form})


def get_invitation(company: Company, pk: int) -> Invitation:
    return get_object_or_404(company.invitations, pk=pk)


class InvitationResend(View):
    def post(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        sent = services.resend_invitation(invitation=get_invitation(company, pk), by=signed_in(request))
        messages.success(request, f"A new link has been sent to {sent.email}. The old one works no longer.")
        return redirect("applications:people", public_id=public_id)


class InvitationWithdraw(View):
    def get(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        return self._show(request, company, get_invitation(company, pk), forms.InvitationWithdrawal())

    def post(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        invitation = get_invitation(company, pk)
        form = forms.InvitationWithdrawal(request.POST)
        if not form.is_valid():
            return self._show(request, company, invitation, form)
        services.withdraw_invitation(
            invitation=invitation, reason=form.cleaned_data["reason"], by=signed_in(request)
        )
        messages.success(request, f"The invitation to {invitation.email} has been withdrawn.")
        return redirect("applications:people", public_id=public_id)

    def _show(
        self,
        request: HttpRequest,
        company: Company,
        invitation: Invitation,
        form: forms.InvitationWithdrawal,
    ) -> HttpResponse:
        context = {"company": company, "invitation": invitation, "form": form}
        return render(request, "applications/invitation_withdraw.html", context)


def partner_behind(invitation: Invitation) -> TradeBody | None:
    """The approved partner that has enrolled the company, while the company has not confirmed."""
    ties = invitation.company.enrolled.filter(kind=EnrolledKind.NEW, status=EnrolledStatus.UNCONFIRMED)
    tie = ties.select_related("body").first()
    return tie.body if tie else None


def masked(email: str) -> str:
    """n***@example.com: enough to know one's own address by, too little to learn somebody else's."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1] if len(local) > 1 else ''}***@{domain}"


@dataclass(frozen=True)
class Problem:
    """Why a link does not lead on, in words; `offers` names the ways on that the page shows."""

    title: str
    words: tuple[str, ...]
    status: int
    offers: str = ""


UNKNOWN = Problem(
    "This link does not work",
    (
        "Check that the whole address was copied from the email.",
        "If it was, ask the person who invited you to send the invitation again.",
    ),
    HTTPStatus.NOT_FOUND,
)


def problem_with(invitation: Invitation, user: User | None) -> Problem | None:
    """What keeps whoever opens the link from accepting; None when nothing does."""
    company = invitation.company.name
    again = f"Ask an owner of {company} to invite you again if you still need to act for the company."
    if user and invitation.status == InvitationStatus.ACCEPTED and level_in(user, invitation.company):
        words = (f"You have accepted this invitation, and act for {company}.",)
        return Problem("You have accepted this invitation", words, HTTPStatus.OK, "company")
    gone = {
        InvitationStatus.ACCEPTED: (
            "This invitation has been used",
            "An invitation works once. If you accepted it, sign in: the company is on your home page.",
        ),
        InvitationStatus.WITHDRAWN: ("This invitation has been withdrawn", again),
        InvitationStatus.REPLACED: (
            "There is a newer invitation",
            "It was sent to the same address. Open the link in the newest email.",
        ),
    }
    if invitation.status in gone:
        title, word = gone[InvitationStatus(invitation.status)]
        return Problem(title, (word,), HTTPStatus.GONE, "home")
    if invitation.is_expired(timezone.now()):
        return Problem("This invitation has expired", (again,), HTTPStatus.GONE, "home")
    return _problem_of(invitation, user) if user else None


def _problem_of(invitation: Invitation, user: User) -> Problem | None:
    address = masked(invitation.email)
    if not is_addressed_to(invitation, user):
        words = (
            f"It was sent to {address}, and you are signed in as {user.email}.",
            "Sign in with the account of that address, or create one. "
            "To use the account that you are in, ask for an invitation to its address.",
        )
        return Problem("This invitation is for another address", words, HTTPStatus.FORBIDDEN, "other account")
    if not can_act_for_companies(user):
        words = (
            f"Your account is for another role: {user.get_role_display()}. It cannot act for a hire company.",
            "Ask to be invited at another email address, and make an account with that one.",
        )
        return Problem("This account cannot act for a company", words, HTTPStatus.FORBIDDEN)
    return None


@method_decorator([login_not_required, never_cache], name="dispatch")
class InvitationShow(View):
    """Opens for whoever has the link; only the invited person can accept."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        invitation = find_invitation(token)
        user = request.user if isinstance(request.user, User) else None
        problem = problem_with(invitation, user) if invitation else UNKNOWN
        if problem or not invitation:
            return self._refuse(request, invitation, problem or UNKNOWN)
        if user is None:
            suggest_email(request, invitation.email)
        context: dict[str, Any] = {
            "invitation": invitation,
            "masked": masked(invitation.email),
            "person": user,
            "partner": partner_behind(invitation),
            "hint": forms.people.LEVEL_HINTS[invitation.level],
            "next": urlencode({"next": request.path}),
        }
        return render(request, "applications/invitation_show.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        if not isinstance(request.user, User):
            return redirect_to_login(request.path)
        invitation = find_invitation(token)
        problem = problem_with(invitation, request.user) if invitation else UNKNOWN
        if problem or not invitation:
            return self._refuse(request, invitation, problem or UNKNOWN)
        services.accept_invitation(invitation=invitation, by=request.user)
        messages.success(request, f"You now act for {invitation.company.name}.")
        return redirect("applications:company", public_id=invitation.company.public_id)

    def _refuse(self, request: HttpRequest, invitation: Invitation | None, problem: Problem) -> HttpResponse:
        context = {
            "invitation": invitation,
            "problem": problem,
            "next": urlencode({"next": request.path}),
        }
        return render(request, "applications/invitation_problem.html", context, status=problem.status)
