"""One point: its answer, its evidence, and the passages of uploaded plans that may speak to it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views import View

from codeofpractice import forms, services
from codeofpractice.models import (
    Evidence,
    LinkDecision,
    Passage,
    PassageLink,
    PassageSuggestion,
    PlanVersion,
    PointResponse,
)
from codeofpractice.views.fetch import get_draft, signed_in

SHOWN_SUGGESTIONS = 5


def get_response(draft: PlanVersion, point: int) -> PointResponse:
    response = get_object_or_404(draft.responses.select_related("point", "changed_by"), point__number=point)
    response.version = draft
    return response


class PointEdit(View):
    def get(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_response(get_draft(request, number), point)
        return self._show(request, response, forms.PointForm(response))

    def post(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_response(get_draft(request, number), point)
        data = request.POST.copy()
        form = forms.PointForm(response, data)
        if not form.is_valid():
            return self._show(request, response, form)
        try:
            services.answer_point(
                response=response,
                revision=form.cleaned_data["revision"],
                answer=form.answer(),
                by=signed_in(request),
            )
        except services.StaleAnswer as stale:
            # What was typed stays in the form; saving again replaces what the other person wrote.
            data["revision"] = str(stale.current.revision)
            form.add_error(None, "Somebody else saved this answer after you opened the page")
            return self._show(request, response, form, stale.current)
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
        context = {
            "membership": draft.plan.membership,
            "version": draft,
            "point": point,
            "response": response,
            "form": form,
            "theirs": theirs,
            "evidence": draft.evidence.filter(responses=response).select_related("file"),
            "confirmed": [link for link in links if link.decision == LinkDecision.CONFIRMED],
            "rejected": [link for link in links if link.decision == LinkDecision.REJECTED],
            "suggestions": suggestions,
            "has_documents": draft.documents.exists(),
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


class EvidenceAdd(View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        point = request.GET.get("point", "")
        form = forms.EvidenceForm(draft, initial={"points": [point]})
        return self._show(request, draft, form)

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        form = forms.EvidenceForm(draft, request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, draft, form)
        services.add_evidence(
            version=draft,
            upload=form.cleaned_data["file"],
            title=form.cleaned_data["title"],
            effective_on=form.cleaned_data["effective_on"],
            points=[int(value) for value in form.cleaned_data["points"]],
            by=signed_in(request),
        )
        messages.success(request, "The file is added. It can be opened once it is checked for viruses.")
        return redirect("codeofpractice:plan", number=number)

    def _show(self, request: HttpRequest, draft: PlanVersion, form: forms.EvidenceForm) -> HttpResponse:
        context = {"membership": draft.plan.membership, "version": draft, "form": form}
        return render(request, "codeofpractice/evidence_add.html", context)


class EvidenceRemove(View):
    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        draft = get_draft(request, number)
        evidence = get_object_or_404(Evidence.objects.filter(version=draft), pk=pk)
        services.remove_evidence(evidence=evidence, by=signed_in(request))
        messages.success(request, f"“{evidence.title}” is removed from the draft.")
        return redirect("codeofpractice:plan", number=number)
