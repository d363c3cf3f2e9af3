"""The measures of a point, each on a page of its own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from codeofpractice import forms, services
from codeofpractice.models import Measure, PointResponse
from codeofpractice.views.fetch import get_draft, signed_in
from codeofpractice.views.points import get_response


def get_measure(request: HttpRequest, number: str, pk: int) -> Measure:
    draft = get_draft(request, number)
    rows = Measure.objects.filter(response__version=draft).select_related("response__point", "written_by")
    found = get_object_or_404(rows, pk=pk)
    found.response.version = draft
    return found


def show(
    request: HttpRequest,
    response: PointResponse,
    form: forms.MeasureForm,
    measure: Measure | None = None,
    theirs: Measure | None = None,
) -> HttpResponse:
    context = {
        "membership": response.version.plan.membership,
        "version": response.version,
        "point": response.point,
        "measure": measure,
        "form": form,
        "theirs": theirs,
    }
    return render(request, "codeofpractice/measure_edit.html", context, status=409 if theirs else 200)


class MeasureAdd(View):
    def get(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        return show(request, get_response(get_draft(request, number), point), forms.MeasureForm(None))

    def post(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_response(get_draft(request, number), point)
        form = forms.MeasureForm(None, request.POST)
        if not form.is_valid():
            return show(request, response, form)
        services.add_measure(response=response, details=form.details(), by=signed_in(request))
        messages.success(request, "The measure is saved.")
        return redirect("codeofpractice:point", number=number, point=point)


class MeasureEdit(View):
    """The second of two people sees what the first has saved, and keeps what they typed."""

    def get(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        measure = get_measure(request, number, pk)
        return show(request, measure.response, forms.MeasureForm(measure), measure)

    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        measure = get_measure(request, number, pk)
        data = request.POST.copy()
        form = forms.MeasureForm(measure, data)
        if not form.is_valid():
            return show(request, measure.response, form, measure)
        try:
            services.change_measure(
                measure=measure,
                revision=form.cleaned_data["revision"] or 0,
                details=form.details(),
                by=signed_in(request),
            )
        except services.StaleMeasure as stale:
            data["revision"] = str(stale.current.revision)
            form.add_error(None, "Somebody else changed this measure after you opened the page")
            return show(request, measure.response, form, measure, stale.current)
        messages.success(request, "The measure is saved.")
        return redirect("codeofpractice:point", number=number, point=measure.response.point.number)


class MeasureRemove(View):
    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        measure = get_measure(request, number, pk)
        services.remove_measure(measure=measure, by=signed_in(request))
        messages.success(request, "The measure is removed from the draft.")
        return redirect("codeofpractice:point", number=number, point=measure.response.point.number)
