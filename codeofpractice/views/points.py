"""One point: its answer, its evidence, and the passages of uploaded plans that may speak to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import View

from codeofpractice import forms, services
from codeofpractice.answers import contacts_of
from codeofpractice.marks import pairs_of
from codeofpractice.models import (
    LIKELY_FIT,
    LinkDecision,
    Passage,
    PassageLink,
    PassageSuggestion,
    PlanVersion,
    PointResponse,
)
from codeofpractice.services.moving_on import can_be_confirmed
from codeofpractice.views.fetch import get_draft, signed_in

SHOWN_SUGGESTIONS = 5


def get_response(draft: PlanVersion, point: int) -> PointResponse:
    response = get_object_or_404(
        draft.responses.select_related("point", "changed_by", "looked_by"), point__number=point
    )
    response.version = draft
    return response


def _not_saved(form: forms.PointForm, status: int = 422) -> JsonResponse:
    """What the page tells somebody whose answer it tried to save by itself: the first thing in the way."""
    words = next(iter(message for messages_ in form.errors.values() for message in messages_))
    return JsonResponse({"problem": str(words)}, status=status)


class PointEdit(View):
    """The form, sent by the person or, while they type, by the page itself (which asks for JSON)."""

    def get(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_response(get_draft(request, number), point)
        return self._show(request, response, forms.PointForm(response))

    def post(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_response(get_draft(request, number), point)
        data = request.POST.copy()
        form = forms.PointForm(response, data)
        by_itself = request.headers.get("Accept") == "application/json"
        if not form.is_valid():
            return _not_saved(form) if by_itself else self._show(request, response, form)
        try:
            saved = services.answer_point(
                response=response,
                revision=form.cleaned_data["revision"],
                answer=form.answer(),
                by=signed_in(request),
                is_by_itself=by_itself,
            )
        except services.StaleAnswer as stale:
            # What was typed stays in the form; saving again replaces what the other person wrote.
            data["revision"] = str(stale.current.revision)
            form.add_error(None, "Somebody else saved this answer after you opened the page")
            if by_itself:
                return _not_saved(form, status=409)
            return self._show(request, response, form, stale.current)
        if by_itself:
            return JsonResponse({"revision": saved.revision, "saved_at": saved.changed_at})
        messages.success(request, f"Point {point} is saved.")
        return redirect("codeofpractice:plan", number=number)

    def _show(
        self,
        request: HttpRequest,
        response: PointResponse,
        form: forms.PointForm,
        theirs: PointResponse | None = None,
    ) -> HttpResponse:
        draft, point = response.version, response.point
        of_version = {"passage__document__version": draft, "point": point}
        links = PassageLink.objects.filter(**of_version).select_related("passage__document__file")
        suggestions = (
            PassageSuggestion.objects.filter(**of_version, rank__lte=SHOWN_SUGGESTIONS)
            .exclude(passage__links__point=point)
            .select_related("passage__document__file")
            .order_by("passage__document_id", "rank")
        )
        confirmed = [link for link in links if link.decision == LinkDecision.CONFIRMED]
        context = {
            "membership": draft.plan.membership,
            "version": draft,
            "point": point,
            "response": response,
            "form": form,
            "theirs": theirs,
            "evidence": draft.evidence.current()
            .filter(responses=response)
            .select_related("file__uploaded_by"),
            "measures": response.measures.all(),
            "trainings": response.trainings.all() if point.asks_training else [],
            "contacts": contacts_of(draft) if point.asks_contact else [],
            "has_others": draft.evidence.current().exclude(responses=response).exists(),
            "confirmed": confirmed,
            "rejected": [link for link in links if link.decision == LinkDecision.REJECTED],
            "suggestions": suggestions,
            "is_missing": not confirmed and all(row.score < LIKELY_FIT for row in suggestions),
            "has_documents": draft.documents.plans().exists(),
            "pairs": pairs_of(response),
            "may_confirm": can_be_confirmed(response) and theirs is None,
        }
        return render(request, "codeofpractice/point_edit.html", context, status=409 if theirs else 200)


class PassageDecide(View):
    """Confirm, reject or undo: whether a passage speaks to a point."""

    def post(self, request: HttpRequest, number: str, passage: int) -> HttpResponse:
        draft = get_draft(request, number)
        found = get_object_or_404(
            Passage.objects.filter(document__version=draft).select_related("document__version"), pk=passage
        )
        form = forms.PassageForm(request.POST)
        if not form.is_valid():
            messages.error(request, "Choose a point and what to do with the passage.")
            return redirect(self._back(request, number, found))
        point = get_object_or_404(draft.edition.points, number=form.cleaned_data["point"])
        decision = form.cleaned_data["decision"]
        services.decide_passage(
            passage=found,
            point=point,
            decision=None if decision == "undecided" else decision,
            by=signed_in(request),
        )
        return redirect(self._back(request, number, found, point.number))

    def _back(self, request: HttpRequest, number: str, passage: Passage, point: int | None = None) -> str:
        if request.POST.get("from") == "document" or point is None:
            page = request.POST.get("page", "")
            address = reverse("codeofpractice:document", kwargs={"number": number, "pk": passage.document_id})
            return f"{address}{f'?page={page}' if page.isdigit() else ''}#passage-{passage.n}"
        return f"{reverse('codeofpractice:point', kwargs={'number': number, 'point': point})}#passages"
