"""Signing the declaration: the company's answers (applications) under an edition (codeofpractice)."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import View

from accounts.models import User
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications import services
from applications.answers import changed_since_signed, digest_of, missing_sections, snapshot
from applications.forms import AUTHORITY, DeclarationForm
from applications.models import Application, ApplicationStatus, DeclarationPurpose, DeclarationRequest
from applications.permissions import can_submit_application
from codeofpractice.models import Edition
from codeofpractice.services import edition_for


def text_to_sign(edition: Edition) -> str:
    """The edition's words, its points and the signatory's authority: what is shown is what is hashed."""
    points = [f"{point.number}. {point.title}: {point.requirement.strip()}" for point in edition.points.all()]
    parts = [edition.declaration.strip(), f"The points of {edition.title}", *points, f"{AUTHORITY}."]
    return "\n\n".join(parts)


class DeclarationSign(View):
    """The first signature, which sends the application."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        if elsewhere := self._elsewhere(application):
            return elsewhere
        edition = edition_for(application.company)
        form = DeclarationForm(initial=self._digests(application, edition))
        return self._show(request, application, edition, form)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        if self._is_signed(application):
            self._say_who_signed(request, application)
            return self._leave(application)  # a double click, or another owner was faster
        edition = edition_for(application.company)
        data = request.POST.copy()
        data["text_sha256"] = self._digests(application, edition)["text_sha256"]
        form = DeclarationForm(data)
        if request.POST.get("text_sha256") != data["text_sha256"]:
            form.add_error(None, "The declaration has changed since you opened this page. Read it again")
        if not form.is_valid():
            return self._show(request, application, edition, form)
        assert isinstance(request.user, User)
        try:
            self._sign(application, edition, form, request.user, request.POST.get("answers_sha256", ""))
        except services.AnswersChanged as changed:
            form.add_error(None, str(changed).rstrip("."))
            return self._show(request, application, edition, form)
        self._say_who_signed(request, application)
        return self._leave(application)

    def _digests(self, application: Application, edition: Edition) -> dict[str, str]:
        """Of what is on the page: nobody signs words or answers that they were not shown."""
        return {
            "text_sha256": hashlib.sha256(text_to_sign(edition).encode()).hexdigest(),
            "answers_sha256": digest_of(snapshot(application)),
        }

    def _say_who_signed(self, request: HttpRequest, application: Application) -> None:
        signed = application.declarations.select_related("signed_by").first()
        if signed and signed.signed_by_id != request.user.pk:
            messages.info(request, f"{signed.signed_by} has already signed the declaration for the company.")

    def _sign(
        self, application: Application, edition: Edition, form: DeclarationForm, by: User, seen: str
    ) -> None:
        services.submit_application(
            application=application,
            seen=seen,
            edition_code=edition.code,
            declaration_text=text_to_sign(edition),
            signatory_name=form.cleaned_data["signatory_name"],
            signatory_role=form.cleaned_data["signatory_role"],
            by=by,
        )

    def _leave(self, application: Application) -> HttpResponse:
        return redirect("applications:sent", reference=application.reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_object_or_404(
            Application.objects.visible_to(request.user).with_answers().defer("company__search"),
            reference=reference,
        )
        assert isinstance(request.user, User)
        require(
            can_submit_application(request.user, application),
            "Only an owner of the company can sign its declaration",
        )
        return application

    def _is_signed(self, application: Application) -> bool:
        return application.status == ApplicationStatus.SUBMITTED

    def _elsewhere(self, application: Application) -> HttpResponse | None:
        """Where to go instead, when there is nothing to sign now. Raises TransitionRefused."""
        if self._is_signed(application):
            return self._leave(application)
        if application.status != ApplicationStatus.DRAFT:
            raise TransitionRefused(f"This application is now: {application.get_status_display()}.")
        if missing_sections(application):
            return redirect("applications:tasks", reference=application.reference)
        return None

    def _show(
        self, request: HttpRequest, application: Application, edition: Edition, form: DeclarationForm
    ) -> HttpResponse:
        context = {
            "application": application,
            "edition": edition,
            "form": form,
            "text": text_to_sign(edition),
            **self._words(application),
        }
        return render(request, "applications/declaration_sign.html", context)

    def _words(self, application: Application) -> dict[str, Any]:
        check = reverse("applications:check", kwargs={"reference": application.reference})
        return {"button": "Sign and send the application", "back": check, "changes": []}


class DeclarationSignAgain(DeclarationSign):
    """The signature that a member's changed facts ask for."""

    def _sign(
        self, application: Application, edition: Edition, form: DeclarationForm, by: User, seen: str
    ) -> None:
        services.sign_declaration(
            application=application,
            purpose=DeclarationPurpose.CHANGE,
            edition_code=edition.code,
            declaration_text=text_to_sign(edition),
            signatory_name=form.cleaned_data["signatory_name"],
            signatory_role=form.cleaned_data["signatory_role"],
            by=by,
        )

    def _leave(self, application: Application) -> HttpResponse:
        return redirect("applications:facts", reference=application.reference)

    def _is_signed(self, application: Application) -> bool:
        return self._wanted(application) is None

    def _elsewhere(self, application: Application) -> HttpResponse | None:
        if application.status != ApplicationStatus.ACCEPTED:
            raise TransitionRefused(f"This application is now: {application.get_status_display()}.")
        return self._leave(application) if self._is_signed(application) else None

    def _wanted(self, application: Application) -> DeclarationRequest | None:
        open_ones = DeclarationRequest.objects.open()
        return open_ones.filter(membership__application=application).first()

    def _words(self, application: Application) -> dict[str, Any]:
        wanted = self._wanted(application)
        facts = reverse("applications:facts", kwargs={"reference": application.reference})
        return {
            "button": "Sign the declaration",
            "back": facts,
            "changes": wanted.changes if wanted else [],
        }


class DeclarationSignCorrection(DeclarationSign):
    """The signature under answers that were changed for DfT's questions; it sends the replies too."""

    def _sign(
        self, application: Application, edition: Edition, form: DeclarationForm, by: User, seen: str
    ) -> None:
        words = services.SignedWords(
            edition_code=edition.code,
            text=text_to_sign(edition),
            signatory_name=form.cleaned_data["signatory_name"],
            signatory_role=form.cleaned_data["signatory_role"],
        )
        services.sign_and_send_replies(application=application, words=words, by=by, seen=seen)

    def _leave(self, application: Application) -> HttpResponse:
        return redirect("applications:application", reference=application.reference)

    def _elsewhere(self, application: Application) -> HttpResponse | None:
        if self._is_signed(application):
            return self._leave(application)
        if application.status != ApplicationStatus.QUESTION:
            raise TransitionRefused(f"This application is now: {application.get_status_display()}.")
        has_replied = not application.questions.open().filter(answered_at__isnull=True).exists()
        if has_replied and changed_since_signed(application):
            return None
        return redirect("applications:send_replies", reference=application.reference)

    def _words(self, application: Application) -> dict[str, Any]:
        back = reverse("applications:send_replies", kwargs={"reference": application.reference})
        changes = [f"{row.section}: {row.label}" for row in changed_since_signed(application)]
        return {"button": "Sign and send your replies", "back": back, "changes": changes}
