"""For administrators: loading a draft of an edition, seeing it as it will look, publishing it."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from codeofpractice import edition_forms as forms
from codeofpractice import services
from codeofpractice.comparing import comparisons_for_preview
from codeofpractice.models import Edition, EditionStatus, MemberMove, MemberMoveStatus
from codeofpractice.permissions import can_manage_editions
from codeofpractice.views.fetch import signed_in


def guard(request: HttpRequest) -> None:
    require(can_manage_editions(signed_in(request)), "Only an administrator can manage editions")


class EditionManage(View):
    """Every edition, drafts too, and the form that loads one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        guard(request)
        return self._show(request, forms.EditionForm(), [])

    def post(self, request: HttpRequest) -> HttpResponse:
        guard(request)
        form = forms.EditionForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, form, [])
        try:
            edition, changed = services.load_edition(
                source=form.cleaned_data["file"].read(), by=signed_in(request), publish=False
            )
        except services.EditionRefused as refused:
            form.add_error("file", "The file is not an edition that can be loaded. See below what is wrong")
            return self._show(request, form, str(refused).splitlines())
        messages.success(request, f"{edition.title}: {'loaded' if changed else 'nothing has changed'}.")
        return redirect("codeofpractice:edition_preview", code=edition.code)

    def _show(self, request: HttpRequest, form: forms.EditionForm, faults: list[str]) -> HttpResponse:
        context = {"editions": Edition.objects.order_by("status", "-published_on"), "form": form}
        return render(request, "codeofpractice/edition_manage.html", context | {"faults": faults})


class EditionPreview(View):
    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        guard(request)
        edition = get_object_or_404(Edition.objects.select_related("move"), code=code)
        rows = MemberMove.objects.filter(move__edition=edition).order_by()
        counts = dict(rows.values_list("status").annotate(n=Count("pk")))
        context = {
            "edition": edition,
            "points": edition.points.all(),
            "comparisons": comparisons_for_preview(edition),
            "move": getattr(edition, "move", None),
            "progress": [(label, counts.get(value, 0)) for value, label in MemberMoveStatus.choices],
            "failed": counts.get(MemberMoveStatus.FAILED, 0),
        }
        return render(request, "codeofpractice/edition_preview.html", context)


class EditionPublish(View):
    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        edition = self._draft(request, code)
        initial = {"on": edition.published_on, "digest": edition.source_sha256}
        return self._show(request, edition, forms.PublicationForm(initial=initial))

    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        edition = self._draft(request, code)
        form = forms.PublicationForm(request.POST)
        if not form.is_valid():
            return self._show(request, edition, form)
        services.publish_edition(
            edition=edition,
            on=form.cleaned_data["on"],
            reason=form.cleaned_data["reason"],
            digest=form.cleaned_data["digest"],
            by=signed_in(request),
        )
        messages.success(request, f"{edition.title} is published.")
        return redirect("codeofpractice:edition_preview", code=code)

    def _draft(self, request: HttpRequest, code: str) -> Edition:
        guard(request)
        edition = get_object_or_404(Edition, code=code)
        if edition.status != EditionStatus.DRAFT:
            raise TransitionRefused(
                "This edition is published already. Somebody may have been faster than you."
            )
        return edition

    def _show(self, request: HttpRequest, edition: Edition, form: forms.PublicationForm) -> HttpResponse:
        context = {"edition": edition, "form": form}
        return render(request, "codeofpractice/edition_publish.html", context)


class EditionRetry(View):
    def post(self, request: HttpRequest, code: str) -> HttpResponse:
        guard(request)
        edition = get_object_or_404(Edition, code=code)
        count = services.retry_moves(edition=edition, by=signed_in(request))
        messages.success(request, f"Members to be tried again: {count}.")
        return redirect("codeofpractice:edition_preview", code=code)
