"""Signing the declaration: the company's answers (applications) under an edition (codeofpractice)."""

from __future__ import annotations

import hashlib

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import User
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications import services
from applications.answers import missing_sections
from applications.forms import DeclarationForm
from applications.models import Application, ApplicationStatus
from applications.permissions import can_submit_application
from codeofpractice.models import Edition


def text_to_sign(edition: Edition) -> str:
    """The edition's declaration and its points, as one text: what is shown is what is hashed."""
    points = [f"{point.number}. {point.title}: {point.requirement.strip()}" for point in edition.points.all()]
    return "\n\n".join([edition.declaration.strip(), f"The points of {edition.title}", *points])


class DeclarationSign(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        if application.status == ApplicationStatus.SUBMITTED:
            return redirect("applications:sent", reference=reference)
        self._refuse_unless_draft(application)
        if missing_sections(application):
            return redirect("applications:tasks", reference=reference)
        edition = self._edition()
        form = DeclarationForm(initial={"text_sha256": self._digest(edition)})
        return self._show(request, application, edition, form)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        if application.status == ApplicationStatus.SUBMITTED:
            return redirect("applications:sent", reference=reference)  # a double click: it is sent
        edition = self._edition()
        data = request.POST.copy()
        was_read = data.get("text_sha256") == self._digest(edition)
        data["text_sha256"] = self._digest(edition)
        form = DeclarationForm(data)
        if not was_read:
            form.add_error(None, "The declaration has changed since you opened this page. Read it again")
        if not form.is_valid():
            return self._show(request, application, edition, form)
        assert isinstance(request.user, User)
        services.submit_application(
            application=application,
            edition_code=edition.code,
            declaration_text=text_to_sign(edition),
            signatory_name=form.cleaned_data["signatory_name"],
            signatory_role=form.cleaned_data["signatory_role"],
            by=request.user,
        )
        return redirect("applications:sent", reference=reference)

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

    def _refuse_unless_draft(self, application: Application) -> None:
        if application.status != ApplicationStatus.DRAFT:
            raise TransitionRefused(f"This application is now: {application.get_status_display()}.")

    def _edition(self) -> Edition:
        edition = Edition.objects.current()
        if edition is None:
            raise TransitionRefused("No edition of the Code of Practice is published yet. Try again later.")
        return edition

    def _digest(self, edition: Edition) -> str:
        return hashlib.sha256(text_to_sign(edition).encode()).hexdigest()

    def _show(
        self, request: HttpRequest, application: Application, edition: Edition, form: DeclarationForm
    ) -> HttpResponse:
        context = {
            "application": application,
            "edition": edition,
            "form": form,
            "text": text_to_sign(edition),
        }
        return render(request, "applications/declaration_sign.html", context)
