"""Who checks which plan: shared out evenly, or given by hand; bars overridden by another lead."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role, User
from accounts.services import require
from accounts.transitions import TransitionRefused
from assurance import forms, services
from assurance.bars import bars_between
from assurance.models import BarOverride, CheckStatus, PlanCheck, SelectionRound
from assurance.permissions import STAFF, can_allocate_check, can_override_bars
from assurance.services.allocation import NOT_YOURS, why_moved
from assurance.views.fetch import get_check, signed_in
from assurance.workload import Candidate, barred_leads, candidates_for


class RoundAllocate(View):
    """Shares out the checks of a round that nobody has, and says what became of each that needs a look."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        round_ = get_object_or_404(SelectionRound.objects.visible_to(request.user).defer("frame"), pk=pk)
        shared = services.allocate_round(round_=round_, by=signed_in(request))
        if shared.left or shared.unskilled:
            return render(request, "assurance/round_shared.html", {"round": round_, "shared": shared})
        messages.success(request, f"Checks shared out: {len(shared.given)}.")
        return redirect("assurance:round", pk=pk)


class CheckAllocate(View):
    """Each assurer with what they have to do and can check; the barred with the reason."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = self._found(request, pk)
        candidates = candidates_for(check)
        return self._show(request, check, candidates, forms.AllocationForm(check, candidates))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = self._found(request, pk)
        # Before the form asks for a reason that its page did not ask for.
        if moved := why_moved(check, request.POST.get("seen", "")):
            raise TransitionRefused(moved)
        candidates = candidates_for(check)
        form = forms.AllocationForm(check, candidates, request.POST)
        if not form.is_valid():
            return self._show(request, check, candidates, form)
        services.allocate_check(
            check=check,
            to=form.able[form.cleaned_data["to"]].user,
            reason=form.cleaned_data.get("reason", ""),
            seen=form.cleaned_data["seen"],
            by=signed_in(request),
        )
        messages.success(request, "The check is allocated.")
        return redirect("assurance:check", pk=pk)

    def _found(self, request: HttpRequest, pk: int) -> PlanCheck:
        check = get_check(request, pk)
        require(can_allocate_check(signed_in(request), check), "Only a lead assurer can allocate a check")
        return check

    def _show(
        self,
        request: HttpRequest,
        check: PlanCheck,
        candidates: list[Candidate],
        form: forms.AllocationForm,
    ) -> HttpResponse:
        overrides = check.overrides.standing().select_related("user", "by")
        context = {
            "check": check,
            "form": form,
            "barred": [one for one in candidates if one.bars],
            "leads": barred_leads(check),
            "overrides": overrides,
            "user": signed_in(request),
        }
        return render(request, "assurance/check_allocate.html", context)


class _OneReason(View):
    """A page about one person and one check that asks another lead for a reason."""

    template: str

    def subject(self, check: PlanCheck, number: int) -> BarOverride | User:
        raise NotImplementedError

    def call(self, check: PlanCheck, subject: BarOverride | User, reason: str, by: User) -> str:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int, of: int) -> HttpResponse:
        return self._show(request, *self._found(request, pk, of), forms.ReasonForm())

    def post(self, request: HttpRequest, pk: int, of: int) -> HttpResponse:
        check, subject = self._found(request, pk, of)
        form = forms.ReasonForm(request.POST)
        if not form.is_valid():
            return self._show(request, check, subject, form)
        try:
            done = self.call(check, subject, form.cleaned_data["reason"], signed_in(request))
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
            return self._show(request, check, subject, form)
        messages.success(request, done)
        to = "assurance:check" if check.status == CheckStatus.DECIDED else "assurance:allocate"
        return redirect(to, pk=pk)

    def _found(self, request: HttpRequest, pk: int, of: int) -> tuple[PlanCheck, BarOverride | User]:
        check = get_check(request, pk)
        require(can_allocate_check(signed_in(request), check), NOT_YOURS)
        subject = self.subject(check, of)
        person = subject.user if isinstance(subject, BarOverride) else subject
        require(can_override_bars(signed_in(request), check, person), NOT_YOURS)
        return check, subject

    def _show(
        self, request: HttpRequest, check: PlanCheck, subject: BarOverride | User, form: forms.ReasonForm
    ) -> HttpResponse:
        person = subject.user if isinstance(subject, BarOverride) else subject
        bars = bars_between(person, check.membership.company)
        context = {
            "check": check,
            "person": person,
            "override": subject if isinstance(subject, BarOverride) else None,
            "bars": bars,
            "can_be_overridden": all(bar.can_be_overridden for bar in bars),
            "form": form,
        }
        return render(request, self.template, context)


class BarsOverride(_OneReason):
    template = "assurance/bars_override.html"

    def subject(self, check: PlanCheck, number: int) -> User:
        people = User.objects.get_queryset().filter(role__in=STAFF, is_active=True)
        return get_object_or_404(people, pk=number)

    def call(self, check: PlanCheck, subject: BarOverride | User, reason: str, by: User) -> str:
        assert isinstance(subject, User)
        services.override_bars(check=check, of=subject, reason=reason, by=by)
        can = "read and decide" if subject.role == Role.LEAD else "be given the check"
        return f"What barred {subject} is overridden: they can {can}."


class OverrideEnd(_OneReason):
    template = "assurance/override_end.html"

    def subject(self, check: PlanCheck, number: int) -> BarOverride:
        found = check.overrides.standing().select_related("user", "by").filter(pk=number).first()
        if found is None:
            raise Http404
        return found

    def call(self, check: PlanCheck, subject: BarOverride | User, reason: str, by: User) -> str:
        assert isinstance(subject, BarOverride)
        services.end_override(override=subject, reason=reason, by=by)
        return f"The override is ended: {subject.user} is barred again."
