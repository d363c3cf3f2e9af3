"""Results of partners that DfT checks again: drawing them, and what came of it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.paging import take_page
from assurance import services
from assurance.agreement import FEWEST_PAIRS
from assurance.permissions import can_draw_round
from assurance.recheck_comparison import compare_partners, differing
from assurance.recheck_design import PlannedRechecks, plan_rechecks
from assurance.recheck_forms import RecheckForm
from assurance.views.fetch import signed_in

LEADS_ONLY = "Only a lead assurer draws what is checked again"


class RecheckDraw(View):
    """The period and the share; then what would be drawn, to look at; then the draw."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_draw_round(signed_in(request)), LEADS_ONLY)
        return self._ask(request, RecheckForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        require(can_draw_round(signed_in(request)), LEADS_ONLY)
        form, step = RecheckForm(request.POST), request.POST.get("step")
        if not form.is_valid() or step == "change":
            if step == "change":
                form.errors.clear()
            return self._ask(request, form)
        planned = plan_rechecks(form.as_design())
        if planned.obstacle:
            form.add_error("received_to", planned.obstacle)
            return self._ask(request, form)
        if step == "draw" and request.POST.get("seen"):
            return self._draw(request, form, planned)
        return self._preview(request, form, planned)

    def _draw(self, request: HttpRequest, form: RecheckForm, planned: PlannedRechecks) -> HttpResponse:
        try:
            round_ = services.draw_rechecks(
                design=planned.design, seen=request.POST["seen"], by=signed_in(request)
            )
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
            now = plan_rechecks(planned.design)
            return self._ask(request, form) if now.obstacle else self._preview(request, form, now)
        messages.success(request, "The results are drawn, and a check is open of each member.")
        return redirect("assurance:round", pk=round_.pk)

    def _ask(self, request: HttpRequest, form: RecheckForm) -> HttpResponse:
        return render(request, "assurance/recheck_draw.html", {"form": form})

    def _preview(self, request: HttpRequest, form: RecheckForm, planned: PlannedRechecks) -> HttpResponse:
        context = {"form": form, "planned": planned, "design": planned.design}
        return render(request, "assurance/recheck_preview.html", context)


class RecheckCompare(View):
    """How often a partner and DfT come to the same outcome."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(can_draw_round(user), "Only a lead assurer compares what partners and DfT found")
        partners, overall = compare_partners()
        context = {
            "rows": [*partners, overall] if len(partners) > 1 else partners,
            "fewest": FEWEST_PAIRS,
            "page": take_page(differing(user), request.GET),
        }
        return render(request, "assurance/recheck_compare.html", context)
