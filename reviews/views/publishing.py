"""The words of a report, the panel's comments, and the steps to its publication."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.views.fetch import signed_in
from reviews import forms, services
from reviews.models import Publication, ReportComment, ReportText, ReviewReport
from reviews.permissions import (
    can_comment_on_reports,
    can_make_report,
    can_publish_report,
    can_write_words,
)
from reviews.reproducing import reproduce
from reviews.sections import Part, Section, newest_words, sections_of, tables_of

WRITERS_ONLY = "Only those who check and lead assurers write the words of a report"


def get_whole(request: HttpRequest, pk: int) -> ReviewReport:
    report = get_object_or_404(ReviewReport.objects.visible_to(request.user), pk=pk)
    if report.tables is None:
        raise Http404("This report has no tables yet")
    return report


def _find(report: ReviewReport, key: str) -> tuple[Section, Part]:
    for section in sections_of(tables_of(report)):
        for part in section.parts:
            if part.key == key:
                return section, part
    raise Http404("This report has no such section")


class WordsList(View):
    """Every part of a report, and whether it has words."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        require(can_write_words(signed_in(request)), WRITERS_ONLY)
        report = get_whole(request, pk)
        words = newest_words(report)
        rows = [
            (section, [(part, words.get(part.key)) for part in section.parts])
            for section in sections_of(tables_of(report))
        ]
        return render(request, "reviews/words_list.html", {"report": report, "rows": rows})


class WordsEdit(View):
    """One part's words, with the figures of its section beside: these nobody types."""

    def get(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        require(can_write_words(signed_in(request)), WRITERS_ONLY)
        report = get_whole(request, pk)
        newest = ReportText.objects.filter(report=report, section=key).first()
        initial = {"words": newest.words if newest else "", "seen": newest.version if newest else 0}
        return self._show(request, report, key, forms.WordsForm(initial=initial))

    def post(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        require(can_write_words(signed_in(request)), WRITERS_ONLY)
        report = get_whole(request, pk)
        data = request.POST.copy()
        form = forms.WordsForm(data)
        if not form.is_valid():
            return self._show(request, report, key, form)
        try:
            services.write_section(
                report=report,
                section=key,
                words=form.cleaned_data["words"],
                seen=form.cleaned_data["seen"],
                by=signed_in(request),
            )
        except services.StaleWords as stale:
            data["seen"] = str(stale.current.version)
            form.add_error("words", "Somebody else saved these words after you opened the page")
            return self._show(request, report, key, form, stale.current)
        messages.success(request, "The words are saved.")
        return redirect("reviews:words", pk=pk)

    def _show(
        self,
        request: HttpRequest,
        report: ReviewReport,
        key: str,
        form: forms.WordsForm,
        theirs: ReportText | None = None,
    ) -> HttpResponse:
        section, part = _find(report, key)
        versions = ReportText.objects.filter(report=report, section=key).select_related("by")
        context = {
            "report": report,
            "section": section,
            "part": part,
            "form": form,
            "theirs": theirs,
            "versions": versions,
        }
        return render(request, "reviews/words_edit.html", context, status=409 if theirs else 200)


class Comments(View):
    """What the panel says about a draft, and what the department answers."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, get_whole(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = get_whole(request, pk)
        require(can_comment_on_reports(signed_in(request)), "Only members of the Advisory Panel comment")
        form = forms.CommentForm(request.POST, sections=self._sections(report))
        if not form.is_valid():
            return self._show(request, report, form)
        services.comment_on_report(report=report, **form.cleaned_data, by=signed_in(request))
        messages.success(request, "Your comment is saved.")
        return redirect("reviews:report_comments", pk=pk)

    def _sections(self, report: ReviewReport) -> list[tuple[str, str]]:
        return [
            (part.key, section.title if section.level == 2 else f"{section.title}: {part.title}")
            for section in sections_of(tables_of(report))
            for part in section.parts
        ]

    def _show(
        self, request: HttpRequest, report: ReviewReport, form: forms.CommentForm | None = None
    ) -> HttpResponse:
        user = signed_in(request)
        sections = self._sections(report)
        is_open = report.publication == Publication.CONSULTATION
        rows = ReportComment.objects.filter(report=report).select_related("by", "answer__by")
        context = {
            "report": report,
            "titles": {"": "The whole report", **dict(sections)},
            "comments": rows,
            "may_answer": can_write_words(user) and report.takes_words,
            "form": form or forms.CommentForm(sections=sections),
            "may_comment": is_open and can_comment_on_reports(user),
        }
        return render(request, "reviews/comments.html", context)


class CommentAnswer(View):
    def get(self, request: HttpRequest, pk: int, comment: int) -> HttpResponse:
        return self._show(request, self._fetch(request, pk, comment), forms.AnswerForm())

    def post(self, request: HttpRequest, pk: int, comment: int) -> HttpResponse:
        row = self._fetch(request, pk, comment)
        form = forms.AnswerForm(request.POST)
        if not form.is_valid():
            return self._show(request, row, form)
        services.answer_comment(comment=row, words=form.cleaned_data["words"], by=signed_in(request))
        messages.success(request, "The answer is saved.")
        return redirect("reviews:report_comments", pk=pk)

    def _fetch(self, request: HttpRequest, pk: int, comment: int) -> ReportComment:
        report = get_whole(request, pk)
        require(can_write_words(signed_in(request)), "Only the department answers comments")
        return get_object_or_404(
            ReportComment.objects.select_related("by", "report"), pk=comment, report=report
        )

    def _show(self, request: HttpRequest, row: ReportComment, form: forms.AnswerForm) -> HttpResponse:
        return render(
            request, "reviews/comment_answer.html", {"report": row.report, "comment": row, "form": form}
        )


STEPS: dict[str, tuple[str, str, Any]] = {
    "stop": ("Stop making the report", "The report is stopped.", services.stop_report),
    "consult": ("Give the draft to the panel", "The panel can comment now.", services.consult_panel),
    "sign": ("Sign the report off", "The report is signed off.", services.sign_report),
    "reopen": ("Open the report again", "The report is a draft again.", services.reopen_report),
    "publish": ("Publish the report", "The report is published.", services.publish_report),
}


class ReportStep(View):
    """One step, with the reason for it."""

    def get(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        return self._show(request, self._fetch(request, pk, step), step, forms.ReasonForm())

    def post(self, request: HttpRequest, pk: int, step: str) -> HttpResponse:
        report = self._fetch(request, pk, step)
        form = forms.ReasonForm(request.POST)
        if not form.is_valid():
            return self._show(request, report, step, form)
        _, done, service = STEPS[step]
        try:
            service(report=report, reason=form.cleaned_data["reason"], by=signed_in(request))
        except services.NotYet as first:
            form.add_error(None, str(first))
            return self._show(request, report, step, form)
        messages.success(request, done)
        return redirect("reviews:report", pk=pk)

    def _fetch(self, request: HttpRequest, pk: int, step: str) -> ReviewReport:
        report = get_object_or_404(ReviewReport.objects.visible_to(request.user), pk=pk)
        require(can_publish_report(signed_in(request)), "Only a lead assurer decides on a report")
        if step not in STEPS:
            raise Http404
        return report

    def _show(
        self, request: HttpRequest, report: ReviewReport, step: str, form: forms.ReasonForm
    ) -> HttpResponse:
        earlier = None
        if step == "publish":
            earlier = ReviewReport.objects.filter(edition=report.edition_id, publication="published").first()
        context = {"report": report, "title": STEPS[step][0], "step": step, "form": form, "earlier": earlier}
        return render(request, "reviews/report_step.html", context)


class ReportReproduce(View):
    """Work the figures out again from what is frozen, and say whether they are the same."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        report = get_object_or_404(ReviewReport.objects.visible_to(request.user), pk=pk)
        require(can_make_report(signed_in(request)), "Only a lead assurer works the figures out again")
        if report.tables is None:
            raise TransitionRefused("This report has no figures yet.")
        return render(
            request, "reviews/report_reproduced.html", {"report": report, "found": reproduce(report)}
        )
