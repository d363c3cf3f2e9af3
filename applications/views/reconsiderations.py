"""A rejection that is looked at again: asked for by the company, answered by a lead who did not decide."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from applications import forms, services
from applications.models import Application, Reconsideration, ReconsiderationStatus
from applications.paging import take_page
from applications.permissions import (
    can_answer_reconsideration,
    can_ask_to_reconsider,
    can_see_reconsiderations,
)
from applications.services.reconsiderations import (
    NOT_YOURS_TO_ANSWER,
    NOT_YOURS_TO_ASK,
    why_not_reconsider,
)
from applications.views.fetch import get_application, signed_in


class ReconsiderationAsk(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        if application.decided_at and application.reconsiderations.filter(rejected_at=application.decided_at):
            return redirect("applications:application", reference=reference)
        if why := why_not_reconsider(application):
            raise TransitionRefused(why)
        return self._show(request, application, forms.ReconsiderationRequest())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        form = forms.ReconsiderationRequest(request.POST)
        if not form.is_valid():
            return self._show(request, application, form)
        services.ask_to_reconsider(
            application=application, grounds=form.cleaned_data["grounds"], by=signed_in(request)
        )
        messages.success(request, "We have your request. Somebody who did not decide will look at it.")
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_application(request, reference)
        require(can_ask_to_reconsider(signed_in(request), application), NOT_YOURS_TO_ASK)
        return application

    def _show(
        self, request: HttpRequest, application: Application, form: forms.ReconsiderationRequest
    ) -> HttpResponse:
        context = {"application": application, "form": form}
        return render(request, "applications/reconsideration_ask.html", context)


class ReconsiderationList(View):
    """What waits for a lead, the oldest first, and then what was answered."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_see_reconsiderations(signed_in(request)), "Only lead assurers see these requests")
        form = forms.ReconsiderationFilter(request.GET)
        form.is_valid()
        rows = Reconsideration.objects.visible_to(request.user)
        if form.cleaned_data.get("status") == forms.ReconsiderationFilter.ANSWERED:
            rows = rows.exclude(status=ReconsiderationStatus.ASKED).order_by("-answered_at", "-pk")
        else:
            rows = rows.waiting().order_by("asked_at", "pk")
        rows = rows.select_related("application__company", "rejected_by", "answered_by").defer(
            "application__company__search", "application__company__search_terms"
        )
        context = {"filter": form, "page": take_page(rows, request.GET)}
        return render(request, "applications/reconsideration_list.html", context)


class ReconsiderationAnswer(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        asked = self._guarded(request, reference)
        if asked.status != ReconsiderationStatus.ASKED:
            raise TransitionRefused("This request has been answered already.")
        return self._show(request, asked, forms.ReconsiderationAnswer())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        asked = self._guarded(request, reference)
        form = forms.ReconsiderationAnswer(request.POST)
        if not form.is_valid():
            return self._show(request, asked, form)
        services.answer_reconsideration(
            reconsideration=asked,
            is_set_aside=form.cleaned_data["outcome"] == form.SET_ASIDE,
            answer=form.cleaned_data["answer"],
            by=signed_in(request),
        )
        messages.success(request, f"Your answer has been sent to {asked.application.company.name}.")
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Reconsideration:
        """The newest request about the application."""
        application = get_application(request, reference)
        rows = Reconsideration.objects.visible_to(request.user).filter(application=application)
        asked = get_object_or_404(rows.select_related("rejected_by", "asked_by").order_by("-pk")[:1])
        asked.application = application
        require(can_answer_reconsideration(signed_in(request), asked), NOT_YOURS_TO_ANSWER)
        return asked

    def _show(
        self, request: HttpRequest, asked: Reconsideration, form: forms.ReconsiderationAnswer
    ) -> HttpResponse:
        context = {"application": asked.application, "asked": asked, "form": form}
        return render(request, "applications/reconsideration_answer.html", context)
