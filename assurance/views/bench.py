"""The bench: one point of the plan beside the finding to record."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from accounts.transitions import TransitionRefused
from assurance import forms, services
from assurance.models import IN_HAND, CheckStatus, CorrectiveAction, Finding, PlanCheck
from assurance.services.checks import SHORTFALLS
from assurance.views.declaring import DeclaredFirst
from assurance.views.fetch import get_check, get_own_check, signed_in
from codeofpractice.answers import PointAnswer, answers_of

MOST_FINDINGS = 100  # more than an edition has points and a member has checks


class FindingRecord(DeclaredFirst):
    def get(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check = get_check(request, pk)
        shown = self._show(request, check, point)
        services.record_reading(check=check, how="point", by=signed_in(request))
        return shown

    def post(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check = get_own_check(request, pk)
        answers = _answers(check)
        answer = answers[_place(answers, point)]
        if request.headers.get("Accept") == "application/json":
            return self._keep_draft(request, check, answer)
        form = forms.FindingForm(answer, None, None, request.POST)
        if not form.is_valid():
            return self._show(request, check, point, form)
        services.record_finding(
            check=check,
            point=answer.point,
            result=form.cleaned_data["result"],
            note=form.cleaned_data["note"],
            cited=form.passages_cited,
            by=signed_in(request),
        )
        messages.success(request, f"The finding for point {point} is saved.")
        if form.cleaned_data["result"] in SHORTFALLS:
            return redirect("assurance:point", pk=pk, point=point)  # where an action can be set
        following = next((row.point.number for row in answers if row.point.number > point), None)
        if following is None:
            return redirect("assurance:check", pk=pk)
        return redirect("assurance:point", pk=pk, point=following)

    def _keep_draft(self, request: HttpRequest, check: PlanCheck, answer: PointAnswer) -> JsonResponse:
        """What is being written, sent by the page itself."""
        form = forms.FindingForm(answer, None, None, request.POST)
        form.is_valid()
        if form.has_error("note", "max_length") or form.has_error("note", "unusable"):
            return JsonResponse({"problem": " ".join(map(str, form.errors["note"]))}, status=422)
        revision = request.POST.get("revision", "")
        try:
            draft = services.save_finding_draft(
                check=check,
                point=answer.point,
                result=request.POST.get("result", ""),
                note=form.cleaned_data.get("note", ""),
                revision=int(revision) if revision.isdecimal() and len(revision) < 10 else 0,
                by=signed_in(request),
            )
        except TransitionRefused as refused:
            return JsonResponse({"problem": str(refused)}, status=409)
        return JsonResponse({"revision": draft.revision, "saved_at": draft.saved_at.isoformat()})

    def _show(
        self, request: HttpRequest, check: PlanCheck, number: int, form: forms.FindingForm | None = None
    ) -> HttpResponse:
        answers = _answers(check)
        place = _place(answers, number)
        answer = answers[place]
        user = signed_in(request)
        findings, earlier_findings = _findings(check, answer)
        finding = findings.get(answer.point.pk)
        may_work = check.status in IN_HAND and check.assurer_id == user.pk
        draft = check.finding_drafts.filter(point=answer.point, by=user).first() if may_work else None
        requests = list(
            check.requests.filter(point=answer.point)
            .select_related("asked_by", "answered_by", "withdrawn_by")
            .prefetch_related("files")
        )
        context = {
            "check": check,
            "answer": answer,
            "point": answer.point,
            "finding": finding,
            "draft": draft,
            "form": form or forms.FindingForm(answer, finding, draft),
            "action_form": forms.ActionForm(prefix="action"),
            "actions": check.actions.filter(point=answer.point),
            "requests": requests,
            "may_ask": may_work and not any(asked.is_open for asked in requests),
            "earlier_findings": earlier_findings,
            "earlier": answers[place - 1].point if place else None,
            "later": answers[place + 1].point if place + 1 < len(answers) else None,
            "done": len(findings),
            "total": len(answers),
            "may_work": may_work,
            "is_short": finding is not None and finding.result in SHORTFALLS,
        }
        return render(request, "assurance/finding_record.html", context)


def _answers(check: PlanCheck) -> list[PointAnswer]:
    if check.plan_version is None:
        raise Http404
    return answers_of(check.plan_version)


def _place(answers: list[PointAnswer], number: int) -> int:
    for place, row in enumerate(answers):
        if row.point.number == number:
            return place
    raise Http404


def _findings(check: PlanCheck, answer: PointAnswer) -> tuple[dict[int, Finding], list[Finding]]:
    """Those of the check by point, and what was found at this point when the member was checked before."""
    before = Q(
        point=answer.point, check_of__membership=check.membership_id, check_of__status=CheckStatus.DECIDED
    )
    rows = (
        Finding.objects.filter(Q(check_of=check) | before)
        .select_related("recorded_by")
        .order_by("-recorded_at", "-pk")[:MOST_FINDINGS]
    )
    own = {row.point_id: row for row in rows if row.check_of_id == check.pk}
    return own, [row for row in rows if row.check_of_id != check.pk]


class ActionAdd(DeclaredFirst):
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


class ActionRemove(DeclaredFirst):
    def post(self, request: HttpRequest, pk: int, action: int) -> HttpResponse:
        check = get_own_check(request, pk)
        found = get_object_or_404(CorrectiveAction.objects.filter(check_of=check), pk=action)
        number = found.point.number
        services.remove_action(action=found, by=signed_in(request))
        return redirect("assurance:point", pk=pk, point=number)
