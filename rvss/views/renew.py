"""The yearly renewal: what we hold about the company, to be checked, and the declaration, signed again."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from accounts.models import User
from accounts.services import require
from applications import services
from applications.answers import missing_sections, read_sections, snapshot
from applications.forms import DeclarationForm
from applications.models import Application, Membership
from applications.permissions import MEMBER_SECTIONS, can_edit_company, can_renew_membership
from applications.renewal_dates import opens_on
from applications.services.declarations import SignedWords
from applications.services.renewals import why_not_renew
from applications.views.fetch import get_member_facts, signed_in
from codeofpractice.models import Edition
from rvss.views.declare import DeclarationSign, text_to_sign

NOT_FOR_VIEWERS = "Only an owner or editor of the company can prepare the renewal"
NOT_YOURS = "Only an owner of the company can renew its membership"


def is_open(membership: Membership) -> bool:
    return not why_not_renew(membership, timezone.localdate())


class MembershipRenew(View):
    """The facts as they stand, with links to change them; when the renewal is done, that it is."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_member_facts(request, reference)
        user = signed_in(request)
        require(can_edit_company(user, application.company), NOT_FOR_VIEWERS)
        membership = application.membership
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "membership": membership,
            "is_open": is_open(membership),
            "opens_on": opens_on(membership.renewal_due_on),
            "last": membership.renewals.filter(completed_at__isnull=False).first(),
            "facts": [state for state in sections if state.section.key in MEMBER_SECTIONS],
            "contacts": [state for state in sections if state.section.key not in MEMBER_SECTIONS],
            "is_complete": all(state.done for state in sections),
            "may_sign": can_renew_membership(user, application.company),
        }
        return render(request, "applications/membership_renew.html", context)


class MembershipRenewSign(DeclarationSign):
    """The signature that renews. A second click finds it renewed and shows that."""

    def _sign(
        self, application: Application, edition: Edition, form: DeclarationForm, by: User, seen: str
    ) -> None:
        membership = application.membership
        words = SignedWords(
            edition.code,
            text_to_sign(edition),
            form.cleaned_data["signatory_name"],
            form.cleaned_data["signatory_role"],
        )
        services.renew_membership(membership=membership, due_on=membership.renewal_due_on, words=words, by=by)

    def _leave(self, application: Application) -> HttpResponse:
        return redirect("renew", reference=application.reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_member_facts(request, reference)
        require(can_renew_membership(signed_in(request), application.company), NOT_YOURS)
        return application

    def _is_signed(self, application: Application) -> bool:
        return not is_open(application.membership)

    def _elsewhere(self, application: Application) -> HttpResponse | None:
        if self._is_signed(application) or missing_sections(application):
            return self._leave(application)
        return None

    def _words(self, application: Application) -> dict[str, Any]:
        back = reverse("renew", kwargs={"reference": application.reference})
        return {"button": "Sign and renew the membership", "back": back, "changes": []}
