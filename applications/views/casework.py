"""DfT's side: the queue, the application in full, and what is done with it."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts.models import AuditEvent
from accounts.services import require
from applications import forms, services
from applications.answers import (
    ChangedAnswer,
    as_signed,
    changed_answers,
    read_sections,
    read_signed,
)
from applications.clock import clock_of
from applications.duplicates import duplicates_of
from applications.models import (
    Application,
    ApplicationStatus,
    Declaration,
    DeclarationPurpose,
    MembershipOrigin,
    Reconsideration,
    ReconsiderationStatus,
)
from applications.permissions import (
    CASEWORKERS,
    can_answer_reconsideration,
    can_decide_application,
)
from applications.querysets import ApplicationQuerySet
from applications.registered import compare_with_register
from applications.services.assignment import NOT_YOURS
from applications.views.fetch import get_application, signed_in
from applications.views.questions import place_questions

VERBS = {
    "application.started": "Application started",
    "application.answered": "Section answered",
    "company.looked_up": "Number looked up at Companies House",
    "application.submitted": "Declaration signed and application sent",
    "application.assigned": "Assigned",
    "application.unassigned": "Assigned to nobody",
    "application.question_asked": "Question asked",
    "application.question_answered": "Reply written",
    "application.replies_sent": "Replies sent to DfT",
    "declaration.signed": "Declaration signed again",
    "application.accepted": "Accepted",
    "application.rejected": "Rejected",
    "application.withdrawn": "Withdrawn by the company",
    "application.expired": "Draft deleted after 12 months",
    "application.expiry_warned": "Company warned that its draft will go",
    "application.reconsideration_asked": "Company asked for the rejection to be looked at again",
    "application.rejection_upheld": "Rejection looked at again: it stands",
    "application.rejection_set_aside": "Rejection looked at again: set aside",
}


# What the company does before it sends anything.
NOT_SHOWN = ("application.answered", "application.question_answered", "application.expiry_warned")
WITH_DFT_OR_ASKED = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION})


def show_to_dft(request: HttpRequest, application: Application) -> HttpResponse:
    """For somebody of DfT who does not act for the company."""
    user = signed_in(request)
    may_decide = user.role in CASEWORKERS
    events = (
        AuditEvent.objects.filter(target_type=Application._meta.label_lower, target_id=str(application.pk))
        .exclude(verb__in=NOT_SHOWN)
        .select_related("by")
        .order_by("-pk")[:100]
    )
    declarations = list(application.declarations.all()[:2])
    declaration = declarations[0] if declarations else None
    reconsiderations = _reconsiderations(application)
    may_end_it = may_decide and not any(
        row.status == ReconsiderationStatus.SET_ASIDE and row.rejected_by_id == user.pk
        for row in reconsiderations
    )
    context = {
        "application": application,
        "clock": clock_of(application),
        "sections": read_sections(as_signed(application, declaration)),
        "declaration": declaration,
        "corrected": _corrections(declarations),
        "is_sound": declaration is not None and services.verify_declaration(declaration),
        "questions": place_questions(application.questions.select_related("asked_by", "answered_by")),
        "others": others_of_company(application)[:10],
        "duplicates": duplicates_of(application.company),
        "register": compare_with_register(application.company),
        "waits_for_contact": application.origin == MembershipOrigin.PARTNER
        and not Application.objects.filter(pk=application.pk).waiting_for_dft().exists(),
        "events": [(VERBS.get(event.verb, event.verb), event) for event in events],
        "may_decide": may_end_it and application.status == ApplicationStatus.SUBMITTED,
        "may_ask": may_decide and application.status in WITH_DFT_OR_ASKED,
        "may_assign": may_decide and application.status in services.ASSIGNABLE,
        "reconsiderations": [
            (row, row.status == ReconsiderationStatus.ASKED and can_answer_reconsideration(user, row))
            for row in reconsiderations
        ],
        "membership": application.company.memberships.order_by("-pk").first(),
    }
    return render(request, "applications/application_review.html", context)


def _corrections(declarations: list[Declaration]) -> list[ChangedAnswer]:
    """What the newest declaration changed, when it was signed after a question."""
    if len(declarations) < 2 or declarations[0].purpose != DeclarationPurpose.CORRECTION:
        return []
    return changed_answers(read_signed(declarations[1]), read_signed(declarations[0]))


def _reconsiderations(application: Application) -> list[Reconsideration]:
    """Newest first, of this application as it is here."""
    rows = application.reconsiderations.select_related("rejected_by", "asked_by", "answered_by")
    found = list(rows.order_by("-pk"))
    for row in found:
        row.application = application
    return found


def others_of_company(application: Application) -> ApplicationQuerySet:
    """What the same company sent before or after."""
    found = Application.objects.filter(company_id=application.company_id, submitted_at__isnull=False)
    return found.exclude(pk=application.pk).order_by("-submitted_at")


class _DftForm(View):
    """A page with one form about an application: accept, reject."""

    form: type[django_forms.Form]
    template: str
    done: str

    def call(self, application: Application, answers: dict[str, Any], request: HttpRequest) -> None:
        raise NotImplementedError

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        return self._show(request, self._guarded(request, reference), self.form())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        form = self.form(request.POST)
        if not form.is_valid():
            return self._show(request, application, form)
        self.call(application, form.cleaned_data, request)
        messages.success(request, self.done.format(company=application.company.name))
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_application(request, reference)
        require(can_decide_application(signed_in(request), application), NOT_YOURS)
        return application

    def _show(self, request: HttpRequest, application: Application, form: django_forms.Form) -> HttpResponse:
        return render(request, self.template, {"application": application, "form": form})


class ApplicationAccept(_DftForm):
    form = forms.Acceptance
    template = "applications/application_accept.html"
    done = "{company} is now a member."

    def call(self, application: Application, answers: dict[str, Any], request: HttpRequest) -> None:
        services.accept_application(application=application, **answers, by=signed_in(request))


class ApplicationReject(_DftForm):
    form = forms.Rejection
    template = "applications/application_reject.html"
    done = "The application of {company} has been rejected."

    def call(self, application: Application, answers: dict[str, Any], request: HttpRequest) -> None:
        services.reject_application(application=application, **answers, by=signed_in(request))
