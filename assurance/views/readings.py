"""Second readings: taken or given, read blind point by point, submitted, and settled by a lead."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role
from accounts.services import require
from accounts.transitions import TransitionRefused
from applications.paging import take_page
from assurance import services
from assurance.forms import DeclarationForm
from assurance.models import FindingResult, PlanCheck, SecondReading
from assurance.permissions import STAFF, can_decide_check, can_give_reading, can_read_again, can_take_reading
from assurance.reading_forms import ReadingGiveForm, SecondFindingForm, settlement_forms
from assurance.services.declaring import refuse_if_declared
from assurance.services.readings import NOT_YOURS, SUBMITTED, Disagreement, disagreements_of
from assurance.views.fetch import signed_in
from codeofpractice.answers import PointAnswer, answers_of
from codeofpractice.files import serve
from codeofpractice.models import DocumentKind, StoredFile


def get_reading(request: HttpRequest, pk: int) -> SecondReading:
    readings = SecondReading.objects.visible_to(request.user).select_related(
        "check_of__membership__company", "check_of__plan_version__edition", "reader", "recommendation"
    )
    return get_object_or_404(readings.defer("check_of__membership__company__search"), pk=pk)


def get_own_reading(request: HttpRequest, pk: int) -> SecondReading:
    """One that the person has and is still to submit, and in whose case they have declared."""
    reading = get_reading(request, pk)
    require(can_read_again(signed_in(request), reading), NOT_YOURS)
    if reading.submitted_at is not None:
        raise TransitionRefused(SUBMITTED)
    return reading


class ReadingList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(user.role in STAFF, "Only assurers and leads see second readings")
        rows = (
            SecondReading.objects.visible_to(user)
            .select_related("check_of__membership__company", "reader")
            .defer("check_of__membership__company__search")
            .annotate(done=Count("findings"))
            .order_by("submitted_at", "pk")
        )
        context = {
            "page": take_page(rows.open(), request.GET),
            "submitted": rows.filter(submitted_at__isnull=False).order_by("-submitted_at")[:25],
            "is_lead": user.role == Role.LEAD,
        }
        return render(request, "assurance/reading_list.html", context)


class ReadingShow(View):
    """To its reader: the points and their own results. To a lead: how it stands, and what differs."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = get_reading(request, pk)
        user = signed_in(request)
        is_reader = reading.reader_id == user.pk
        has_declared = is_reader and can_read_again(user, reading)
        if is_reader and reading.submitted_at is None and not has_declared:
            return redirect("assurance:reading_declare", pk=pk)
        is_lead = user.role == Role.LEAD
        found = {row.point_id: row for row in reading.findings.all()} if is_reader else {}
        version = reading.check_of.plan_version
        points = list(version.edition.points.all()) if version and is_reader else []
        rows = disagreements_of(reading) if is_lead and reading.submitted_at else []
        context = {
            "reading": reading,
            "check": reading.check_of,
            "is_reader": is_reader,
            "is_lead": is_lead,
            "rows": [(point, found.get(point.pk)) for point in points],
            "done": len(found),
            "may_read": is_reader and reading.submitted_at is None,
            "may_take": reading.reader_id is None and can_take_reading(user, reading),
            "may_give": reading.submitted_at is None and can_give_reading(user, reading),
            "disagreements": [(row, FindingResult(row.second).label, _label(row)) for row in rows],
            "may_settle": any(row.settled is None for row in rows)
            and can_decide_check(user, reading.check_of),
        }
        return render(request, "assurance/reading_show.html", context)


def _label(row: Disagreement) -> str:
    return FindingResult(row.first).label if row.first else "No finding"


class ReadingDeclare(View):
    """As in a check: before anything of the plan is opened."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._found(request, pk), DeclarationForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        try:
            reading = self._found(request, pk)
        except (Http404, PermissionDenied):
            if gone := SecondReading.objects.filter(pk=pk).first():
                refuse_if_declared(gone.check_of_id, signed_in(request))
            raise
        form = DeclarationForm(request.POST)
        if not form.is_valid():
            return self._show(request, reading, form)
        services.declare_conflict(
            check=reading.check_of,
            has_conflict=form.has_conflict,
            details=form.cleaned_data["details"],
            by=signed_in(request),
        )
        if form.has_conflict:
            messages.success(request, "Thank you. The leads are told, and somebody else reads the plan.")
            return redirect("assurance:readings")
        messages.success(request, "Your declaration is on record.")
        return redirect("assurance:reading", pk=pk)

    def _found(self, request: HttpRequest, pk: int) -> SecondReading:
        reading = get_reading(request, pk)
        require(reading.reader_id == signed_in(request).pk, NOT_YOURS)
        return reading

    def _show(self, request: HttpRequest, reading: SecondReading, form: DeclarationForm) -> HttpResponse:
        context = {"reading": reading, "company": reading.check_of.membership.company, "form": form}
        return render(request, "assurance/reading_declare.html", context)


class ReadingTake(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = signed_in(request)
        services.give_reading(reading=get_reading(request, pk), to=user, by=user)
        messages.success(request, "The second reading is yours.")
        return redirect("assurance:reading", pk=pk)


class ReadingGive(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = self._found(request, pk)
        return self._show(request, reading, ReadingGiveForm(reading))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = self._found(request, pk)
        form = ReadingGiveForm(reading, request.POST)
        if not form.is_valid():
            return self._show(request, reading, form)
        services.give_reading(reading=reading, to=form.able[form.cleaned_data["to"]], by=signed_in(request))
        messages.success(request, "The second reading is given.")
        return redirect("assurance:reading", pk=pk)

    def _found(self, request: HttpRequest, pk: int) -> SecondReading:
        reading = get_reading(request, pk)
        require(can_give_reading(signed_in(request), reading), "Only a lead gives a second reading")
        return reading

    def _show(self, request: HttpRequest, reading: SecondReading, form: ReadingGiveForm) -> HttpResponse:
        return render(request, "assurance/reading_give.html", {"reading": reading, "form": form})


class ReadingPoint(View):
    def get(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        reading = get_own_reading(request, pk)
        services.record_reading(check=reading.check_of, how="second reading", by=signed_in(request))
        return self._show(request, reading, point)

    def post(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        reading = get_own_reading(request, pk)
        answers = _answers(reading.check_of)
        answer = _at(answers, point)
        form = SecondFindingForm(answer.point, None, request.POST)
        if not form.is_valid():
            return self._show(request, reading, point, form)
        services.record_second_finding(
            reading=reading, point=answer.point, **form.cleaned_data, by=signed_in(request)
        )
        following = next((row.point.number for row in answers if row.point.number > point), None)
        if following is None:
            return redirect("assurance:reading", pk=pk)
        return redirect("assurance:reading_point", pk=pk, point=following)

    def _show(
        self, request: HttpRequest, reading: SecondReading, number: int, form: SecondFindingForm | None = None
    ) -> HttpResponse:
        answers = _answers(reading.check_of)
        answer = _at(answers, number)
        found = {row.point_id: row for row in reading.findings.all()}
        context = {
            "reading": reading,
            "check": reading.check_of,
            "answer": answer,
            "point": answer.point,
            "form": form or SecondFindingForm(answer.point, found.get(answer.point.pk)),
            "done": len(found),
            "total": len(answers),
        }
        return render(request, "assurance/reading_point.html", context)


def _answers(check: PlanCheck) -> list[PointAnswer]:
    if check.plan_version is None:
        raise Http404
    return answers_of(check.plan_version)


def _at(answers: list[PointAnswer], number: int) -> PointAnswer:
    for row in answers:
        if row.point.number == number:
            return row
    raise Http404


class ReadingFile(View):
    """A clean file of the plan, for whoever reads it a second time."""

    def get(self, request: HttpRequest, pk: int, file: int) -> FileResponse:
        reading = get_own_reading(request, pk)
        version = reading.check_of.plan_version
        if version is None:
            raise Http404
        wanted = Q(evidence__version=version) | Q(document__version=version, document__kind=DocumentKind.PLAN)
        found = get_object_or_404(StoredFile.objects.clean().filter(wanted).distinct(), pk=file)
        services.record_reading(check=reading.check_of, how="file", by=signed_in(request))
        return serve(found)


class ReadingSubmit(View):
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        services.submit_reading(reading=get_own_reading(request, pk), by=signed_in(request))
        messages.success(request, "Your results are with the leads.")
        return redirect("assurance:reading", pk=pk)


class ReadingSettle(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = self._found(request, pk)
        return self._show(request, reading, settlement_forms(disagreements_of(reading)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        reading = self._found(request, pk)
        forms = settlement_forms(disagreements_of(reading), request.POST)
        faulty = [form for form in forms if not form.is_valid()]
        if faulty:
            return self._show(request, reading, forms)
        results = {
            form.row.point.number: (form.cleaned_data["result"], form.cleaned_data["reason"])
            for form in forms
        }
        goes_back = services.settle_reading(reading=reading, results=results, by=signed_in(request))
        words = (
            "What holds differs from the findings, so the check is back with its assurer."
            if goes_back
            else "The differences are settled. You can decide now."
        )
        messages.success(request, words)
        return redirect("assurance:check", pk=reading.check_of_id)

    def _found(self, request: HttpRequest, pk: int) -> SecondReading:
        reading = get_reading(request, pk)
        require(
            can_decide_check(signed_in(request), reading.check_of),
            "A lead who did not recommend the outcome settles what differs",
        )
        if reading.submitted_at is None:
            raise TransitionRefused("The plan is still to be read a second time.")
        return reading

    def _show(self, request: HttpRequest, reading: SecondReading, forms: Any) -> HttpResponse:
        first = {row.point_id: row for row in reading.check_of.findings.select_related("recorded_by")}
        second = {row.point_id: row for row in reading.findings.all()}
        context = {
            "reading": reading,
            "check": reading.check_of,
            "forms": forms,
            "rows": [
                (form, form.row, first.get(form.row.point.pk), second[form.row.point.pk]) for form in forms
            ],
        }
        return render(request, "assurance/reading_settle.html", context)
