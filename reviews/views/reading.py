"""A report as a page with downloads: drafts for those who may see them, published ones for everybody."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views import View

from applications.paging import take_page
from applications.spreadsheets import csv_response
from reviews.models import ReviewReport
from reviews.reading import Reading, read_report
from reviews.spreadsheets import csv_rows, csvw, write_ods
from reviews.statistics import Table
from reviews.views.files import chart_response, ods_response
from reviews.views.reports import document_response

TITLE = "Review of the Rental Vehicle Security Scheme"


class _Report(View):
    """Guards, and reads. `prefix` is that of the names of the addresses beside it."""

    for_public = False
    prefix = "reviews:report"

    def rows(self, request: HttpRequest) -> QuerySet[ReviewReport]:
        reports = ReviewReport.objects.select_related("edition", "replaced_by", "requested_by")
        return reports.public() if self.for_public else reports.visible_to(request.user)

    def get_report(self, request: HttpRequest, pk: int) -> ReviewReport:
        report = get_object_or_404(self.rows(request), pk=pk)
        if not report.tables:
            raise Http404("This report has no tables yet")
        return report

    def read(self, request: HttpRequest, pk: int) -> Reading:
        return read_report(self.get_report(request, pk))

    def table(self, request: HttpRequest, pk: int, slug: str) -> tuple[Reading, Table]:
        reading = self.read(request, pk)
        table = reading.table(slug)
        if table is None:
            raise Http404
        return reading, table


class ReportRead(_Report):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = self.read(request, pk)
        context = {**reading.context, "prefix": self.prefix, "for_public": self.for_public}
        return render(request, "reviews/report_read.html", context)


class ReportChart(_Report):
    def get(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        return chart_response(self.read(request, pk).svg(slug))


class ReportTable(_Report):
    def get(self, request: HttpRequest, pk: int, slug: str) -> HttpResponseBase:
        _, table = self.table(request, pk, slug)
        header = [column.label for column in table.columns]
        return csv_response(f"rvss-review-{pk}-{table.name}.csv", header, csv_rows(table))


class ReportTableAbout(_Report):
    """What the CSV of a table is: title, date, source, contact and columns."""

    def get(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        reading, table = self.table(request, pk, slug)
        address = reverse(f"{self.prefix}_table", kwargs={"pk": pk, "slug": slug})
        about = csvw(table, address=request.build_absolute_uri(address), as_of=reading.as_of.date())
        return JsonResponse(about, content_type="application/csvm+json")


class ReportSpreadsheet(_Report):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = self.read(request, pk)
        content = write_ods(title=TITLE, taken_at=reading.as_of, tables=reading.tables)
        return ods_response(f"rvss-review-{pk}.ods", content)


@method_decorator(login_not_required, name="dispatch")
class PublicList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        rows = ReviewReport.objects.public().light().order_by("-pk")
        return render(request, "reviews/public_list.html", {"page": take_page(rows, request.GET)})


@method_decorator(login_not_required, name="dispatch")
class PublicRead(ReportRead):
    for_public = True
    prefix = "reviews:public"


@method_decorator(login_not_required, name="dispatch")
class PublicChart(ReportChart):
    for_public = True


@method_decorator(login_not_required, name="dispatch")
class PublicTable(ReportTable):
    for_public = True


@method_decorator(login_not_required, name="dispatch")
class PublicTableAbout(ReportTableAbout):
    for_public = True
    prefix = "reviews:public"


@method_decorator(login_not_required, name="dispatch")
class PublicSpreadsheet(ReportSpreadsheet):
    for_public = True


@method_decorator(login_not_required, name="dispatch")
class PublicDownload(_Report):
    for_public = True

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return document_response(self.get_report(request, pk))
