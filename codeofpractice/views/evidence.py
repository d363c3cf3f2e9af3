"""Evidence in the draft: added, described anew, replaced by a newer file, used for another point, removed."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from codeofpractice import forms, services
from codeofpractice.models import Evidence, PlanVersion
from codeofpractice.views.fetch import get_draft, signed_in
from codeofpractice.views.points import get_response


def get_evidence(request: HttpRequest, number: str, pk: int) -> Evidence:
    """A piece of evidence of the open draft that no newer file has replaced."""
    draft = get_draft(request, number)
    found = get_object_or_404(draft.evidence.current().select_related("file"), pk=pk)
    found.version = draft
    return found


class EvidenceAdd(View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        point = request.GET.get("point", "")
        form = forms.EvidenceForm(draft, initial={"points": [point]})
        return self._show(request, draft, form)

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        form = forms.EvidenceForm(draft, request.POST, request.FILES)
        by_itself = request.headers.get("Accept") == "application/json"
        if not form.is_valid():
            return self._not_added(form) if by_itself else self._show(request, draft, form)
        added = [self._add(request, draft, form, upload) for upload in form.cleaned_data["file"]]
        if by_itself:
            return JsonResponse({"title": added[0].title}, status=201)
        if len(added) == 1:
            words = "The file is added. It can be opened once it is checked for viruses."
        else:
            words = f"{len(added)} files are added. They can be opened once they are checked for viruses."
        messages.success(request, words)
        if not form.refused:
            return redirect("codeofpractice:plan", number=number)
        for name, why in form.refused:
            form.add_error("file", f"{name} is not added: {why}")
        return self._show(request, draft, form)

    def _add(
        self, request: HttpRequest, draft: PlanVersion, form: forms.EvidenceForm, upload: UploadedFile[bytes]
    ) -> Evidence:
        return services.add_evidence(
            version=draft,
            upload=upload,
            title=form.own_title,
            effective_on=form.cleaned_data["effective_on"],
            expires_on=form.cleaned_data["expires_on"],
            points=[int(value) for value in form.cleaned_data["points"]],
            by=signed_in(request),
        )

    def _not_added(self, form: forms.EvidenceForm) -> JsonResponse:
        """What is wrong with the file; with anything else, the page itself says it at its field."""
        problem = " ".join(map(str, form.errors["file"])) if set(form.errors) == {"file"} else ""
        return JsonResponse({"problem": problem}, status=422)

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


class EvidenceChange(View):
    """Title, dates and points of a file. The second of two people sees what the first has saved."""

    def get(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        evidence = get_evidence(request, number, pk)
        return self._show(request, evidence, forms.EvidenceChangeForm(evidence))

    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        evidence = get_evidence(request, number, pk)
        data = request.POST.copy()
        form = forms.EvidenceChangeForm(evidence, data)
        if not form.is_valid():
            return self._show(request, evidence, form)
        try:
            services.change_evidence(
                evidence=evidence,
                revision=form.cleaned_data["revision"],
                details=form.details(),
                by=signed_in(request),
            )
        except services.StaleEvidence as stale:
            # What was typed stays in the form; saving again replaces what the other person saved.
            data["revision"] = str(stale.current.revision)
            form.add_error(None, "Somebody else changed this evidence after you opened the page")
            return self._show(request, evidence, form, stale.current)
        messages.success(request, "The evidence is saved.")
        return redirect("codeofpractice:plan", number=number)

    def _show(
        self,
        request: HttpRequest,
        evidence: Evidence,
        form: forms.EvidenceChangeForm,
        theirs: Evidence | None = None,
    ) -> HttpResponse:
        context = {
            "membership": evidence.version.plan.membership,
            "version": evidence.version,
            "evidence": evidence,
            "earlier": evidence.version.evidence.filter(replaced_by=evidence).select_related("file"),
            "form": form,
            "theirs": theirs,
            "their_points": theirs.responses.select_related("point") if theirs else [],
        }
        return render(request, "codeofpractice/evidence_change.html", context, status=409 if theirs else 200)


class EvidenceReplace(View):
    def get(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        return self._show(request, get_evidence(request, number, pk), forms.EvidenceReplaceForm())

    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        evidence = get_evidence(request, number, pk)
        form = forms.EvidenceReplaceForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, evidence, form)
        services.replace_evidence(
            evidence=evidence,
            upload=form.cleaned_data["file"],
            effective_on=form.cleaned_data["effective_on"],
            expires_on=form.cleaned_data["expires_on"],
            by=signed_in(request),
        )
        messages.success(request, "The file is replaced. It can be opened once it is checked for viruses.")
        return redirect("codeofpractice:plan", number=number)

    def _show(
        self, request: HttpRequest, evidence: Evidence, form: forms.EvidenceReplaceForm
    ) -> HttpResponse:
        context = {
            "membership": evidence.version.plan.membership,
            "version": evidence.version,
            "evidence": evidence,
            "form": form,
        }
        return render(request, "codeofpractice/evidence_replace.html", context)


class EvidenceUse(View):
    """Files that are in the draft for other points, chosen for this one too."""

    def get(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        return self._answer(request, number, point)

    def post(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        return self._answer(request, number, point)

    def _answer(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        draft = get_draft(request, number)
        response = get_response(draft, point)
        others = draft.evidence.current().exclude(responses=response).order_by("title", "pk")
        is_sent = request.method == "POST"
        form = forms.EvidenceUseForm(others, request.POST if is_sent else None)
        if is_sent and form.is_valid():
            services.use_evidence(
                version=draft,
                point=point,
                evidence=[int(value) for value in form.cleaned_data["evidence"]],
                by=signed_in(request),
            )
            messages.success(request, "The evidence is saved.")
            return redirect("codeofpractice:point", number=number, point=point)
        context = {
            "membership": draft.plan.membership,
            "version": draft,
            "point": response.point,
            "form": form,
            "others": others,
        }
        return render(request, "codeofpractice/evidence_use.html", context)
