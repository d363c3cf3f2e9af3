"""Take-up and compliance: in full for the department and the panel, take-up alone for everyone."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.services import require
from applications.spreadsheets import csv_response
from applications.views.fetch import signed_in
from reviews import forms
from reviews.permissions import can_see_figures
from reviews.published import Published, read_published
from reviews.spreadsheets import csv_rows, write_ods
from reviews.views.files import chart_response, ods_response


class _Figures(View):
    """Guards, and reads what this reader may see."""

    for_public = False

    def read(self, request: HttpRequest, *, cut: bool = False) -> Published | None:
        if not self.for_public:
            require(
                can_see_figures(signed_in(request)),
                "Only DfT staff and members of the Advisory Panel see these figures",
            )
        months = forms.MonthsShown(request.GET).chosen() if cut else None
        return read_published(for_public=self.for_public, months=months)

    def must_read(self, request: HttpRequest, *, cut: bool = False) -> Published:
        published = self.read(request, cut=cut)
        if published is None:
            raise Http404("No figures have been counted yet")
        return published


class TakeUpShow(_Figures):
    template = "reviews/take_up_show.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        published = self.read(request, cut=True)
        form = forms.MonthsShown(request.GET if "months" in request.GET else None)
        context: dict[str, Any] = {"published": published, "filter": form}
        if published is not None:
            charts = published.charts
            context["sections"] = [
                (table, [chart for chart in charts if chart.table.name == table.name])
                for table in published.tables
            ]
        return render(request, self.template, context)


class ChartShow(_Figures):
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        return chart_response(self.must_read(request, cut=True).svg(slug))


class TableDownload(_Figures):
    """One table, whole."""

    def get(self, request: HttpRequest, slug: str) -> HttpResponseBase:
        table = self.must_read(request).table(slug)
        if table is None:
            raise Http404
        header = [column.label for column in table.columns]
        return csv_response(f"rvss-{table.name}.csv", header, csv_rows(table))


class TakeUpSpreadsheet(_Figures):
    """Every table, a sheet each."""

    def get(self, request: HttpRequest) -> HttpResponse:
        published = self.must_read(request)
        content = write_ods(
            title="Rental Vehicle Security Scheme: take-up",
            taken_at=published.taken_at,
            tables=published.tables,
        )
        return ods_response("rvss-take-up.ods", content)


@method_decorator(login_not_required, name="dispatch")
class SummaryShow(TakeUpShow):
    for_public = True
    template = "reviews/summary_show.html"


@method_decorator(login_not_required, name="dispatch")
class SummaryChart(ChartShow):
    for_public = True


@method_decorator(login_not_required, name="dispatch")
class SummaryTable(TableDownload):
    for_public = True


@method_decorator(login_not_required, name="dispatch")
class SummarySpreadsheet(TakeUpSpreadsheet):
    for_public = True
