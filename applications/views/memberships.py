"""A membership after it began: its history, and its end by its company or by DfT."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import View

from accounts.lists import FilteredList, ListFilter
from accounts.models import User
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications import forms, services
from applications.models import (
    MEMBERSHIP_TRANSITIONS,
    Company,
    Membership,
    MembershipEvent,
    MembershipStatus,
    ResignationReason,
)
from applications.paging import Order, take_sorted
from applications.permissions import (
    can_apply_again,
    can_remove_membership,
    can_resign_membership,
    can_see_queue,
    can_suspend_membership,
)
from applications.querysets import MembershipQuerySet
from applications.services.drafting import refuse_while_member
from applications.views.fetch import signed_in


def get_membership(request: HttpRequest, number: str) -> Membership:
    visible = Membership.objects.visible_to(request.user).select_related("company", "application")
    return get_object_or_404(visible.defer("company__search"), number=number)


class MembershipList(FilteredList):
    """Members past and present, for DfT."""

    page = "applications:memberships"
    noun = "memberships"
    refusal = "Only DfT staff see the list of memberships"
    filter_form = forms.MemberFilter
    template_name = "applications/membership_list.html"
    orders: ClassVar = {
        "number": Order(("number", "pk")),
        "renewal": Order(("renewal_due_on", "pk")),
        "name": Order(("company__name", "company_id", "pk")),
    }

    def may_see(self, user: User) -> bool:
        return can_see_queue(user)

    def found(self, request: HttpRequest, chosen: ListFilter) -> dict[str, Any]:
        rows = Membership.objects.visible_to(request.user).select_related("company", "partner")
        found = self._filtered(request, chosen.chosen)
        order = self.orders[chosen.chosen["sort"]]
        rows = rows.defer("company__search", "company__search_terms")
        return {"page": take_sorted(found, order, request.GET, rows.in_bulk, chosen.query)}

    def _filtered(self, request: HttpRequest, chosen: dict[str, str]) -> MembershipQuerySet:
        found = Membership.objects.visible_to(request.user).matching(chosen["q"])
        today = timezone.localdate()
        if chosen["status"]:
            found = found.filter(status=chosen["status"])
        if chosen["origin"]:
            found = found.filter(origin=chosen["origin"])
        if chosen["renewal"] == forms.MemberFilter.COMING:
            return found.renewal_coming(today)
        return found.renewal_overdue(today) if chosen["renewal"] else found


@dataclass(frozen=True)
class HistoryLine:
    event: MembershipEvent
    who: str


def who_did(event: MembershipEvent, reader: User) -> str:
    """DfT reads names; a company reads its own people's names, and of others only what they are."""
    if event.by is None:
        return "the service"
    if reader.is_dft:
        return f"{event.by.name}, {event.by.get_role_display()}"
    return event.by.name if event.by.role == "company" else event.by.get_role_display()


class MembershipHistory(View):
    """What happened when, by whom and why, over all memberships that the company has had."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_object_or_404(
            Company.objects.visible_to(request.user).defer("search"), public_id=public_id
        )
        reader = signed_in(request)
        events = (
            MembershipEvent.objects.filter(membership__company=company)
            .select_related("membership", "by")
            .order_by("-day", "-pk")[:200]
        )
        context = {
            "company": company,
            "memberships": company.memberships.select_related("partner").order_by("-pk"),
            "lines": [HistoryLine(event, who_did(event, reader)) for event in events],
        }
        return render(request, "applications/membership_history.html", context)


class MembershipResign(View):
    """First the reason, then what it means and a button: two steps, since it cannot be undone."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        return self._ask(request, self._guarded(request, number), forms.Resignation())

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        membership = self._guarded(request, number)
        form = forms.Resignation(request.POST)
        if not form.is_valid() or request.POST.get("step") == "back":
            return self._ask(request, membership, form)
        if request.POST.get("step") != "confirm":
            reason = ResignationReason(form.cleaned_data["reason_code"]).label
            context = {"membership": membership, "form": form, "reason": reason}
            return render(request, "applications/membership_resign_confirm.html", context)
        services.resign_membership(membership=membership, **form.cleaned_data, by=signed_in(request))
        messages.success(request, f"{membership.company.name} is not a member of the scheme any more.")
        return redirect("applications:company", public_id=membership.company.public_id)

    def _guarded(self, request: HttpRequest, number: str) -> Membership:
        membership = get_membership(request, number)
        require(
            can_resign_membership(signed_in(request), membership.company),
            "Only an owner of the company can end its membership",
        )
        if request.method == "GET":
            refuse_unless_possible(membership, MembershipStatus.RESIGNED)
        return membership

    def _ask(self, request: HttpRequest, membership: Membership, form: forms.Resignation) -> HttpResponse:
        context = {"membership": membership, "form": form}
        return render(request, "applications/membership_resign.html", context)


def refuse_unless_possible(membership: Membership, status: str) -> None:
    """So that nobody fills in a form that cannot be sent; the service asks again."""
    if status not in MEMBERSHIP_TRANSITIONS[membership.status]:
        raise TransitionRefused(f"This membership is now: {membership.get_status_display()}.")


class _LeadForm(View):
    """A page on which a lead assurer gives the reason of what becomes of a membership."""

    form: type[django_forms.Form]
    status: str
    words: dict[str, str]

    def may(self, user: User, company: Company) -> bool:
        return can_suspend_membership(user, company)

    def call(self, membership: Membership, reason: str, by: User) -> Any:
        raise NotImplementedError

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        membership = self._guarded(request, number)
        refuse_unless_possible(membership, self.status)
        return self._show(request, membership, self.form())

    def post(self, request: HttpRequest, number: str) -> HttpResponse:
        membership = self._guarded(request, number)
        form = self.form(request.POST)
        if not form.is_valid():
            return self._show(request, membership, form)
        self.call(membership, form.cleaned_data["reason"], signed_in(request))
        messages.success(request, self.words["done"].format(company=membership.company.name))
        return redirect("applications:company", public_id=membership.company.public_id)

    def _guarded(self, request: HttpRequest, number: str) -> Membership:
        membership = get_membership(request, number)
        require(
            self.may(signed_in(request), membership.company),
            "Only a lead assurer who does not act for the company can do this",
        )
        return membership

    def _show(self, request: HttpRequest, membership: Membership, form: django_forms.Form) -> HttpResponse:
        context = {"membership": membership, "form": form, "words": self.words}
        return render(request, "applications/membership_decide.html", context)


class MembershipSuspend(_LeadForm):
    form = forms.Suspension
    status = MembershipStatus.SUSPENDED
    words = {
        "title": "Suspend the membership",
        "meaning": "The company leaves the public register until the membership is reinstated. Its owners "
        "are told "
        "the reason, and how to ask for it to be looked at again.",
        "done": "The membership of {company} is suspended.",
        "classes": "govuk-button--warning",
    }

    def call(self, membership: Membership, reason: str, by: User) -> Any:
        return services.suspend_membership(membership=membership, reason=reason, by=by)


class MembershipReinstate(_LeadForm):
    form = forms.Reinstatement
    status = MembershipStatus.ACTIVE
    words = {
        "title": "Reinstate the membership",
        "meaning": "The company is a member again and, if it agreed to be named, on the public register. "
        "Its owners "
        "are told the reason.",
        "done": "The membership of {company} is active again.",
        "classes": "",
    }

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        if self._guarded(request, number).status == MembershipStatus.LAPSED:
            raise TransitionRefused("This membership has lapsed. An owner of the company can renew it.")
        return super().get(request, number)

    def call(self, membership: Membership, reason: str, by: User) -> Any:
        return services.reinstate_membership(membership=membership, reason=reason, by=by)


class MembershipRemove(_LeadForm):
    form = forms.Removal
    status = MembershipStatus.REMOVED
    words = {
        "title": "Remove the company from the scheme",
        "meaning": "This cannot be undone, but the company can apply again. Its owners are told the "
        "reason, and how "
        "to ask for it to be looked at again.",
        "done": "{company} has been removed from the scheme.",
        "classes": "govuk-button--warning",
    }

    def may(self, user: User, company: Company) -> bool:
        return can_remove_membership(user, company)

    def call(self, membership: Membership, reason: str, by: User) -> Any:
        return services.remove_membership(membership=membership, reason=reason, by=by)


class ApplyAgain(View):
    """A company that is no member applies again under its own name, with the facts that we hold."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = self._guarded(request, public_id)
        refuse_while_member(company)
        return render(request, "applications/application_start_again.html", {"company": company})

    def post(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = self._guarded(request, public_id)
        application = services.apply_again(company=company, by=signed_in(request))
        return redirect("applications:application", reference=application.reference)

    def _guarded(self, request: HttpRequest, public_id: UUID) -> Company:
        company = get_object_or_404(
            Company.objects.visible_to(request.user).defer("search"), public_id=public_id
        )
        require(
            can_apply_again(signed_in(request), company),
            "Only an owner or editor of the company can apply for it",
        )
        return company
