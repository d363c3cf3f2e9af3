"""What every public service says of itself: accessibility, privacy, cookies."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View

from rvss.personal_data import HOLDINGS


@method_decorator(login_not_required, name="dispatch")
class About(View):
    """One page of words; `page` is the name of its template."""

    page = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, f"about/{self.page}.html")


@method_decorator(login_not_required, name="dispatch")
class Privacy(View):
    """What is held, from the list by which it is also copied, erased and removed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "about/privacy.html", {"holdings": HOLDINGS})
