"""What was closed, why and by whom; and the share of it that somebody else looks at again."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role
from accounts.services import require
from applications.paging import take_page
from assurance import forms, services
from assurance.models import Closure, ClosureCode, LookResult
from assurance.permissions import can_look_again
from assurance.services.closing import refuse_if_looked_at
from assurance.views.declaring import asks_to_declare
from assurance.views.fetch import signed_in


def closures_by_code() -> list[tuple[str, Sequence[int]]]:
    """Each reason with how many actions, questions and proposals were closed for it, and together."""
    rows = (
        Closure.objects.order_by()
        .values_list("code")
        .annotate(
            actions=Count("action"),
            questions=Count("request"),
            proposals=Count("proposal"),
            every=Count("pk"),
        )
    )
    counted = {code: counts for code, *counts in rows}
    return [(label, counted[code]) for code, label in ClosureCode.choices if code in counted]


def closures_by_person() -> list[tuple[str, Sequence[int]]]:
    """Who closed how many, and how many of these a second look found right, and not right."""
    looked = {value: Count("pk", filter=Q(second_look__result=value)) for value in LookResult.values}
    rows = Closure.objects.order_by("by__name", "by").values("by").annotate(n=Count("pk"), **looked)
    found = rows.values_list("by__name", "n", *LookResult.values)
    return [(name, counts) for name, *counts in found]


class ClosureList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(user.role == Role.LEAD, "Only lead assurers see what was closed")
        waiting = Closure.objects.to_look_at(user).select_related(*WHAT).order_by("pk")
        context = {
            "by_code": closures_by_code(),
            "by_person": closures_by_person(),
            "page": take_page(waiting, request.GET),
        }
        return render(request, "assurance/closure_list.html", context)


WHAT = (
    "by",
    "action__check_of__membership__company",
    "action__point",
    "request__check_of__membership__company",
    "request__point",
    "proposal__membership__company",
)


class ClosureLook(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        closure = self._found(request, pk)
        if closure.check_of and (first := asks_to_declare(request, closure.check_of.pk)):
            return first
        return self._show(request, closure, forms.SecondLookForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        closure = self._found(request, pk)
        require(can_look_again(signed_in(request), closure), "Declare first in the case of this check")
        form = forms.SecondLookForm(request.POST)
        if not form.is_valid():
            return self._show(request, closure, form)
        services.look_again(closure=closure, **form.cleaned_data, by=signed_in(request))
        messages.success(request, "What you say is on record.")
        return redirect("assurance:closures")

    def _found(self, request: HttpRequest, pk: int) -> Closure:
        theirs = Closure.objects.for_second_look(signed_in(request))
        closure = get_object_or_404(theirs.select_related(*WHAT), pk=pk)
        refuse_if_looked_at(closure)
        return closure

    def _show(self, request: HttpRequest, closure: Closure, form: forms.SecondLookForm) -> HttpResponse:
        return render(request, "assurance/closure_look.html", {"closure": closure, "form": form})
