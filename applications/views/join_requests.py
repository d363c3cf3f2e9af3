"""Asking to join a company, and what its owners answer."""

from __future__ import annotations

from http import HTTPStatus
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import User
from accounts.services import require
from applications import forms, services
from applications.models import Company, JoinRequest
from applications.permissions import can_act_for_companies
from applications.services.invitations import OTHER_ROLE
from applications.services.join_requests import MOST_REQUESTS_A_DAY
from applications.views.fetch import signed_in
from applications.views.people import get_company_to_manage


def _asker(request: HttpRequest) -> User:
    user = signed_in(request)
    require(can_act_for_companies(user), OTHER_ROLE)
    return user


class JoinRequestSend(View):
    """Whatever the number, the answer is the same page: it does not tell which companies are here."""

    def get(self, request: HttpRequest) -> HttpResponse:
        _asker(request)
        form = forms.JoinRequestForm(initial={"number": request.GET.get("number", "")[:20]})
        return render(request, "applications/join_request_send.html", {"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        user = _asker(request)
        form = forms.JoinRequestForm(request.POST)
        status = HTTPStatus.OK
        if form.is_valid():
            if services.ask_to_join(**form.cleaned_data, by=user):
                return redirect("applications:join_sent")
            form.add_error(
                None, f"You have asked {MOST_REQUESTS_A_DAY} times within a day. Try again tomorrow."
            )
            status = HTTPStatus.TOO_MANY_REQUESTS
        return render(request, "applications/join_request_send.html", {"form": form}, status=status)


class JoinRequestSent(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        _asker(request)
        return render(request, "applications/join_request_sent.html")


class JoinRequestAnswer(View):
    def get(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        return self._show(request, company, self._asked(company, pk), forms.JoinResponse())

    def post(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        asked = self._asked(company, pk)
        form = forms.JoinResponse(request.POST)
        if not form.is_valid():
            return self._show(request, company, asked, form)
        chosen, by = form.cleaned_data, signed_in(request)
        if chosen["answer"] == forms.JoinResponse.ACCEPT:
            services.accept_join_request(request=asked, level=chosen["level"], by=by)
            messages.success(request, f"{asked.user} now acts for {company.name}.")
        else:
            services.decline_join_request(request=asked, reason=chosen["reason"], by=by)
            messages.success(request, f"{asked.user} has been told that you declined.")
        return redirect("applications:people", public_id=public_id)

    def _asked(self, company: Company, pk: int) -> JoinRequest:
        return get_object_or_404(company.join_requests.select_related("user", "decided_by"), pk=pk)

    def _show(
        self, request: HttpRequest, company: Company, asked: JoinRequest, form: forms.JoinResponse
    ) -> HttpResponse:
        context = {"company": company, "asked": asked, "form": form, "is_open": asked.status == "open"}
        return render(request, "applications/join_request_answer.html", context)
