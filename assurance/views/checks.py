"""The queue of checks, and one check as a case."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import AuditEvent, Role
from accounts.services import require
from assurance import forms, services
from assurance.models import IN_HAND, CheckStatus, PlanCheck
from assurance.permissions import can_allocate_check, can_decide_check, can_work_on_check, has_declared
from assurance.services.readings import why_not_decide
from assurance.views.declaring import DeclaredFirst
from assurance.views.fetch import get_check, get_own_check, signed_in
from codeofpractice.files import serve
from codeofpractice.models import DocumentKind, StoredFile

VERBS = {
    "check.opened": "Opened",
    "check.allocated": "Allocated",
    "check.plan_taken": "Plan taken in",
    "check.asked": "The company was asked",
    "check.answered": "The company answered",
    "check.not_answered": "The company did not answer in time",
    "check.request_withdrawn": "A question was taken back",
    "check.request_extended": "The company was given more time",
    "check.noted": "Note added",
    "check.recommended": "Outcome recommended",
    "check.sent_back": "Sent back to the assurer",
    "reading.opened": "Second reading opened",
    "reading.given": "Second reading given to an assurer",
    "reading.submitted": "Read a second time",
    "reading.settled": "Differences settled",
    "check.decided": "Decided",
    "check.reconsideration_asked": "The company asked for the outcome to be looked at again",
    "check.reconsidered": "Outcome looked at again",
    "check.no_conflict_declared": "No conflict of interest declared",
    "check.conflict_declared": "Conflict of interest declared",
    "check.taken_off": "Taken off the assurer: conflict of interest",
    "check.bars_overridden": "Bars overridden",
    "check.override_ended": "Override ended",
    "check.action_removed": "Action taken back",
}


class CheckShow(View):
    """The case: where it stands, its findings, who did what."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = get_check(request, pk, "decision__decided_by")
        user = signed_in(request)
        findings = {row.point_id: row for row in check.findings.select_related("recorded_by")}
        points = list(check.plan_version.edition.points.all()) if check.plan_version else []
        events = (
            AuditEvent.objects.filter(target_type=PlanCheck._meta.label_lower, target_id=str(check.pk))
            .exclude(verb="check.finding_recorded")
            .select_related("by")
            .order_by("-pk")[:100]
        )
        may_open = has_declared(user, check)
        may_decide = check.status == CheckStatus.RECOMMENDED and can_decide_check(user, check)
        context = {
            "check": check,
            "rows": [(point, findings.get(point.pk)) for point in points],
            "done": len(findings),
            "recommendations": check.recommendations.select_related("by", "void__by").order_by("-pk"),
            "decision": check.decision,
            "replaced": check.decisions.filter(replaced_by__isnull=False).select_related("decided_by")
            if check.decision
            else [],
            "actions": check.actions.select_related("point"),
            "events": [(VERBS.get(event.verb, event.verb), event) for event in events],
            "requests": check.requests.select_related("point", "asked_by").order_by("-pk"),
            "notes": check.notes.select_related("by", "file"),
            "may_open": may_open,
            "may_ask": may_open,
            "may_work": check.status in IN_HAND and user.role == Role.ASSURER and may_open,
            "may_decide": may_decide,
            "decision_waits": why_not_decide(check) if may_decide else "",
            "readings": check.second_readings.select_related("reader") if user.role == Role.LEAD else [],
            "may_allocate": check.status in IN_HAND and can_allocate_check(user, check),
        }
        return render(request, "assurance/check_show.html", context)


class PlanTake(DeclaredFirst):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.take_plan(check=get_own_check(request, pk), by=signed_in(request))
        return redirect("assurance:check", pk=pk)


class _CheckForm(View):
    """A page with one form about a check: allocate, recommend, send back, decide."""

    template: str
    done: str

    def guard(self, request: HttpRequest, check: PlanCheck) -> None:
        raise NotImplementedError

    def build(self, check: PlanCheck, data: Any = None) -> Any:
        raise NotImplementedError

    def call(self, check: PlanCheck, form: Any, request: HttpRequest) -> None:
        raise NotImplementedError

    def obstacle(self, check: PlanCheck, form: Any) -> str:
        """What the form alone cannot know; empty when nothing stands in the way."""
        return ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = get_check(request, pk)
        self.guard(request, check)
        return self._show(request, check, self.build(check))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = get_check(request, pk)
        self.guard(request, check)
        form = self.build(check, request.POST)
        if form.is_valid() and (obstacle := self.obstacle(check, form)):
            form.add_error("outcome", obstacle)
        if not form.is_valid():
            return self._show(request, check, form)
        self.call(check, form, request)
        messages.success(request, self.done)
        return redirect("assurance:check", pk=pk)

    def _show(self, request: HttpRequest, check: PlanCheck, form: Any) -> HttpResponse:
        latest = check.recommendations.select_related("by").order_by("-pk").first()
        context = {"check": check, "form": form, "latest": latest}
        return render(request, self.template, context)


class OutcomeRecommend(DeclaredFirst, _CheckForm):
    template = "assurance/outcome_recommend.html"
    done = "Your recommendation is with the leads."

    def guard(self, request: HttpRequest, check: PlanCheck) -> None:
        require(
            can_work_on_check(signed_in(request), check),
            "Only the assurer to whom the check is allocated can work on it",
        )

    def build(self, check: PlanCheck, data: Any = None) -> forms.OutcomeForm:
        return forms.OutcomeForm(data)

    def obstacle(self, check: PlanCheck, form: forms.OutcomeForm) -> str:
        return services.why_not(check, form.cleaned_data["outcome"])

    def call(self, check: PlanCheck, form: forms.OutcomeForm, request: HttpRequest) -> None:
        services.recommend_outcome(check=check, **form.cleaned_data, by=signed_in(request))


class _DecidingForm(DeclaredFirst, _CheckForm):
    def guard(self, request: HttpRequest, check: PlanCheck) -> None:
        require(
            can_decide_check(signed_in(request), check),
            "Only a lead who did not recommend the outcome decides about it",
        )


class CheckSendBack(_DecidingForm):
    template = "assurance/check_send_back.html"
    done = "The check is back with its assurer."

    def build(self, check: PlanCheck, data: Any = None) -> forms.ReasonForm:
        return forms.ReasonForm(data)

    def call(self, check: PlanCheck, form: forms.ReasonForm, request: HttpRequest) -> None:
        services.send_back(check=check, reason=form.cleaned_data["reason"], by=signed_in(request))


class CheckDecide(_DecidingForm):
    template = "assurance/check_decide.html"
    done = "The outcome is decided, and the company is told."

    def build(self, check: PlanCheck, data: Any = None) -> forms.DecisionForm:
        latest = check.recommendations.order_by("-pk").first()
        # No outcome is chosen in advance: the second opinion is the lead's own.
        initial = {"recommendation": latest.pk} if latest else {}
        return forms.DecisionForm(data, initial=initial)

    def obstacle(self, check: PlanCheck, form: forms.DecisionForm) -> str:
        return (
            services.why_not_decided(check, form.cleaned_data["outcome"])
            if check.status == CheckStatus.RECOMMENDED
            else ""
        )

    def call(self, check: PlanCheck, form: forms.DecisionForm, request: HttpRequest) -> None:
        services.decide_check(check=check, **form.cleaned_data, by=signed_in(request))


class CheckFile(DeclaredFirst):
    """A file of the plan that is checked, of an answer or of a note, for those who work on the check."""

    def get(self, request: HttpRequest, pk: int, file: int) -> FileResponse:
        check = get_check(request, pk)
        wanted = (
            Q(check_requests__check_of=check)
            | Q(check_note__check_of=check)
            | Q(action_answer__action__check_of=check)
        )
        if check.plan_version is not None:  # a filter on None would find every file that belongs to no plan
            wanted |= Q(evidence__version=check.plan_version) | Q(
                document__version=check.plan_version, document__kind=DocumentKind.PLAN
            )
        found = get_object_or_404(StoredFile.objects.clean().filter(wanted).distinct(), pk=file)
        services.record_reading(check=check, how="file", by=signed_in(request))
        return serve(found)
