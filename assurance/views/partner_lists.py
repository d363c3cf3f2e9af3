"""A partner's files of results: sent, looked through, taken over. They are the partner's alone."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.keyset import take_keyset
from applications.enrolling.files import template_rows
from applications.paging import take_page
from applications.services.enrolled_words import in_words
from applications.spreadsheets import csv_response
from assurance import services
from assurance.models import PartnerCheckList, PartnerListStatus, PartnerRowOutcome
from assurance.partner_columns import columns_for, header_of
from assurance.partner_forms import ListUpload
from assurance.views.fetch import signed_in
from assurance.views.partner import bodies_of
from codeofpractice.models import Edition


def get_list(request: HttpRequest, pk: int) -> PartnerCheckList:
    visible = PartnerCheckList.objects.visible_to(request.user)
    return get_object_or_404(visible.select_related("body", "sent_by", "import_by"), pk=pk)


def most_points() -> int:
    """Of any edition that is in force."""
    counted = Edition.objects.published().aggregate(most=Max("points__number"))
    return int(counted["most"] or 0)


class PartnerListList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        bodies_of(signed_in(request))
        rows = PartnerCheckList.objects.visible_to(request.user).select_related("sent_by")
        context = {"page": take_keyset(rows, request.GET)}
        return render(request, "assurance/partner_list_list.html", context)


class PartnerListColumns(View):
    """What a file holds, column by column."""

    def get(self, request: HttpRequest) -> HttpResponse:
        bodies_of(signed_in(request))
        context = {"columns": columns_for(most_points())}
        return render(request, "assurance/partner_list_columns.html", context)


class PartnerListTemplate(View):
    def get(self, request: HttpRequest) -> HttpResponseBase:
        bodies_of(signed_in(request))
        header, rows = template_rows(columns_for(most_points()))
        return csv_response("results-of-inspections.csv", header, rows)


class PartnerListSend(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        return self._show(request, ListUpload(bodies=bodies_of(signed_in(request))))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ListUpload(request.POST, request.FILES, bodies=bodies_of(signed_in(request)))
        if not form.is_valid():
            return self._show(request, form)
        sent, is_new = services.receive_partner_list(
            body=form.chosen_body,
            rows=form.read.rows,
            file_name=form.cleaned_data["file"].name,
            sha256=form.read.sha256,
            ignored_columns=form.read.ignored_columns,
            by=signed_in(request),
        )
        if not is_new:
            words = f"You sent this file before, on {in_words(sent.sent_at)}. This is what came of it."
            messages.info(request, words)
        return redirect("assurance:partner_list", pk=sent.pk)

    def _show(self, request: HttpRequest, form: ListUpload) -> HttpResponse:
        return render(request, "assurance/partner_list_send.html", {"form": form})


class PartnerListShow(View):
    """One page from the faults to the result; while work goes on it says how far it is."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        sent = get_list(request, pk)
        context: dict[str, Any] = {"sent": sent}
        if sent.status == PartnerListStatus.FAULTY:
            problems = sent.problems.select_related("row").order_by("row__number", "place")
            page = take_page(problems.defer("row__cells"), request.GET)
            context |= {"page": page, "problems": [(header_of(row.column), row) for row in page.rows]}
        elif not sent.is_working:
            rows = sent.rows.select_related("result").order_by("number")
            context |= {"page": take_page(rows, request.GET), "counts": self._counts(sent)}
        return render(request, "assurance/partner_list_show.html", context)

    def _counts(self, sent: PartnerCheckList) -> list[tuple[str, int]]:
        """How many rows became what, in words."""
        counts = dict(sent.rows.order_by().values_list("outcome").annotate(Count("pk")))
        return [(label, counts[value]) for value, label in PartnerRowOutcome.choices if value in counts]


class PartnerListTakeOver(View):
    """The partner says that the results are to be made; after an error, that it is to go on."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.take_over_partner_list(sent=get_list(request, pk), by=signed_in(request))
        return redirect("assurance:partner_list", pk=pk)
