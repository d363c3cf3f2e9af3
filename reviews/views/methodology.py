"""How the figures are made, for everybody who reads them."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View

from reviews.methodology import METHODS


@method_decorator(login_not_required, name="dispatch")
class MethodologyShow(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "reviews/methodology_show.html", {"methods": METHODS})
