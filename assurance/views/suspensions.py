"""Proposals to suspend members whose actions are long overdue."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role
from accounts.services import require
from applications.paging import take_page
from assurance import forms, services
from assurance.models import CorrectiveAction, ProposalStatus, SuspensionProposal
from assurance.views.fetch import signed_in


class SuspensionList(View):
    """Those that wait for a lead come first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(signed_in(request).role == Role.LEAD, "Only lead assurers decide about suspensions")
        proposals = (
            SuspensionProposal.objects.visible_to(request.user)
            .select_related("membership__company", "decided_by")
            .defer("membership__company__search")
        )
        context = {
            "open": proposals.filter(status=ProposalStatus.OPEN).order_by("pk"),
            "page": take_page(
                proposals.exclude(status=ProposalStatus.OPEN).order_by("-decided_at", "-pk"), request.GET
            ),
        }
        return render(request, "assurance/suspension_list.html", context)


class SuspensionDecide(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._found(request, pk), forms.SuspensionForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        proposal = self._found(request, pk)
        form = forms.SuspensionForm(request.POST)
        if not form.is_valid():
            return self._show(request, proposal, form)
        services.decide_suspension(proposal=proposal, **form.cleaned_data, by=signed_in(request))
        words = "is suspended" if form.cleaned_data["suspend"] else "stays a member"
        messages.success(request, f"{proposal.membership.company.name} {words}.")
        return redirect("assurance:suspensions")

    def _found(self, request: HttpRequest, pk: int) -> SuspensionProposal:
        proposals = SuspensionProposal.objects.visible_to(request.user).select_related("membership__company")
        actions = CorrectiveAction.objects.select_related("point")
        return get_object_or_404(proposals.prefetch_related(Prefetch("actions", actions)), pk=pk)

    def _show(
        self, request: HttpRequest, proposal: SuspensionProposal, form: forms.SuspensionForm
    ) -> HttpResponse:
        return render(request, "assurance/suspension_decide.html", {"proposal": proposal, "form": form})
