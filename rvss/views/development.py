"""The mail that the service has sent, where nobody's mailbox would get it."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.keyset import take_keyset
from accounts.models import Notification


@method_decorator(login_not_required, name="dispatch")
class DevelopmentView(View):
    """The addresses exist only with DEBUG on; this is the second lock, as mail holds keys to accounts."""

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not settings.DEBUG:
            raise Http404
        return super().dispatch(request, *args, **kwargs)


class MailList(DevelopmentView):
    def get(self, request: HttpRequest) -> HttpResponse:
        rows = Notification.objects.filter(to__icontains=request.GET.get("q", "").strip())
        context = {"page": take_keyset(rows, request.GET), "q": request.GET.get("q", "")}
        return render(request, "development/mail_list.html", context)


class MailShow(DevelopmentView):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        message = get_object_or_404(Notification, pk=pk)
        return render(request, "development/mail_show.html", {"message": message})
