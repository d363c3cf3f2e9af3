"""Lists of companies from approved partners: sent, checked, enrolled. DfT sees the same pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.keyset import take_keyset
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications import forms, services
from applications.enrolling.columns import COLUMNS, header_of
from applications.enrolling.files import FAULT_HEADERS, template_rows
from applications.models import (
    Enrolment,
    EnrolmentProblem,
    EnrolmentRow,
    EnrolmentStatus,
    RowOutcome,
    TradeBody,
)
from applications.paging import take_page
from applications.permissions import can_enrol, can_see_enrolments
from applications.services.enrolled_words import in_words
from applications.services.enrolments import NOT_YOURS
from applications.spreadsheets import csv_response
from applications.views.fetch import signed_in

NOT_PARTNER = "Only approved partners and DfT staff see lists of companies to enrol"


def guard(request: HttpRequest) -> None:
    require(can_see_enrolments(signed_in(request)), NOT_PARTNER)


def get_enrolment(request: HttpRequest, pk: int) -> Enrolment:
    """Another partner's is 404."""
    visible = Enrolment.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("body", "sent_by", "import_by", "withdrawn_by"), pk=pk)


def get_own_enrolment(request: HttpRequest, pk: int) -> Enrolment:
    """The same, for who may go on with it: DfT looks only."""
    enrolment = get_enrolment(request, pk)
    require(can_enrol(signed_in(request), enrolment.body), NOT_YOURS)
    return enrolment


class EnrolmentList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        guard(request)
        user = signed_in(request)
        rows = Enrolment.objects.visible_to(user).select_related("body", "sent_by")
        context = {"page": take_keyset(rows, request.GET), "may_send": not user.is_dft}
        return render(request, "applications/enrolment_list.html", context)


class EnrolmentColumns(View):
    """What a file holds, column by column."""

    def get(self, request: HttpRequest) -> HttpResponse:
        guard(request)
        return render(request, "applications/enrolment_columns.html", {"columns": COLUMNS})


class EnrolmentTemplate(View):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        guard(request)
        header, rows = template_rows()
        return csv_response("companies-to-enrol.csv", header, rows)


class EnrolmentSend(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, forms.EnrolmentUpload(bodies=self._bodies(request)))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = forms.EnrolmentUpload(request.POST, request.FILES, bodies=self._bodies(request))
        if not form.is_valid():
            return self._show(request, form)
        enrolment, is_new = services.receive_enrolment(
            body=form.chosen_body,
            rows=form.read.rows,
            file_name=form.cleaned_data["file"].name,
            sha256=form.read.sha256,
            ignored_columns=form.read.ignored_columns,
            by=signed_in(request),
        )
        if not is_new:
            messages.info(
                request,
                f"You sent this file before, on {in_words(enrolment.sent_at)}. This is what came of it.",
            )
        return redirect("applications:enrolment", pk=enrolment.pk)

    def _bodies(self, request: HttpRequest) -> list[TradeBody]:
        user = signed_in(request)
        bodies = list(TradeBody.objects.filter(people=user, is_partner=True))
        require(any(can_enrol(user, body) for body in bodies), NOT_YOURS)
        return bodies

    def _show(self, request: HttpRequest, form: forms.EnrolmentUpload) -> HttpResponse:
        return render(request, "applications/enrolment_send.html", {"form": form})


class EnrolmentShow(View):
    """One page from the check to the result; while work goes on it says how far it is."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        enrolment = get_enrolment(request, pk)
        done, total = enrolment.progress
        context: dict[str, Any] = {
            "enrolment": enrolment,
            "done": done,
            "total": total,
            "may_act": can_enrol(signed_in(request), enrolment.body),
        }
        if not enrolment.is_working:
            problems = enrolment.problems.select_related("row").order_by("row__number", "place")
            page = take_page(problems.defer("row__cells"), request.GET)
            context |= {
                "page": page,
                "problems": [(header_of(problem.column), problem) for problem in page.rows],
                "results": self._results(enrolment),
            }
        return render(request, "applications/enrolment_show.html", context)

    def _results(self, enrolment: Enrolment) -> list[tuple[str, str, int]]:
        """How many rows became what: outcome, in words, count."""
        counts = dict(enrolment.rows.order_by().values_list("outcome").annotate(Count("pk")))
        return [(value, label, counts[value]) for value, label in RowOutcome.choices if value in counts]


class EnrolmentRows(View):
    """Every row, and what became of it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        enrolment = get_enrolment(request, pk)
        form = forms.RowFilter(request.GET)
        form.is_valid()
        rows = enrolment.rows.select_related("enrolled").order_by("number")
        if outcome := form.cleaned_data.get("outcome"):
            rows = rows.filter(outcome=outcome)
        context = {"enrolment": enrolment, "filter": form, "page": take_page(rows, request.GET)}
        return render(request, "applications/enrolment_rows.html", context)


class EnrolmentFaults(View):
    """The rows with faults as they were sent, and beside each what is wrong: to correct and send again."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        enrolment = get_enrolment(request, pk)
        header = [*(column.header for column in COLUMNS), *FAULT_HEADERS]
        return csv_response(f"faults-{enrolment.pk}.csv", header, self._lines(enrolment))

    def _lines(self, enrolment: Enrolment) -> Iterator[list[object]]:
        problems = Prefetch("problems", EnrolmentProblem.objects.order_by("place"))
        rows = enrolment.rows.filter(outcome=RowOutcome.FAULTY).order_by("number")
        for row in rows.prefetch_related(problems).iterator(chunk_size=1000):
            yield [*(row.cells.get(column.key, "") for column in COLUMNS), row.number, self._words(row)]

    def _words(self, row: EnrolmentRow) -> str:
        return "; ".join(f"{header_of(fault.column)}: {fault.text}" for fault in row.problems.all())


class EnrolmentImport(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        enrolment = self._guarded(request, pk)
        return self._show(request, enrolment, forms.EnrolmentImport(faulty=enrolment.faulty_count))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        enrolment = get_own_enrolment(request, pk)
        if enrolment.status in {EnrolmentStatus.IMPORTING, EnrolmentStatus.DONE}:
            return redirect("applications:enrolment", pk=pk)  # a double click
        form = forms.EnrolmentImport(request.POST, faulty=enrolment.faulty_count)
        if not form.is_valid():
            return self._show(request, enrolment, form)
        services.start_import(
            enrolment=enrolment,
            leave_out_faulty=form.cleaned_data.get("leave_out", False),
            by=signed_in(request),
        )
        return redirect("applications:enrolment", pk=pk)

    def _guarded(self, request: HttpRequest, pk: int) -> Enrolment:
        enrolment = get_own_enrolment(request, pk)
        if enrolment.status not in {EnrolmentStatus.READY, EnrolmentStatus.FAULTY}:
            raise TransitionRefused(f"This list is now: {enrolment.get_status_display()}.")
        if not enrolment.good_count:
            raise TransitionRefused("Every row has faults, so there is nothing to enrol.")
        return enrolment

    def _show(self, request: HttpRequest, enrolment: Enrolment, form: forms.EnrolmentImport) -> HttpResponse:
        return render(request, "applications/enrolment_import.html", {"enrolment": enrolment, "form": form})


class EnrolmentRetry(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.retry_enrolment(enrolment=get_own_enrolment(request, pk), by=signed_in(request))
        return redirect("applications:enrolment", pk=pk)


class EnrolmentWithdraw(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, get_own_enrolment(request, pk), forms.EnrolmentWithdrawal())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        enrolment = get_own_enrolment(request, pk)
        form = forms.EnrolmentWithdrawal(request.POST)
        if not form.is_valid():
            return self._show(request, enrolment, form)
        services.withdraw_enrolment(
            enrolment=enrolment, reason=form.cleaned_data["reason"], by=signed_in(request)
        )
        messages.success(request, f"{enrolment.file_name} has been withdrawn. Nothing of it was enrolled.")
        return redirect("applications:enrolments")

    def _show(
        self, request: HttpRequest, enrolment: Enrolment, form: forms.EnrolmentWithdrawal
    ) -> HttpResponse:
        return render(request, "applications/enrolment_withdraw.html", {"enrolment": enrolment, "form": form})
