"""Clearing the mark of a point whose answer came from another edition."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views import View

from codeofpractice import forms, services
from codeofpractice.views.fetch import get_draft, signed_in
from codeofpractice.views.points import get_response


class StillRight(View):
    def post(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_response(get_draft(request, number), point)
        form = forms.StillRightForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Open the point again, and say there whether it is still right.")
            return redirect("codeofpractice:point", number=number, point=point)
        services.confirm_still_right(
            response=response, revision=form.cleaned_data["revision"], by=signed_in(request)
        )
        messages.success(request, f"Point {point} is still right.")
        return redirect(f"{reverse('codeofpractice:plan', kwargs={'number': number})}?show=marked#points")
