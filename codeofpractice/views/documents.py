"""An existing plan: uploading it, watching it being read, tying its passages to points."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from applications.paging import take_page
from codeofpractice import forms, services
from codeofpractice.models import (
    DocumentKind,
    Passage,
    PassageLink,
    PassageSuggestion,
    PlanDocument,
    PlanVersion,
    ReadingStatus,
)
from codeofpractice.views.fetch import get_draft, signed_in


class DocumentAdd(View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self._show(request, get_draft(request, number), forms.DocumentForm())

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        form = forms.DocumentForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, draft, form)
        document = services.add_document(
            version=draft, upload=form.cleaned_data["file"], by=signed_in(request)
        )
        return redirect("codeofpractice:document", number=number, pk=document.pk)

    def _show(self, request: HttpRequest, draft: PlanVersion, form: forms.DocumentForm) -> HttpResponse:
        context = {"membership": draft.plan.membership, "version": draft, "form": form}
        return render(request, "codeofpractice/document_add.html", context)


def get_document(request: HttpRequest, number: str, pk: int) -> PlanDocument:
    draft = get_draft(request, number)
    document = get_object_or_404(
        PlanDocument.objects.select_related("file__uploaded_by"), version=draft, pk=pk
    )
    document.version = draft
    return document


class DocumentShow(View):
    """How far reading has come; then the passages, a page at a time."""

    def get(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        document = get_document(request, number, pk)
        if document.kind == DocumentKind.PROFORMA:
            return redirect("codeofpractice:proforma_review", number=number, pk=pk)
        points = list(document.version.edition.points.all())
        passages = document.passages.prefetch_related(
            Prefetch("links", PassageLink.objects.select_related("point")),
            Prefetch(
                "suggestions",
                PassageSuggestion.objects.filter(score__gte=0.5).select_related("point").order_by("-score"),
            ),
        ).order_by("n")
        page = take_page(passages, request.GET)
        context = {
            "membership": document.version.plan.membership,
            "document": document,
            "points": points,
            "page": page,
            "rows": [self._row(passage) for passage in page.rows],
            "is_under_way": document.status in {ReadingStatus.PENDING, ReadingStatus.READING},
        }
        return render(request, "codeofpractice/document_show.html", context)

    def _row(self, passage: Passage) -> dict[str, object]:
        links = list(passage.links.all())
        decided = {link.point_id for link in links}
        return {
            "passage": passage,
            "links": links,
            "suggestions": [row for row in passage.suggestions.all() if row.point_id not in decided],
        }


class DocumentRetry(View):
    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        services.retry_document(document=get_document(request, number, pk), by=signed_in(request))
        return redirect("codeofpractice:document", number=number, pk=pk)


class DocumentRemove(View):
    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        document = get_document(request, number, pk)
        name = document.file.name_for(signed_in(request))
        services.remove_document(document=document, by=signed_in(request))
        messages.success(request, f"“{name}” is removed from the draft.")
        return redirect("codeofpractice:plan", number=number)
