"""The home page of each role, and the health check."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.models import User


@method_decorator(login_not_required, name="dispatch")
class Home(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        if isinstance(request.user, User):
            return render(request, f"home/{request.user.role}.html")
        return render(request, "home/public.html")


@method_decorator(login_not_required, name="dispatch")
class Health(View):
    """Answers 200 when the database and Redis answer; for load balancers and compose."""

    def get(self, request: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        cache.get("health")
        return JsonResponse({"status": "ok"})
