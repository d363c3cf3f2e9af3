"""The plan filled in offline: downloading the pro-forma, uploading it, seeing what came back, saving it."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from codeofpractice import forms, services
from codeofpractice.files import DOCX, ODT
from codeofpractice.models import DocumentKind, PlanDocument, PlanVersion, ReadingStatus
from codeofpractice.proforma.checking import UNCHANGED, UNREAD, PointReview, review_of
from codeofpractice.proforma.docx_writing import write_docx
from codeofpractice.proforma.filling import form_of
from codeofpractice.proforma.odt_writing import write_odt
from codeofpractice.proforma_forms import ProformaReviewForm
from codeofpractice.views.documents import get_document
from codeofpractice.views.fetch import get_draft, signed_in

WRITERS = {"docx": (DOCX, write_docx), "odt": (ODT, write_odt)}


class ProformaUpload(View):
    """Where it is downloaded, and where it comes back."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self._show(request, get_draft(request, number), forms.ProformaForm())

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        form = forms.ProformaForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, draft, form)
        document = services.add_document(
            version=draft,
            upload=form.cleaned_data["file"],
            kind=DocumentKind.PROFORMA,
            by=signed_in(request),
        )
        return redirect("codeofpractice:proforma_review", number=number, pk=document.pk)

    def _show(self, request: HttpRequest, draft: PlanVersion, form: forms.ProformaForm) -> HttpResponse:
        context = {
            "membership": draft.plan.membership,
            "version": draft,
            "form": form,
            "documents": draft.documents.proformas().select_related("file__uploaded_by"),
        }
        return render(request, "codeofpractice/proforma.html", context)


class ProformaDownload(View):
    def get(self, request: HttpRequest, number: str, suffix: str) -> HttpResponse:
        draft = get_draft(request, number)
        if suffix not in WRITERS:
            raise Http404
        kind, write = WRITERS[suffix]
        response = HttpResponse(write(form_of(draft)), content_type=kind.content_type)
        name = f"security-plan-{number}-version-{draft.number}{kind.suffix}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "private, no-store"
        return response


class ProformaReview(View):
    """What came back, point by point. Nothing is saved until it is confirmed here."""

    def get(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        document = get_document(request, number, pk)
        if document.kind != DocumentKind.PROFORMA:
            return redirect("codeofpractice:document", number=number, pk=pk)
        reviews = review_of(document) if document.status == ReadingStatus.READ else []
        return self._show(request, document, reviews, ProformaReviewForm(reviews))

    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        document = get_document(request, number, pk)
        if document.confirmed_at is not None:
            return redirect("codeofpractice:proforma_review", number=number, pk=pk)
        changed = {
            int(each) for each in request.POST.getlist("changed") if each.isdecimal() and len(each) < 6
        }
        reviews = review_of(document, changed)
        form = ProformaReviewForm(reviews, request.POST)
        if not form.is_valid():
            return self._show(request, document, reviews, form, changed)
        try:
            services.save_proforma(document=document, points=form.taken(), by=signed_in(request))
        except services.StaleProforma as stale:
            # They become conflicts: this person has not seen yet what the other wrote.
            changed |= set(stale.points)
            reviews = review_of(document, changed)
            form = ProformaReviewForm(reviews, request.POST)  # keeps what was chosen
            return self._show(request, document, reviews, form, changed, stale=stale.points)
        _tell(request, len(form.taken()), sum(review.state == UNREAD for review in reviews))
        return redirect("codeofpractice:plan", number=number)

    def _show(
        self,
        request: HttpRequest,
        document: PlanDocument,
        reviews: list[PointReview],
        form: ProformaReviewForm,
        changed: set[int] | None = None,
        stale: Sequence[int] = (),
    ) -> HttpResponse:
        context = {
            "membership": document.version.plan.membership,
            "document": document,
            "rows": [(review, form.choice_of(review)) for review in reviews if review.state != UNCHANGED],
            "unchanged": [review.point.number for review in reviews if review.state == UNCHANGED],
            "to_save": sum(review.will_change for review in reviews),
            "form": form,
            "changed": sorted(changed or ()),
            "stale": stale,
            "is_under_way": document.status in {ReadingStatus.PENDING, ReadingStatus.READING},
        }
        status = 409 if stale else 200
        return render(request, "codeofpractice/proforma_review.html", context, status=status)


def _tell(request: HttpRequest, saved: int, unread: int) -> None:
    words = f"{saved} {'answer is' if saved == 1 else 'answers are'} saved from the pro-forma."
    if unread == 1:
        words += " 1 could not be read, and stays as it was."
    elif unread:
        words += f" {unread} could not be read, and stay as they were."
    messages.success(request, words)
