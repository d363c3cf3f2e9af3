"""The report of a review: asked for by a lead, made by a worker, read by those who may see figures."""

from __future__ import annotations

from django.contrib import messages
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import User
from accounts.services import require
from applications.paging import take_page
from applications.views.fetch import signed_in
from reviews import forms, services
from reviews.models import Publication, ReportStage, ReportStatus, ReviewReport
from reviews.permissions import can_make_report, can_publish_report, can_see_reports, can_write_words

LEADS_ONLY = "Only a lead assurer makes the report of a review"


def get_report(request: HttpRequest, pk: int) -> ReviewReport:
    return get_object_or_404(ReviewReport.objects.visible_to(request.user).light(), pk=pk)


class ReportList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(can_see_reports(user), "Only DfT staff and members of the Advisory Panel see the reports")
        rows = ReviewReport.objects.visible_to(user).light()
        context = {"page": take_page(rows, request.GET), "may_make": can_make_report(user)}
        return render(request, "reviews/report_list.html", context)


class ReportStart(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_make_report(signed_in(request)), LEADS_ONLY)
        return self._show(request, forms.ReportStart())

    def post(self, request: HttpRequest) -> HttpResponse:
        require(can_make_report(signed_in(request)), LEADS_ONLY)
        form = forms.ReportStart(request.POST)
        if not form.is_valid():
            return self._show(request, form)
        report = services.start_report(**form.chosen(), by=signed_in(request))
        return redirect("reviews:report", pk=report.pk)

    def _show(self, request: HttpRequest, form: forms.ReportStart) -> HttpResponse:
        context = {"form": form, "windows": form.windows.values()}
        return render(request, "reviews/report_start.html", context)


class ReportShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = get_report(request, pk)
        user = signed_in(request)
        is_under_way = report.status in {ReportStatus.PENDING, ReportStatus.RUNNING}
        is_over = report.status in {ReportStatus.FAILED, ReportStatus.STOPPED}
        context = {
            "report": report,
            "stages": stages_of(report),
            "is_under_way": is_under_way,
            "may_retry": is_over and can_make_report(user),
            "may_stop": is_under_way and can_make_report(user),
            "may_write": can_write_words(user) and bool(report.tables_sha256) and not report.is_public,
            "steps": steps_for(report, user),
            "taken": report.steps.select_related("by"),
            "row_counts": sorted(report.row_counts.items()) if can_write_words(user) else [],
            "may_make": can_make_report(user),
        }
        return render(request, "reviews/report_show.html", context)


def steps_for(report: ReviewReport, user: User) -> list[tuple[str, str]]:
    """Steps that a lead can take now, by the name in the address."""
    if not can_publish_report(user):
        return []
    is_ready = report.status == ReportStatus.READY
    found = {
        Publication.DRAFT: [("consult", "Give the draft to the panel", is_ready)],
        Publication.CONSULTATION: [
            ("sign", "Sign the report off", is_ready),
            ("reopen", "Take the draft back from the panel", True),
        ],
        Publication.SIGNED: [
            ("publish", "Publish the report", is_ready),
            ("reopen", "Open the report again", True),
        ],
    }.get(Publication(report.publication), [])
    return [(name, title) for name, title, is_open in found if is_open]


def stages_of(report: ReviewReport) -> list[tuple[str, str]]:
    """Each stage and how far it is: done, now, stopped or to come."""
    order = list(ReportStage)
    reached = order.index(ReportStage(report.stage))
    at = {
        ReportStatus.FAILED: "stopped",
        ReportStatus.STOPPED: "stopped",
        ReportStatus.READY: "done",
    }.get(ReportStatus(report.status), "now")
    return [
        (stage.label, "done" if position < reached else at if position == reached else "to come")
        for position, stage in enumerate(order)
        if stage != ReportStage.DONE
    ]


class ReportRetry(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = get_report(request, pk)
        services.retry_report(report=report, by=signed_in(request))
        messages.success(request, "The report is being made again.")
        return redirect("reviews:report", pk=pk)


class ReportDownload(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return document_response(get_report(request, pk))


def document_response(report: ReviewReport) -> HttpResponseBase:
    if report.status != ReportStatus.READY:
        raise Http404("This report has no document yet")
    try:
        document = default_storage.open(report.storage_name)
    except FileNotFoundError as error:
        raise Http404("The document is no longer kept") from error
    name = f"rvss-review-{report.period_from:%Y-%m-%d}-to-{report.period_to:%Y-%m-%d}.pdf"
    return FileResponse(
        document,
        as_attachment=True,
        filename=name,
        content_type="application/pdf",
        headers={
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )
