from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.views import View

from codeofpractice.comparing import comparisons_of
from codeofpractice.models import Edition


@method_decorator(login_not_required, name="dispatch")
class EditionList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        editions = Edition.objects.published()
        return render(request, "codeofpractice/edition_list.html", {"editions": editions})


@method_decorator(login_not_required, name="dispatch")
class EditionShow(View):
    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        edition = get_object_or_404(Edition.objects.published(), code=code)
        context = {"edition": edition, "points": edition.points.all(), "comparisons": comparisons_of(edition)}
        return render(request, "codeofpractice/edition_show.html", context)
