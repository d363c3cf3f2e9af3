"""What is held about oneself: to be read, copied, and erased."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View

from accounts.models import DataExport, ErasureRequest
from accounts.permissions import can_ask_erasure
from accounts.services import require
from accounts.views import signed_in
from rvss import services
from rvss.personal_data import holdings_for, obstacles_to_erasing
from rvss.personal_forms import ErasureAsk
from rvss.services.erasures import NOT_YOURS, WAIT

# The password again, unless it was given in the last minutes. What may not be seen is refused before that.
password_again = method_decorator(reauthentication_required)


class YourData(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        copies = DataExport.objects.visible_to(user).filter(person=user)
        context = {
            "holdings": holdings_for(user),
            "copies": list(copies[:5]),
            "erasure": ErasureRequest.objects.waiting().filter(person=user).first(),
            "may_ask_erasure": can_ask_erasure(user, user),
        }
        return render(request, "personal_data/yours.html", context)


class CopyAsk(View):
    def post(self, request: HttpRequest) -> HttpResponse:
        services.ask_export(by=signed_in(request))
        messages.success(request, "Your copy is being made. We send you an email when it is ready.")
        return redirect("data:yours")


class CopyDownload(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return self._serve(request, get_object_or_404(DataExport.objects.visible_to(request.user), pk=pk))

    @password_again
    def _serve(self, request: HttpRequest, export: DataExport) -> HttpResponseBase:
        services.record_download(export=export, by=signed_in(request))
        try:
            packed = default_storage.open(export.storage_name)
        except FileNotFoundError as error:
            raise Http404("The copy is no longer kept") from error
        made = timezone.localdate(export.finished_at)
        return FileResponse(
            packed,
            as_attachment=True,
            filename=f"rvss-personal-data-{made:%Y-%m-%d}.zip",
            content_type="application/zip",
            headers={
                "Content-Security-Policy": "default-src 'none'; sandbox",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "private, no-store",
            },
        )


class ErasureOfOneself(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        return self._show(request, ErasureAsk())

    def post(self, request: HttpRequest) -> HttpResponse:
        self._guard(request)
        return self._ask(request)

    def _guard(self, request: HttpRequest) -> None:
        user = signed_in(request)
        require(can_ask_erasure(user, user), NOT_YOURS)

    @password_again
    def _ask(self, request: HttpRequest) -> HttpResponse:
        form = ErasureAsk(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        user = signed_in(request)
        services.ask_erasure(person=user, reason=form.cleaned_data["reason"], by=user)
        messages.success(
            request, f"Your data will be erased in {WAIT.days} days. You can cancel this until then."
        )
        return redirect("data:yours")

    @password_again
    def _show(self, request: HttpRequest, form: ErasureAsk) -> HttpResponse:
        user = signed_in(request)
        if ErasureRequest.objects.waiting().filter(person=user).exists():
            return redirect("data:yours")
        context = {
            "form": form,
            "holdings": holdings_for(user),
            "obstacles": obstacles_to_erasing(user),
            "days": WAIT.days,
        }
        return render(request, "personal_data/erasure_ask.html", context)


class ErasureOfOneselfCancel(View):
    def post(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        waiting = get_object_or_404(ErasureRequest.objects.waiting(), person=user)
        services.cancel_erasure(request=waiting, reason="", by=user)
        messages.success(request, "Your data will not be erased.")
        return redirect("data:yours")
