"""Each person says in the case whether they have a conflict of interest, before they open the plan."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from accounts.services import require
from assurance import forms, services
from assurance.models import PlanCheck
from assurance.permissions import can_declare
from assurance.services.declaring import NOT_YOURS, refuse_if_declared
from assurance.views.fetch import get_check, signed_in


def asks_to_declare(request: HttpRequest, check: int) -> HttpResponse | None:
    """The way to the declaration, for whoever sees the check and has not declared; from where they go on."""
    user = signed_in(request)
    seen = PlanCheck.objects.visible_to(user).filter(pk=check).with_declaration(user)
    if seen.values_list("is_declared", flat=True).first() is not False:  # None: not seen at all
        return None
    onward = {"next": request.get_full_path()} if request.method == "GET" else {}
    return redirect(f"{reverse('assurance:declare', kwargs={'pk': check})}?{urlencode(onward)}".rstrip("?"))


class DeclaredFirst(View):
    """A page that shows or changes something of the plan. Who may not see the check is refused as ever."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in {"GET", "POST"} and (first := asks_to_declare(request, kwargs["pk"])):
            return first
        return super().dispatch(request, *args, **kwargs)


class ConflictDeclare(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = self._found(request, pk)
        return self._show(request, check, forms.DeclarationForm(), request.GET.get("next", ""))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            check = self._found(request, pk)
        except (Http404, PermissionDenied):
            refuse_if_declared(pk, signed_in(request))
            raise
        form = forms.DeclarationForm(request.POST)
        onward = request.POST.get("next", "")
        if not form.is_valid():
            return self._show(request, check, form, onward)
        declaration = services.declare_conflict(
            check=check,
            has_conflict=form.has_conflict,
            details=form.cleaned_data["details"],
            by=signed_in(request),
        )
        if declaration.has_conflict:
            messages.success(request, "Thank you. The leads are told, and you no longer see this check.")
            return redirect("assurance:queue")
        messages.success(request, "Your declaration is on record.")
        return redirect(self._safe(request, onward) or reverse("assurance:check", kwargs={"pk": pk}))

    def _found(self, request: HttpRequest, pk: int) -> PlanCheck:
        check = get_check(request, pk)
        require(can_declare(signed_in(request), check), NOT_YOURS)
        return check

    def _safe(self, request: HttpRequest, onward: str) -> str:
        is_ours = onward.startswith("/") and url_has_allowed_host_and_scheme(
            onward, allowed_hosts=None, require_https=request.is_secure()
        )
        return onward if is_ours else ""

    def _show(
        self, request: HttpRequest, check: PlanCheck, form: forms.DeclarationForm, onward: str
    ) -> HttpResponse:
        company = check.membership.company
        user = signed_in(request)
        context = {
            "check": check,
            "company": company,
            "form": form,
            "onward": self._safe(request, onward),
            "trading_names": [str(name) for name in company.trading_names.all()],
            "bodies": [str(body) for body in company.trade_bodies.all()],
            "override": check.overrides.standing().filter(user=user).select_related("by").first(),
        }
        return render(request, "assurance/conflict_declare.html", context)
