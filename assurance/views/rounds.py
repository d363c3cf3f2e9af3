from __future__ import annotations

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from applications.paging import take_page
from assurance import forms, services
from assurance.models import SelectionRound
from assurance.permissions import can_draw_round, can_see_rounds
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
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, forms.RoundForm(self._frame_size(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.RoundForm(self._frame_size(request), request.POST)
        if not form.is_valid():
            return self._show(request, form)
        round_ = services.draw_round(**form.cleaned_data, by=signed_in(request))
        messages.success(request, f"{round_.sample_size} members are drawn, and a check is open for each.")
        return redirect("assurance:round", pk=round_.pk)

    def _frame_size(self, request: HttpRequest) -> int:
        require(can_draw_round(signed_in(request)), "Only a lead assurer can draw a round")
        return len(services.current_frame())

    def _show(self, request: HttpRequest, form: forms.RoundForm) -> HttpResponse:
        return render(request, "assurance/round_draw.html", {"form": form, "frame_size": form.frame_size})


class RoundShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        rounds = SelectionRound.objects.visible_to(request.user).select_related("drawn_by").defer("frame")
        round_ = get_object_or_404(rounds, pk=pk)
        selections = round_.selections.select_related("membership__company", "check_opened__assurer").defer(
            "membership__company__search"
        )
        page = take_page(selections.order_by("position"), request.GET)
        user = signed_in(request)
        context = {
            "round": round_,
            "page": page,
            "may_draw": can_draw_round(user),
            "without_assurer": round_.selections.filter(
                check_opened__assurer__isnull=True, check_opened__status="open"
            ).count(),
            "user": user,
        }
        return render(request, "assurance/round_show.html", context)


class RoundAllocate(View):
    """Shares out the checks of a round that nobody has."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        round_ = get_object_or_404(SelectionRound.objects.visible_to(request.user).defer("frame"), pk=pk)
        allocated = services.allocate_round(round_=round_, by=signed_in(request))
        messages.success(request, f"Checks shared out: {allocated}.")
        return redirect("assurance:round", pk=pk)
