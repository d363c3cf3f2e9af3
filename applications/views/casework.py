"""DfT's side: the queue, the application in full, and what is done with it."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts.models import AuditEvent
from accounts.services import require
from applications import forms, services
from applications.answers import SECTION_TITLES, read_sections, signed_or_current
from applications.models import OPEN_APPLICATION_STATUSES, Application, ApplicationStatus, Company
from applications.paging import take_page
from applications.permissions import can_decide_application, can_see_queue
from applications.querysets import ApplicationQuerySet
from applications.views.fetch import get_application, signed_in

ORDERS = {
    "oldest": ("submitted_at", "pk"),
    "newest": ("-submitted_at", "-pk"),
    "name": ("company__name", "company_id", "pk"),
}


class ApplicationQueue(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_see_queue(signed_in(request)), "Only DfT staff see the queue of applications")
        form = forms.QueueFilter(request.GET)
        form.is_valid()
        chosen = form.cleaned_data
        rows = (
            self._filtered(request, chosen)
            .select_related("company", "assigned_to")
            .defer("company__search", "company__search_terms")
            .order_by(*ORDERS[chosen.get("sort") or "oldest"])
        )
        context = {"filter": form, "page": take_page(rows, request.GET)}
        return render(request, "applications/application_queue.html", context)

    def _filtered(self, request: HttpRequest, chosen: dict[str, str]) -> ApplicationQuerySet:
        found = Application.objects.visible_to(request.user).matching(chosen.get("q") or "")
        status = chosen.get("status") or forms.QueueFilter.WAITING
        if status == forms.QueueFilter.WAITING:
            found = found.filter(status__in=OPEN_APPLICATION_STATUSES)
        elif status != forms.QueueFilter.EVERY:
            found = found.filter(status=status)
        if chosen.get("region"):
            found = found.filter(company__home_region=chosen["region"])
        if chosen.get("assigned") == "me":
            found = found.filter(assigned_to=signed_in(request))
        elif chosen.get("assigned") == "nobody":
            found = found.filter(assigned_to__isnull=True)
        return found


VERBS = {
    "application.started": "Application started",
    "application.answered": "Section answered",
    "application.submitted": "Declaration signed and application sent",
    "application.assigned": "Assigned",
    "application.question_asked": "Question asked",
    "application.question_answered": "Question answered",
    "application.accepted": "Accepted",
    "application.rejected": "Rejected",
    "application.withdrawn": "Withdrawn by the company",
}


def show_to_dft(request: HttpRequest, application: Application) -> HttpResponse:
    user = signed_in(request)
    may_decide = can_decide_application(user, application)
    events = (
        AuditEvent.objects.filter(target_type=Application._meta.label_lower, target_id=str(application.pk))
        .exclude(verb="application.answered")
        .select_related("by")
        .order_by("-pk")[:100]
    )
    declaration = application.declarations.first()
    context = {
        "application": application,
        "sections": read_sections(signed_or_current(application)),
        "declaration": declaration,
        "is_sound": declaration is not None and services.verify_declaration(declaration),
        "questions": [
            (SECTION_TITLES.get(row.section, row.section), row)
            for row in application.questions.select_related("asked_by", "answered_by")
        ],
        "earlier": likely_earlier(application)[:10],
        "events": [(VERBS.get(event.verb, event.verb), event) for event in events],
        "may_decide": may_decide and application.status == ApplicationStatus.SUBMITTED,
        "may_take": may_decide
        and application.status in {ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION}
        and application.assigned_to_id != user.pk,
        "membership": application.company.memberships.order_by("-pk").first(),
    }
    return render(request, "applications/application_review.html", context)


def likely_earlier(application: Application) -> ApplicationQuerySet:
    """Other applications of the same company, or of one with its number, or at its postcode."""
    company = application.company
    same = Q(pk=company.pk)
    if company.company_number:
        same |= Q(company_number__iexact=company.company_number)
    if company.postcode:
        same |= Q(postcode=company.postcode)
    # The companies first, each way by its index: an OR across the join would read every application.
    found = Application.objects.filter(
        company__in=Company.objects.filter(same).values("pk"), submitted_at__isnull=False
    ).exclude(pk=application.pk)
    return found.select_related("company").defer("company__search").order_by("-submitted_at")


class _DftForm(View):
    """A page with one form about an application: ask, accept, reject."""

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
        require(
            can_decide_application(signed_in(request), application),
            "Only a DfT assurer who does not act for the company can work on its application",
        )
        return application

    def _show(self, request: HttpRequest, application: Application, form: django_forms.Form) -> HttpResponse:
        return render(request, self.template, {"application": application, "form": form})


class QuestionAsk(_DftForm):
    form = forms.Question
    template = "applications/question_ask.html"
    done = "Your question has been sent to {company}."

    def call(self, application: Application, answers: dict[str, Any], request: HttpRequest) -> None:
        services.ask_question(application=application, **answers, by=signed_in(request))


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


class ApplicationAssign(View):
    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        services.assign_application(application=application, to=signed_in(request), by=signed_in(request))
        messages.success(request, "The application is assigned to you.")
        return redirect("applications:application", reference=reference)
