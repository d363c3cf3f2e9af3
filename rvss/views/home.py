"""The home page of each role, and the health check."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.models import Role, User
from applications.models import Enrolment
from applications.paging import take_page
from reviews.models import ReviewReport, Snapshot
from rvss.company_home import card_of, people_of
from rvss.home_links import links_for
from rvss.homes import actions_to_look_at, count_all, enrolled_by, newest_results, waiting_for


@method_decorator(login_not_required, name="dispatch")
class Home(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return render(request, "home/public.html")
        user = request.user
        if user.role == Role.COMPANY:
            page = take_page(people_of(user), request.GET)
            context: dict[str, Any] = {"page": page, "cards": [card_of(person) for person in page.rows]}
        else:
            context = {"waiting": waiting_for(user), "links": links_for(user), **self._more(user)}
        return render(request, f"home/{user.role}.html", context)

    def _more(self, user: User) -> dict[str, Any]:
        if user.role == Role.PARTNER:
            enrolled = count_all(user, {"enrolled": enrolled_by(user)})["enrolled"]
            return {
                "bodies": user.trade_bodies.all(),
                "enrolled": enrolled,
                "lists": Enrolment.objects.visible_to(user)[:5],
                "results": newest_results(user),
            }
        if user.role == Role.PANEL:
            return {
                "counted_at": Snapshot.objects.values_list("taken_at", flat=True).first(),
                "report": ReviewReport.objects.visible_to(user).light().filter(status="ready").first(),
            }
        if user.role in {Role.ASSURER, Role.LEAD}:
            return {"actions": actions_to_look_at(user)}
        return {}


@method_decorator(login_not_required, name="dispatch")
class Health(View):
    """Answers 200 when the database and Redis answer; for load balancers and compose."""

    def get(self, request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        cache.get("health")
        return JsonResponse({"status": "ok"})
