"""Before there is an application: what it takes, who is in scope, the first answer."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.models import Application
from applications.permissions import can_start_application
from applications.views.fetch import signed_in


@method_decorator(login_not_required, name="dispatch")
class ApplyShow(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        under_way = Application.objects.open_to(request.user).select_related("company")
        return render(request, "applications/apply_show.html", {"under_way": under_way[:10]})


@method_decorator(login_not_required, name="dispatch")
class EligibilityCheck(View):
    """Nothing is stored, whatever the answers are; they travel in the address."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, forms.Eligibility())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Eligibility(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        reasons = form.reasons_out_of_scope()
        if reasons:
            return render(request, "applications/eligibility_out.html", {"reasons": reasons})
        start = f"{reverse('applications:start')}?{urlencode(form.cleaned_data)}"
        if request.user.is_authenticated:
            return redirect(start)
        return render(request, "applications/eligibility_in.html", {"next": urlencode({"next": start})})

    def _show(self, request: HttpRequest, form: forms.Eligibility) -> HttpResponse:
        return render(request, "applications/eligibility_check.html", {"form": form})


class ApplicationStart(View):
    """The company's name, and the draft exists. Whoever comes without scope answers is asked them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        if not self._in_scope(request.GET):
            return redirect("applications:eligibility")
        form = forms.ApplicationStart(initial=request.GET.dict())
        return render(request, "applications/application_start.html", {"form": form})

    def post(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        if not self._in_scope(request.POST):
            return redirect("applications:eligibility")
        form = forms.ApplicationStart(request.POST)
        if not form.is_valid():
            return render(request, "applications/application_start.html", {"form": form})
        application = services.start_application(
            company_name=form.cleaned_data["name"], by=signed_in(request)
        )
        return redirect("applications:tasks", reference=application.reference)

    def _guard(self, request: HttpRequest) -> None:
        require(
            can_start_application(signed_in(request)),
            "Only a hire company’s account can start an application",
        )

    def _in_scope(self, data: object) -> bool:
        scope = forms.Eligibility(data)  # type: ignore[arg-type]
        return scope.is_valid() and not scope.reasons_out_of_scope()
