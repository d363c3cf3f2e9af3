"""Companies that partners have enrolled, and what each has confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Subquery
from django.db.models.functions import Upper
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views import View

from accounts.models import Notification
from accounts.services import require
from applications import forms, services
from applications.duplicates import duplicates_of
from applications.models import (
    Application,
    CompanyPerson,
    EnrolledCompany,
    EnrolledKind,
    EnrolledStatus,
    Membership,
)
from applications.paging import take_page
from applications.permissions import can_answer_partner, can_enrol
from applications.querysets import NOT_ARRIVED, EnrolledCompanyQuerySet
from applications.services.enrolled import NOT_OWNER
from applications.services.enrolments import NOT_YOURS
from applications.spreadsheets import csv_response
from applications.views.enrolments import guard
from applications.views.fetch import signed_in
from applications.views.people import get_company

MAY_INVITE = frozenset({"invited", "bounced"})


def with_stage(rows: EnrolledCompanyQuerySet) -> EnrolledCompanyQuerySet:
    """How far each new company has come, and the number of a member: in the same query.

    Of a company that was here before nothing is looked up: the partner is not to see it.
    """
    sent = Application.objects.filter(
        company=OuterRef("company_id"), origin="partner", status__in=["submitted", "question"]
    )
    undelivered = Notification.objects.annotate(upper=Upper("to")).filter(
        upper=Upper(OuterRef("email")), status__in=NOT_ARRIVED
    )
    member = Membership.objects.filter(company=OuterRef("company_id"), partner=OuterRef("body_id"))
    return rows.annotate(
        is_signed=Exists(sent),
        has_people=Exists(CompanyPerson.objects.filter(company=OuterRef("company_id"))),
        is_undelivered=Exists(undelivered),
        member_number=Subquery(member.order_by("-pk").values("number")[:1]),
    )


@dataclass(frozen=True)
class Row:
    tie: EnrolledCompany
    stage: str
    number: str

    @property
    def words(self) -> str:
        return {
            "signed": "Declaration signed. The security contact has not confirmed",
            "people": "Somebody acts for the company. The declaration is not signed",
            "bounced": "The invitation did not arrive. Check the address",
            "invited": "Invited. Nobody has answered",
        }.get(self.stage, "")


def row_of(tie: EnrolledCompany) -> Row:
    """Of a row that came with_stage."""
    stage, number = "", ""
    if tie.kind == EnrolledKind.NEW:
        number = tie.member_number or ""  # type: ignore[attr-defined]
        if tie.status == EnrolledStatus.UNCONFIRMED:
            reached = (
                ("signed", tie.is_signed),  # type: ignore[attr-defined]
                ("people", tie.has_people),  # type: ignore[attr-defined]
                ("bounced", tie.is_undelivered),  # type: ignore[attr-defined]
            )
            stage = next((name for name, is_so in reached if is_so), "invited")
    return Row(tie, stage, number)


def filtered(request: HttpRequest, form: forms.EnrolledFilter) -> EnrolledCompanyQuerySet:
    form.is_valid()
    found = EnrolledCompany.objects.visible_to(request.user).matching(form.cleaned_data.get("q") or "")
    if status := form.cleaned_data.get("status"):
        found = found.filter(status=status)
    return found


class EnrolledList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        guard(request)
        form = forms.EnrolledFilter(request.GET)
        rows = with_stage(filtered(request, form)).select_related("body").order_by("name", "pk")
        page = take_page(rows, request.GET)
        visible = EnrolledCompany.objects.visible_to(request.user)
        counts = dict(visible.order_by().values_list("status").annotate(Count("pk")))
        context = {
            "filter": form,
            "page": page,
            "rows": [row_of(tie) for tie in page.rows],
            "counts": [
                (value, label, counts[value]) for value, label in EnrolledStatus.choices if value in counts
            ],
        }
        return render(request, "applications/enrolled_list.html", context)


CSV_HEADER = (
    "Company",
    "Companies House number",
    "Your reference",
    "Address invited",
    "Enrolled on",
    "State",
    "How far it is",
    "Membership number",
    "Reminders",
    "Reason",
)


class EnrolledDownload(View):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        guard(request)
        rows = with_stage(filtered(request, forms.EnrolledFilter(request.GET))).order_by("name", "pk")
        return csv_response("enrolled-companies.csv", CSV_HEADER, self._lines(rows))

    def _lines(self, rows: EnrolledCompanyQuerySet) -> Iterator[tuple[object, ...]]:
        for tie in rows.iterator(chunk_size=1000):
            row = row_of(tie)
            yield (
                tie.name,
                tie.company_number,
                tie.reference,
                tie.email,
                timezone.localdate(tie.enrolled_at),
                tie.get_status_display(),
                row.words,
                row.number,
                tie.reminders,
                tie.reason,
            )


def get_tie(request: HttpRequest, pk: int) -> EnrolledCompany:
    visible = with_stage(EnrolledCompany.objects.visible_to(request.user))
    related = visible.select_related("body", "company", "enrolment", "enrolled_by", "settled_by")
    return get_object_or_404(related.defer("company__search", "company__search_terms"), pk=pk)


def get_own_tie(request: HttpRequest, pk: int) -> EnrolledCompany:
    tie = get_tie(request, pk)
    require(can_enrol(signed_in(request), tie.body), NOT_YOURS)
    return tie


class EnrolledShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        tie = get_tie(request, pk)
        user = signed_in(request)
        may_act = can_enrol(user, tie.body)
        row = row_of(tie)
        context = {
            "row": row,
            "tie": tie,
            "may_withdraw": may_act and tie.status in {"unconfirmed", "with_dft", "asked"},
            "may_invite": may_act and row.stage in MAY_INVITE,
            # What follows is for DfT: of the company itself the partner sees nothing.
            "company": tie.company if user.is_dft else None,
            "duplicates": duplicates_of(tie.company) if user.is_dft else [],
        }
        return render(request, "applications/enrolled_show.html", context)


class EnrolledWithdraw(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, get_own_tie(request, pk), forms.EnrolledWithdrawal())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        tie = get_own_tie(request, pk)
        form = forms.EnrolledWithdrawal(request.POST)
        if not form.is_valid():
            return self._show(request, tie, form)
        services.withdraw_enrolled(tie=tie, reason=form.cleaned_data["reason"], by=signed_in(request))
        messages.success(request, f"{tie.name} has been withdrawn.")
        return redirect("applications:enrolled_company", pk=pk)

    def _show(
        self, request: HttpRequest, tie: EnrolledCompany, form: forms.EnrolledWithdrawal
    ) -> HttpResponse:
        return render(request, "applications/enrolled_withdraw.html", {"tie": tie, "form": form})


class EnrolledInvite(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        tie = get_own_tie(request, pk)
        return self._show(request, tie, forms.EnrolledInvitation(initial={"email": tie.email}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        tie = get_own_tie(request, pk)
        form = forms.EnrolledInvitation(request.POST)
        if not form.is_valid():
            return self._show(request, tie, form)
        sent = services.invite_enrolled_again(tie=tie, **form.cleaned_data, by=signed_in(request))
        messages.success(request, f"A new link has been sent to {sent.email}. The old one works no longer.")
        return redirect("applications:enrolled_company", pk=pk)

    def _show(
        self, request: HttpRequest, tie: EnrolledCompany, form: forms.EnrolledInvitation
    ) -> HttpResponse:
        return render(request, "applications/enrolled_invite.html", {"tie": tie, "form": form})


class PartnerAnswer(View):
    """The company's own page: is it a member of the trade body that says so?"""

    def get(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        return self._show(request, self._guarded(request, public_id, pk), forms.PartnerAnswer())

    def post(self, request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
        tie = self._guarded(request, public_id, pk)
        form = forms.PartnerAnswer(request.POST)
        if not form.is_valid():
            return self._show(request, tie, form)
        is_member = form.cleaned_data["answer"] == forms.PartnerAnswer.YES
        reason = "" if is_member else form.cleaned_data["reason"]
        services.answer_partner(tie=tie, is_member=is_member, reason=reason, by=signed_in(request))
        messages.success(request, f"{tie.body.name} has been told your answer.")
        return redirect("applications:company", public_id=public_id)

    def _guarded(self, request: HttpRequest, public_id: UUID, pk: int) -> EnrolledCompany:
        company = get_company(request, public_id)
        require(can_answer_partner(signed_in(request), company), NOT_OWNER)
        ties = company.enrolled.filter(kind=EnrolledKind.LINK).select_related("body", "settled_by")
        tie = get_object_or_404(ties, pk=pk)
        tie.company = company
        return tie

    def _show(self, request: HttpRequest, tie: EnrolledCompany, form: forms.PartnerAnswer) -> HttpResponse:
        context = {"tie": tie, "company": tie.company, "form": form, "is_open": tie.status == "asked"}
        return render(request, "applications/partner_answer.html", context)
