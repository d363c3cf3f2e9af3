"""The plan as a whole: overview, versions, submission."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.models import MembershipStatus, PersonLevel
from applications.permissions import level_in
from codeofpractice import forms, services
from codeofpractice.answers import answers_of, find_gaps
from codeofpractice.fingerprint import fingerprint_of
from codeofpractice.marks import marks_of
from codeofpractice.models import (
    DocumentKind,
    PlanConfirmation,
    PlanConfirmationStatus,
    PlanVersion,
    PlanVersionStatus,
)
from codeofpractice.permissions import can_submit_plan, is_plan_contact
from codeofpractice.views.fetch import get_draft, get_membership, signed_in
from codeofpractice.whole_plan import describe_plan, file_name, plan_document, plan_page


class PlanShow(View):
    """Where the plan stands, and its draft as a list of tasks."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        membership = get_membership(request, number)
        versions = list(
            PlanVersion.objects.filter(plan__membership=membership)
            .select_related(
                "edition", "submitted_by", "started_by", "plan__membership", "moved_from__edition"
            )
            .order_by("-number")
        )
        draft = next((row for row in versions if row.status == PlanVersionStatus.DRAFT), None)
        answers = answers_of(draft) if draft else []
        documents = list(draft.documents.select_related("file__uploaded_by")) if draft else []
        gaps = find_gaps(draft, answers, documents) if draft else []
        level = level_in(signed_in(request), membership.company)
        wanting = {gap.point.pk for gap in gaps if gap.point}
        only_marked = request.GET.get("show") == "marked"
        context = {
            "marks": marks_of(draft, answers) if draft else None,
            "only_marked": only_marked,
            "shown": [
                answer.point.pk for answer in answers if answer.response.wants_a_look or not only_marked
            ],
            "membership": membership,
            "versions": [row for row in versions if row.status != PlanVersionStatus.DRAFT],
            "may_compare": len(versions) > 1,
            "draft": draft,
            "tasks": [(answer, answer.point.pk not in wanting) for answer in answers],
            "done": sum(answer.point.pk not in wanting for answer in answers),
            "gaps": gaps,
            "overdue": sum(row.is_overdue for answer in answers for row in answer.measures),
            "documents": [row for row in documents if row.kind == DocumentKind.PLAN],
            "evidence": draft.evidence.current()
            .select_related("file__uploaded_by")
            .prefetch_related("responses__point")
            if draft
            else [],
            "may_edit": level in {PersonLevel.OWNER, PersonLevel.EDITOR} and membership.ended_on is None,
            "is_member": membership.status == MembershipStatus.ACTIVE,
            "may_submit": level == PersonLevel.OWNER,
        }
        return render(request, "codeofpractice/plan_show.html", context)


class VersionStart(View):
    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        services.start_version(membership=get_membership(request, number), by=signed_in(request))
        return redirect("codeofpractice:plan", number=number)


def get_version(request: HttpRequest, number: str, version: int) -> PlanVersion:
    return get_object_or_404(
        PlanVersion.objects.visible_to(request.user).select_related(
            "plan__membership__company", "edition", "submitted_by"
        ),
        plan__membership__number=number,
        number=version,
    )


class VersionShow(View):
    """A version as it stands or stood, beside what shows it; words can be searched for."""

    def get(self, request: HttpRequest, number: str, version: int) -> HttpResponse:
        context = plan_page(get_version(request, number, version), request.GET)
        return render(request, "codeofpractice/version_show.html", context)


class VersionPdf(View):
    def get(self, request: HttpRequest, number: str, version: int) -> HttpResponse:
        found = get_version(request, number, version)
        document = HttpResponse(plan_document(found), content_type="application/pdf")
        return as_download(document, file_name(found, "pdf"))


class VersionJson(View):
    def get(self, request: HttpRequest, number: str, version: int) -> HttpResponse:
        found = get_version(request, number, version)
        return as_download(JsonResponse(describe_plan(found)), file_name(found, "json"))


def as_download(response: HttpResponse, name: str) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


class PlanSubmit(View):
    """What is missing; when nothing is, the last step: the contact's word, and with it the submission."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = get_draft(request, number)
        return self._show(request, draft, self._form(request, draft))

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = self._draft_or_sent(request, number)
        form = self._form(request, draft, request.POST)
        if find_gaps(draft) or not form.is_valid():
            return self._show(request, draft, form)
        review_on, by = form.cleaned_data["review_on"], signed_in(request)
        if isinstance(form, forms.ConfirmationForm):
            version = services.confirm_and_submit(version=draft, review_on=review_on, by=by)
            messages.success(request, f"Version {version.number} of your security plan is submitted.")
            return redirect("codeofpractice:plan", number=number)
        asked = services.ask_plan_confirmation(version=draft, review_on=review_on, by=by)
        messages.success(request, f"We have asked {asked.contact.name} to confirm the plan.")
        return redirect("codeofpractice:submit", number=number)

    def _form(self, request: HttpRequest, draft: PlanVersion, data: Any = None) -> forms.SubmissionForm:
        is_contact = is_plan_contact(signed_in(request), services.contact_for(draft))
        return forms.ConfirmationForm(data) if is_contact else forms.SubmissionForm(data)

    def _draft_or_sent(self, request: HttpRequest, number: str) -> PlanVersion:
        try:
            return get_draft(request, number)
        except TransitionRefused:
            latest = get_membership(request, number).plan.versions.order_by("-number").first()
            if latest is None or latest.status != PlanVersionStatus.SUBMITTED:
                raise
            who = latest.submitted_by.name if latest.submitted_by else "Somebody"
            raise TransitionRefused(
                f"{who} has submitted version {latest.number} of the plan already."
            ) from None

    def _show(self, request: HttpRequest, draft: PlanVersion, form: forms.SubmissionForm) -> HttpResponse:
        membership = draft.plan.membership
        answers = answers_of(draft)
        context = {
            "version": draft,
            "membership": membership,
            "answers": answers,
            "gaps": find_gaps(draft, answers),
            "form": form,
            "may_submit": can_submit_plan(signed_in(request), membership),
            "contact": services.contact_for(draft),
            "is_contact": isinstance(form, forms.ConfirmationForm),
            **self._asked(draft),
        }
        return render(request, "codeofpractice/plan_submit.html", context)

    def _asked(self, draft: PlanVersion) -> dict[str, Any]:
        """The last question to the contact, unless the draft says something else since."""
        last = draft.confirmations.select_related("contact", "asked_by").first()
        stands = last is not None and last.status in {
            PlanConfirmationStatus.WAITING,
            PlanConfirmationStatus.REFUSED,
        }
        return {
            "asked": last if stands else None,
            "is_changed": stands and last is not None and last.sha256 != fingerprint_of(draft),
        }


@method_decorator(login_not_required, name="dispatch")
class PlanConfirm(View):
    """The page behind the link in the mail. Looking changes nothing: some mail services open links."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        return self._answer(request, token)

    def _answer(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            confirmation = services.plan_confirmation_of(token)
        except services.ConfirmationLinkInvalid:
            return render(request, "codeofpractice/plan_link_invalid.html", status=404)
        form = forms.PlanRefusalForm()
        if request.method == "POST":
            if request.POST.get("action") != "refuse":
                services.confirm_plan(confirmation=confirmation)
                return redirect(request.path)
            form = forms.PlanRefusalForm(request.POST)
            if form.is_valid():
                services.refuse_plan(confirmation=confirmation, reason=form.cleaned_data["reason"])
                return redirect(request.path)
        return self._show(request, confirmation, form)

    def _show(
        self, request: HttpRequest, confirmation: PlanConfirmation, form: forms.PlanRefusalForm
    ) -> HttpResponse:
        version = confirmation.version
        is_waiting = confirmation.status == PlanConfirmationStatus.WAITING
        context = {
            "confirmation": confirmation,
            "version": version,
            "company": version.plan.membership.company,
            "points": version.responses.count(),
            "is_changed": is_waiting and confirmation.sha256 != fingerprint_of(version),
            "last_day": services.last_day_of(confirmation),
            "may_read": PlanVersion.objects.visible_to(request.user).filter(pk=version.pk).exists(),
            "form": form,
        }
        return render(request, "codeofpractice/plan_confirm.html", context)


class DraftWithdraw(View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self._show(request, self._guarded(request, number), forms.WithdrawalForm())

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        draft = self._guarded(request, number)
        form = forms.WithdrawalForm(request.POST)
        if not form.is_valid():
            return self._show(request, draft, form)
        services.withdraw_draft(version=draft, reason=form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, "The draft is given up.")
        return redirect("codeofpractice:plan", number=number)

    def _guarded(self, request: HttpRequest, number: str) -> PlanVersion:
        draft = get_draft(request, number)
        require(
            can_submit_plan(signed_in(request), draft.plan.membership),
            "Only an owner of the company can give a draft up",
        )
        return draft

    def _show(self, request: HttpRequest, draft: PlanVersion, form: forms.WithdrawalForm) -> HttpResponse:
        context = {"version": draft, "membership": draft.plan.membership, "form": form}
        return render(request, "codeofpractice/draft_withdraw.html", context)
