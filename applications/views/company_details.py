"""The section on the company itself, with what Companies House says of its number."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.companies_house import Lookup, Outcome, look_up
from applications.models import Application
from applications.permissions import can_decide_application
from applications.registered import filled_in, mark_of, questions_about
from applications.services import StaleAnswers
from applications.views.fetch import get_application, get_for_section, signed_in
from applications.views.sections import SectionEdit, leave_section

SECTION = "company"


class CompanyEdit(SectionEdit):
    """Saves like any section, after questions that the register raises; "find" only fills the page in."""

    def get(self, request: HttpRequest, reference: str, section: str = SECTION) -> HttpResponse:
        return super().get(request, reference, section)

    def post(self, request: HttpRequest, reference: str, section: str = SECTION) -> HttpResponse:
        application = get_for_section(request, reference, section)
        action = request.POST.get("action")
        if action in {"find", "use"}:
            return self._find(request, application, replace=action == "use")
        form = forms.CompanyDetails(request.POST)
        if not form.is_valid():
            return self._show(request, application, section, form)
        number = form.cleaned_data["company_number"]
        lookup = look_up(number) if number else Lookup(Outcome.OFF)
        questions = questions_about(form.cleaned_data, lookup)
        if questions and request.POST.get("asked") != mark_of(questions):
            asked = {"questions": questions, "lookup": lookup, "number": number}
            return self._show(request, application, section, form, **asked)
        try:
            self._save(request, application, section, form)
        except StaleAnswers:
            return self._show_stale(request, reference, section, form)
        services.keep_lookup(application=application, number=number, lookup=lookup, by=signed_in(request))
        return leave_section(request, application)

    def _find(self, request: HttpRequest, application: Application, *, replace: bool) -> HttpResponse:
        asked = forms.CompanyNumber(request.POST)
        if not asked.is_valid():
            form = forms.CompanyDetails(request.POST)
            form.keep_errors_of("company_number", asked)
            return self._show(request, application, SECTION, form)
        lookup = look_up(asked.cleaned_data["company_number"])
        typed = {name: request.POST.get(name, "") for name in forms.CompanyDetails.base_fields}
        if lookup.company:
            typed = filled_in(typed, lookup.company, replace=replace)
        form = forms.CompanyDetails(initial=typed)
        found = {"lookup": lookup, "number": asked.cleaned_data["company_number"]}
        return self._show(request, application, SECTION, form, **found)

    def _show(
        self, request: HttpRequest, application: Application, section: str, form: Any, **more: Any
    ) -> HttpResponse:
        questions = more.get("questions", [])
        context = {
            "can_look_up": bool(settings.COMPANIES_HOUSE_KEY),
            "asked": mark_of(questions),
            "lookup": None,
            **more,
            "questions": questions,
        }
        return super()._show(request, application, section, form, **context)


class LookupAgain(View):
    """DfT asks Companies House again: after an outage, or because time has passed."""

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        require(
            can_decide_application(signed_in(request), application),
            "Only a DfT assurer who does not act for the company can work on its application",
        )
        number = application.company.company_number
        lookup = look_up(number) if number else Lookup(Outcome.OFF)
        services.keep_lookup(application=application, number=number, lookup=lookup, by=signed_in(request))
        messages.info(request, SAID[lookup.outcome])
        return redirect("applications:application", reference=reference)


SAID = {
    Outcome.FOUND: "Companies House has been asked again.",
    Outcome.NOT_FOUND: "Companies House has no company with this number.",
    Outcome.DOWN: "Companies House cannot be reached at the moment. Try again later.",
    Outcome.OFF: "There is nothing to look up: no number was given, or the lookup is switched off.",
}
