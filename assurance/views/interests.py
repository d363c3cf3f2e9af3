"""What ties assurers and leads to companies, what assurers can check, and what they have to do."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role, User
from accounts.services import require
from accounts.transitions import TransitionRefused
from assurance import forms, interest_forms, services
from assurance.models import AssurerSkills, StaffInterest
from assurance.permissions import STAFF, can_keep_staff, can_record_interest, can_set_skills, has_interests
from assurance.services.interests import NOT_YOURS
from assurance.views.fetch import signed_in
from assurance.workload import read_workload

REFUSAL = "Only leads and administrators see what ties others to companies"


def _staff() -> QuerySet[User]:
    return User.objects.get_queryset().filter(role__in=STAFF, is_active=True)


def _interests(of: User) -> QuerySet[StaffInterest]:
    rows = StaffInterest.objects.filter(user=of).select_related("company", "trade_body", "recorded_by")
    return rows.select_related("ended_by").defer("company__search", "company__search_terms")


class InterestList(View):
    """One's own."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(has_interests(user), "Only assurers and leads record what ties them to companies")
        context = {"person": user, "is_own": True, "interests": _interests(user)}
        return render(request, "assurance/interest_list.html", context)


class StaffList(View):
    """Assurers and leads, with what they have to do."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_keep_staff(signed_in(request)), REFUSAL)
        counting = Count("interests", filter=Q(interests__ended_at__isnull=True))
        people = list(_staff().annotate(counting=counting).order_by("role", "name", "pk"))
        workload = read_workload([user for user in people if user.role == Role.ASSURER], [])
        context = {"rows": [(user, workload.sharers.get(user.pk)) for user in people]}
        return render(request, "assurance/staff_list.html", context)


class StaffShow(View):
    def get(self, request: HttpRequest, of: int) -> HttpResponse:
        user = signed_in(request)
        require(can_keep_staff(user), REFUSAL)
        person = get_object_or_404(_staff(), pk=of)
        skills = AssurerSkills.objects.filter(user=person).first()
        context = {
            "person": person,
            "is_own": person.pk == user.pk,
            "interests": _interests(person),
            "skills": skills,
            "editions": [str(edition) for edition in skills.editions.all()] if skills else [],
            "words": interest_forms.words_of(skills) if skills else {},
            "is_assurer": person.role == Role.ASSURER,
            "may_set_skills": can_set_skills(user, person),
        }
        return render(request, "assurance/staff_show.html", context)


class InterestAdd(View):
    """For oneself, or, as a lead or administrator, for somebody else."""

    def get(self, request: HttpRequest, of: int | None = None) -> HttpResponse:
        person = self._person(request, of)
        return self._show(request, person, interest_forms.InterestForm(person, signed_in(request)))

    def post(self, request: HttpRequest, of: int | None = None) -> HttpResponse:
        person, user = self._person(request, of), signed_in(request)
        form = interest_forms.InterestForm(person, user, request.POST)
        if not form.is_valid():
            return self._show(request, person, form)
        reason = form.cleaned_data.get("reason", "")
        try:
            services.record_interest(of=person, tie=form.tie, reason=reason, by=user)
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
            return self._show(request, person, form)
        messages.success(request, "It is recorded, and counts from now on.")
        return _back(person, user)

    def _person(self, request: HttpRequest, of: int | None) -> User:
        user = signed_in(request)
        if of is not None:
            require(can_keep_staff(user), REFUSAL)
        person = user if of is None else get_object_or_404(_staff(), pk=of)
        require(can_record_interest(user, person), NOT_YOURS)
        return person

    def _show(self, request: HttpRequest, person: User, form: interest_forms.InterestForm) -> HttpResponse:
        context = {"person": person, "is_own": person.pk == signed_in(request).pk, "form": form}
        return render(request, "assurance/interest_add.html", context)


def _back(person: User, user: User) -> HttpResponse:
    if person.pk == user.pk:
        return redirect("assurance:interests")
    return redirect("assurance:staff_member", of=person.pk)


class InterestEnd(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._found(request, pk), forms.ReasonForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        interest = self._found(request, pk)
        form = forms.ReasonForm(request.POST)
        if not form.is_valid():
            return self._show(request, interest, form)
        services.end_interest(interest=interest, reason=form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, "It counts no more. It stays on record with your reason.")
        return _back(interest.user, signed_in(request))

    def _found(self, request: HttpRequest, pk: int) -> StaffInterest:
        visible = StaffInterest.objects.visible_to(request.user).counting()
        return get_object_or_404(visible.select_related("user", "company", "trade_body"), pk=pk)

    def _show(self, request: HttpRequest, interest: StaffInterest, form: Any) -> HttpResponse:
        context = {"interest": interest, "is_own": interest.user_id == signed_in(request).pk, "form": form}
        return render(request, "assurance/interest_end.html", context)


class SkillsSet(View):
    def get(self, request: HttpRequest, of: int) -> HttpResponse:
        person, skills = self._found(request, of)
        return self._show(request, person, interest_forms.SkillsForm(skills))

    def post(self, request: HttpRequest, of: int) -> HttpResponse:
        person, skills = self._found(request, of)
        form = interest_forms.SkillsForm(skills, request.POST)
        if not form.is_valid():
            return self._show(request, person, form)
        services.set_skills(of=person, **form.cleaned_data, by=signed_in(request))
        messages.success(request, f"What {person} can check is saved.")
        return redirect("assurance:staff_member", of=of)

    def _found(self, request: HttpRequest, of: int) -> tuple[User, AssurerSkills | None]:
        user = signed_in(request)
        require(user.role == Role.LEAD, "Only a lead assurer says what an assurer can check")
        person = get_object_or_404(_staff().filter(role=Role.ASSURER), pk=of)
        return person, AssurerSkills.objects.filter(user=person).first()

    def _show(self, request: HttpRequest, person: User, form: interest_forms.SkillsForm) -> HttpResponse:
        return render(request, "assurance/skills_set.html", {"person": person, "form": form})
