from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.paging import take_page
from assurance import services
from assurance.allocation import Allocation
from assurance.design import PlannedRound, plan_round
from assurance.frame import eligible_members
from assurance.models import IN_HAND, SelectionKind, SelectionRound
from assurance.permissions import can_draw_round, can_see_rounds
from assurance.risk import POINTS, RiskRule
from assurance.round_forms import GroupSizesForm, RoundForm
from assurance.views.fetch import signed_in


class RoundList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_see_rounds(signed_in(request)), "Only assurers and leads see how members are drawn")
        rounds = (
            SelectionRound.objects.visible_to(request.user)
            .select_related("drawn_by")
            .defer("frame")
            .annotate(decided=Count("selections", filter=Q(selections__check_opened__status="decided")))
            .order_by("-drawn_at", "-pk")
        )
        context = {
            "page": take_page(rounds, request.GET),
            "may_draw": can_draw_round(signed_in(request)),
        }
        return render(request, "assurance/round_list.html", context)


class RoundDraw(View):
    """What should be drawn; then what would be drawn, to look at; then the draw."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        return self._ask(request, RoundForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        form = RoundForm(request.POST)
        step = request.POST.get("step")
        if step == "change" or not form.is_valid():
            return self._ask(request, form, is_change=step == "change")
        try:
            planned = plan_round(form.as_design())
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
            return self._ask(request, form)
        if form.cleaned_data["allocation"] == Allocation.FIXED and planned.strata:
            return self._with_sizes(request, form, planned)
        if planned.obstacle:
            form.add_error("size", planned.obstacle)
            return self._ask(request, form)
        if step == "draw":
            return self._draw(request, form, planned)
        return self._preview(request, form, planned)

    def _guard(self, request: HttpRequest) -> None:
        require(can_draw_round(signed_in(request)), "Only a lead assurer can draw a round")

    def _with_sizes(self, request: HttpRequest, form: RoundForm, planned: PlannedRound) -> HttpResponse:
        """The sizes are asked for beside the groups that they speak of."""
        is_first = not any(name.startswith("size-") for name in request.POST)
        sizes = GroupSizesForm(planned.strata, None if is_first else request.POST)
        if not sizes.is_valid():
            return self._preview(request, form, planned, sizes)
        planned = plan_round(form.as_design(sizes.sizes))
        if planned.obstacle:
            sizes.add_error(None, planned.obstacle)
        elif request.POST.get("step") == "draw":
            return self._draw(request, form, planned, sizes)
        return self._preview(request, form, planned, sizes)

    def _draw(
        self,
        request: HttpRequest,
        form: RoundForm,
        planned: PlannedRound,
        sizes: GroupSizesForm | None = None,
    ) -> HttpResponse:
        try:
            round_ = services.draw_round(
                design=planned.design, seen=request.POST.get("seen", ""), by=signed_in(request)
            )
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
            return self._preview(request, form, planned, sizes)
        messages.success(request, "The members are drawn, and a check is open for each.")
        return redirect("assurance:round", pk=round_.pk)

    def _ask(self, request: HttpRequest, form: RoundForm, *, is_change: bool = False) -> HttpResponse:
        if is_change:
            form.errors.clear()
        context = {"form": form, "can_be_drawn": eligible_members().count()}
        return render(request, "assurance/round_draw.html", context)

    def _preview(
        self,
        request: HttpRequest,
        form: RoundForm,
        planned: PlannedRound,
        sizes: GroupSizesForm | None = None,
    ) -> HttpResponse:
        fields = list(sizes) if sizes else [None] * len(planned.strata)
        context = {
            "form": form,
            "sizes": sizes,
            "planned": planned,
            "design": planned.design,
            "rows": list(zip(planned.strata, fields, strict=True)),
            "rules": [(rule.label, POINTS[rule]) for rule in RiskRule],
        }
        return render(request, "assurance/round_preview.html", context)


class RoundShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rounds = SelectionRound.objects.visible_to(request.user).select_related("drawn_by").defer("frame")
        round_ = get_object_or_404(rounds, pk=pk)
        selections = round_.selections.select_related(
            "membership__company", "check_opened__assurer", "stratum", "recheck__partner_check"
        ).defer("membership__company__search", "stratum__members")
        user = signed_in(request)
        context = {
            "round": round_,
            "page": take_page(selections.order_by("position"), request.GET),
            "strata": round_.strata.defer("members").order_by("position"),
            "exclusions": round_.exclusions.select_related("membership"),
            "named": round_.selections.exclude(kind=SelectionKind.RANDOM).count(),
            "may_draw": can_draw_round(user),
            "without_assurer": round_.selections.filter(
                check_opened__assurer__isnull=True, check_opened__status__in=IN_HAND
            ).count(),
            "user": user,
        }
        return render(request, "assurance/round_show.html", context)
