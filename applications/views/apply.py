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
        given = forms.Eligibility(request.GET)
        given.is_valid()
        return self._show(request, forms.Eligibility(initial=given.cleaned_data))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.Eligibility(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        answers = urlencode(form.as_pairs())
        context = {"reasons": form.reasons_out_of_scope(), "answers": answers}
        if context["reasons"]:
            return render(request, "applications/eligibility_out.html", context)
        start = f"{reverse('applications:start')}?{answers}"
        if request.user.is_authenticated:
            return redirect(start)
        context["next"] = urlencode({"next": start})
        return render(request, "applications/eligibility_in.html", context)

    def _show(self, request: HttpRequest, form: forms.Eligibility) -> HttpResponse:
        return render(request, "applications/eligibility_check.html", {"form": form})


class ApplicationStart(View):
    """The company's name, and the draft exists. Whoever comes without scope answers is asked them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        scope = forms.Eligibility(request.GET)
        if not self._in_scope(scope):
            return self._ask(scope)
        return self._show(request, forms.ApplicationStart(), scope)

    def post(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        scope = forms.Eligibility(request.POST)
        if not self._in_scope(scope):
            return self._ask(scope)
        form = forms.ApplicationStart(request.POST)
        if not form.is_valid():
            return self._show(request, form, scope)
        application = services.start_application(
            company_name=form.cleaned_data["name"],
            rental_models=scope.models_in_scope(),
            by=signed_in(request),
        )
        return redirect("applications:tasks", reference=application.reference)

    def _guard(self, request: HttpRequest) -> None:
        require(
            can_start_application(signed_in(request)),
            "Only a hire company’s account can start an application",
        )

    def _in_scope(self, scope: forms.Eligibility) -> bool:
        return scope.is_valid() and not scope.reasons_out_of_scope()

    def _ask(self, scope: forms.Eligibility) -> HttpResponse:
        """What is known of the answers goes along: an old link lacks only the questions since added."""
        known = urlencode(scope.as_pairs())
        return redirect(f"{reverse('applications:eligibility')}{'?' if known else ''}{known}")

    def _show(
        self, request: HttpRequest, form: forms.ApplicationStart, scope: forms.Eligibility
    ) -> HttpResponse:
        pairs = scope.as_pairs()
        context = {"form": form, "scope": pairs, "answers": urlencode(pairs)}
        return render(request, "applications/application_start.html", context)
