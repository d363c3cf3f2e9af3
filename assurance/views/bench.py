"""The bench: one point of the plan beside the finding to record."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from assurance import forms, services
from assurance.models import CheckStatus, CorrectiveAction, PlanCheck
from assurance.services.checks import SHORTFALLS
from assurance.views.fetch import get_check, get_own_check, signed_in
from codeofpractice.answers import PointAnswer, answers_of


class FindingRecord(View):
    def get(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check = get_check(request, pk)
        shown = self._show(request, check, point)
        services.record_reading(check=check, how="point", by=signed_in(request))
        return shown

    def post(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check = get_own_check(request, pk)
        answer = self._answer(check, point)
        form = forms.FindingForm(answer.point, None, request.POST)
        if not form.is_valid():
            return self._show(request, check, point, form)
        services.record_finding(
            check=check,
            point=answer.point,
            result=form.cleaned_data["result"],
            note=form.cleaned_data["note"],
            cited=[link.passage for link in answer.passages],
            by=signed_in(request),
        )
        messages.success(request, f"The finding for point {point} is saved.")
        if form.cleaned_data["result"] in SHORTFALLS:
            return redirect("assurance:point", pk=pk, point=point)  # where an action can be set
        following = answer.response.version.responses.filter(point__number__gt=point).first()
        if following is None:
            return redirect("assurance:check", pk=pk)
        return redirect("assurance:point", pk=pk, point=following.point.number)

    def _answers(self, check: PlanCheck) -> list[PointAnswer]:
        if check.plan_version is None:
            raise Http404
        return answers_of(check.plan_version)

    def _answer(self, check: PlanCheck, number: int) -> PointAnswer:
        for answer in self._answers(check):
            if answer.point.number == number:
                return answer
        raise Http404

    def _show(
        self, request: HttpRequest, check: PlanCheck, number: int, form: forms.FindingForm | None = None
    ) -> HttpResponse:
        answers = self._answers(check)
        place = next((i for i, row in enumerate(answers) if row.point.number == number), None)
        if place is None:
            raise Http404
        answer = answers[place]
        findings = {row.point_id: row for row in check.findings.select_related("recorded_by")}
        finding = findings.get(answer.point.pk)
        context = {
            "check": check,
            "answer": answer,
            "point": answer.point,
            "finding": finding,
            "form": form or forms.FindingForm(answer.point, finding),
            "action_form": forms.ActionForm(prefix="action"),
            "actions": check.actions.filter(point=answer.point),
            "earlier": answers[place - 1].point if place else None,
            "later": answers[place + 1].point if place + 1 < len(answers) else None,
            "done": len(findings),
            "total": len(answers),
            "may_work": check.status == CheckStatus.OPEN and check.assurer_id == signed_in(request).pk,
            "is_short": finding is not None and finding.result in SHORTFALLS,
        }
        return render(request, "assurance/finding_record.html", context)


class ActionAdd(View):
    """Asks for something at a point; the form stands on the bench."""

    def post(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check = get_own_check(request, pk)
        if check.plan_version is None:
            raise Http404
        found = get_object_or_404(check.plan_version.edition.points, number=point)
        form = forms.ActionForm(request.POST, prefix="action")
        if not form.is_valid():
            context = {"check": check, "point": found, "form": form}
            return render(request, "assurance/action_add.html", context)
        services.set_action(check=check, point=found, **form.cleaned_data, by=signed_in(request))
        messages.success(request, "The action is set. The company sees it after the decision.")
        return redirect("assurance:point", pk=pk, point=point)


class ActionRemove(View):
    def post(self, request: HttpRequest, pk: int, action: int) -> HttpResponse:
        check = get_own_check(request, pk)
        found = get_object_or_404(CorrectiveAction.objects.filter(check_of=check), pk=action)
        number = found.point.number
        services.remove_action(action=found, by=signed_in(request))
        return redirect("assurance:point", pk=pk, point=number)
