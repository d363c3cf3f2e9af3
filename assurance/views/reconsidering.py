"""The company asks for an outcome to be looked at again; leads who had no part in it answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.paging import take_page
from assurance import forms, services
from assurance.models import DecisionReconsideration, PlanCheck
from assurance.permissions import can_answer_reconsideration, can_ask_to_reconsider
from assurance.services.reconsidering import last_day_to_ask, why_not_ask
from assurance.views.declaring import asks_to_declare
from assurance.views.fetch import signed_in


class ReconsiderationAsk(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._found(request, pk), forms.ReconsiderForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = self._found(request, pk)
        form = forms.ReconsiderForm(request.POST)
        if not form.is_valid():
            return self._show(request, check, form)
        services.ask_to_reconsider(check=check, grounds=form.cleaned_data["grounds"], by=signed_in(request))
        messages.success(request, "DfT is asked. A lead assurer who had no part in the outcome answers.")
        return redirect("assurance:outcome", pk=pk)

    def _found(self, request: HttpRequest, pk: int) -> PlanCheck:
        checks = PlanCheck.objects.decided_for(request.user).select_related("membership__company", "decision")
        check = get_object_or_404(checks, pk=pk)
        require(can_ask_to_reconsider(signed_in(request), check), "Only an owner of the company asks")
        if obstacle := why_not_ask(check):
            raise TransitionRefused(obstacle)
        return check

    def _show(self, request: HttpRequest, check: PlanCheck, form: forms.ReconsiderForm) -> HttpResponse:
        context = {"check": check, "form": form, "until": last_day_to_ask(check)}
        return render(request, "assurance/reconsideration_ask.html", context)


OUTCOME = "decision__check_of__membership__company"


class ReconsiderationList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(user.role == Role.LEAD, "Only lead assurers look at outcomes again")
        rows = DecisionReconsideration.objects.visible_to(user).select_related(OUTCOME, "answered_by")
        context = {
            "waiting": rows.waiting_for(user),
            "page": take_page(
                rows.filter(answered_at__isnull=False).order_by("-answered_at", "-pk"), request.GET
            ),
        }
        return render(request, "assurance/reconsideration_list.html", context)


class ReconsiderationAnswer(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        asked = self._found(request, pk)
        if first := asks_to_declare(request, asked.decision.check_of_id):
            return first
        self._guard(request, asked)
        return self._show(request, asked, forms.OutcomeForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        asked = self._found(request, pk)
        self._guard(request, asked)
        form = forms.OutcomeForm(request.POST)
        if not form.is_valid():
            return self._show(request, asked, form)
        try:
            services.answer_reconsideration(reconsideration=asked, **form.cleaned_data, by=signed_in(request))
        except TransitionRefused as refused:
            form.add_error("outcome", str(refused))
            return self._show(request, asked, form)
        messages.success(request, "The company is told what holds.")
        return redirect("assurance:outcome_reconsiderations")

    def _found(self, request: HttpRequest, pk: int) -> DecisionReconsideration:
        found = DecisionReconsideration.objects.visible_to(request.user).select_related(OUTCOME, "asked_by")
        return get_object_or_404(found, pk=pk)

    def _guard(self, request: HttpRequest, asked: DecisionReconsideration) -> None:
        require(
            can_answer_reconsideration(signed_in(request), asked, asked.decision.check_of),
            "A lead who neither recommended nor decided answers",
        )

    def _show(
        self, request: HttpRequest, asked: DecisionReconsideration, form: forms.OutcomeForm
    ) -> HttpResponse:
        context = {"asked": asked, "check": asked.decision.check_of, "form": form}
        return render(request, "assurance/reconsideration_answer.html", context)
