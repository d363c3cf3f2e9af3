"""Who acts for a company: the list, levels, removal, leaving."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.models import Company, CompanyPerson, Invitation, JoinRequest, PersonLevel
from applications.paging import take_page
from applications.permissions import can_manage_company_people, level_in
from applications.services.people import NOT_YOURS, is_last_owner
from applications.views.fetch import signed_in

MOST_SHOWN = 100


@dataclass(frozen=True)
class Row:
    person: CompanyPerson
    is_you: bool
    is_last_owner: bool


def get_company(request: HttpRequest, public_id: UUID) -> Company:
    """A company whose people may be looked at: 404 otherwise."""
    companies = Company.objects.visible_to(request.user).defer("search", "search_terms")
    return get_object_or_404(companies, public_id=public_id)


def get_company_to_manage(request: HttpRequest, public_id: UUID) -> Company:
    """The same, for one of its owners: 403 for everybody else who sees it."""
    company = get_company(request, public_id)
    require(can_manage_company_people(signed_in(request), company), NOT_YOURS)
    return company


class PersonList(View):
    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_company(request, public_id)
        user = signed_in(request)
        people = company.people.select_related("user").order_by("user__name", "pk")
        page = take_page(people, request.GET)
        owners = company.people.filter(level=PersonLevel.OWNER, user__is_active=True)
        owner_keys = list(owners.values_list("pk", flat=True)[:2])
        level = level_in(user, company)
        now = timezone.now()
        invitations = Invitation.objects.visible_to(user).open().filter(company=company)
        requests = JoinRequest.objects.visible_to(user).open().filter(company=company)
        context = {
            "company": company,
            "page": page,
            "rows": [
                Row(person, person.user_id == user.pk, owner_keys == [person.pk]) for person in page.rows
            ],
            "level": level,
            "may_manage": level == PersonLevel.OWNER,
            "sees_pending": level == PersonLevel.OWNER or user.is_dft,
            "invitations": [
                (row, row.is_expired(now)) for row in invitations.select_related("invited_by")[:MOST_SHOWN]
            ],
            "requests": requests.select_related("user")[:MOST_SHOWN],
        }
        return render(request, "applications/person_list.html", context)


def get_person(company: Company, pk: int) -> CompanyPerson:
    return get_object_or_404(company.people.select_related("user"), pk=pk)


class LevelChange(View):
    def get(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        person = get_person(company, pk)
        return self._show(request, company, person, forms.LevelForm(initial={"level": person.level}))

    def post(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        person = get_person(company, pk)
        form = forms.LevelForm(request.POST)
        if not form.is_valid():
            return self._show(request, company, person, form)
        changed = services.change_level(
            person=person, level=form.cleaned_data["level"], by=signed_in(request)
        )
        messages.success(request, f"{person.user} is now: {changed.get_level_display().lower()}.")
        return redirect("applications:people", public_id=public_id)

    def _show(
        self, request: HttpRequest, company: Company, person: CompanyPerson, form: forms.LevelForm
    ) -> HttpResponse:
        context = {
            "company": company,
            "person": person,
            "form": form,
            "is_last_owner": is_last_owner(person),
        }
        return render(request, "applications/level_change.html", context)


class PersonRemove(View):
    def get(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        return self._show(request, company, get_person(company, pk), forms.PersonRemoval())

    def post(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        company = get_company_to_manage(request, public_id)
        person = get_person(company, pk)
        form = forms.PersonRemoval(request.POST)
        if not form.is_valid():
            return self._show(request, company, person, form)
        services.remove_person(person=person, reason=form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, f"{person.user} no longer acts for {company.name}.")
        return redirect("applications:people", public_id=public_id)

    def _show(
        self, request: HttpRequest, company: Company, person: CompanyPerson, form: forms.PersonRemoval
    ) -> HttpResponse:
        require(
            person.user_id != signed_in(request).pk, "Nobody removes themselves: leave the company instead"
        )
        context = {"company": company, "person": person, "form": form}
        return render(request, "applications/person_remove.html", context)


class CompanyLeave(View):
    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        person = self._person(request, public_id)
        context = {"company": person.company, "is_last_owner": is_last_owner(person)}
        return render(request, "applications/company_leave.html", context)

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        person = self._person(request, public_id)
        services.leave_company(person=person, by=signed_in(request))
        messages.success(request, f"You no longer act for {person.company.name}.")
        return redirect("home")

    def _person(self, request: HttpRequest, public_id: UUID) -> CompanyPerson:
        company = get_company(request, public_id)
        person = company.people.filter(user=signed_in(request)).first()
        require(person is not None, "You do not act for this company")
        assert person is not None
        person.company = company
        return person
