"""The training figures of a point, each course on a page of its own."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from codeofpractice import forms, services
from codeofpractice.models import PointResponse, Training
from codeofpractice.views.fetch import get_draft, signed_in
from codeofpractice.views.points import get_response

TAKEN = "There are figures of this course already: change those, or enter another course"


def get_asking(request: HttpRequest, number: str, point: int) -> PointResponse:
    response = get_response(get_draft(request, number), point)
    if not response.point.asks_training:
        raise Http404("This point asks for no training figures")
    return response


def get_training(request: HttpRequest, number: str, pk: int) -> Training:
    draft = get_draft(request, number)
    rows = Training.objects.filter(response__version=draft).select_related("response__point", "written_by")
    found = get_object_or_404(rows, pk=pk)
    found.response.version = draft
    return found


def show(
    request: HttpRequest,
    response: PointResponse,
    form: forms.TrainingForm,
    training: Training | None = None,
    theirs: Training | None = None,
) -> HttpResponse:
    context = {
        "membership": response.version.plan.membership,
        "version": response.version,
        "point": response.point,
        "training": training,
        "form": form,
        "theirs": theirs,
    }
    return render(request, "codeofpractice/training_edit.html", context, status=409 if theirs else 200)


class TrainingAdd(View):
    def get(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        return show(request, get_asking(request, number, point), forms.TrainingForm(None))

    def post(self, request: HttpRequest, number: str, point: int) -> HttpResponse:
        response = get_asking(request, number, point)
        form = forms.TrainingForm(None, request.POST)
        if not form.is_valid():
            return show(request, response, form)
        try:
            services.add_training(response=response, figures=form.figures(), by=signed_in(request))
        except services.CourseTaken:
            form.add_error("course", TAKEN)
            return show(request, response, form)
        messages.success(request, "The training figures are saved.")
        return redirect("codeofpractice:point", number=number, point=point)


class TrainingEdit(View):
    """The second of two people sees what the first has saved, and keeps what they typed."""

    def get(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        training = get_training(request, number, pk)
        return show(request, training.response, forms.TrainingForm(training), training)

    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        training = get_training(request, number, pk)
        data = request.POST.copy()
        form = forms.TrainingForm(training, data)
        if not form.is_valid():
            return show(request, training.response, form, training)
        theirs = self._save(request, training, form, data)
        if form.errors:
            return show(request, training.response, form, training, theirs)
        messages.success(request, "The training figures are saved.")
        return redirect("codeofpractice:point", number=number, point=training.response.point.number)

    def _save(
        self, request: HttpRequest, training: Training, form: forms.TrainingForm, data: QueryDict
    ) -> Training | None:
        """How the figures stand now, when somebody else was faster."""
        try:
            services.change_training(
                training=training,
                revision=form.cleaned_data["revision"] or 0,
                figures=form.figures(),
                by=signed_in(request),
            )
        except services.CourseTaken:
            form.add_error("course", TAKEN)
        except services.StaleTraining as stale:
            data["revision"] = str(stale.current.revision)
            form.add_error(None, "Somebody else changed these figures after you opened the page")
            return stale.current
        return None


class TrainingRemove(View):
    def post(self, request: HttpRequest, number: str, pk: int) -> HttpResponse:
        training = get_training(request, number, pk)
        services.remove_training(training=training, by=signed_in(request))
        messages.success(request, "The training figures are removed from the draft.")
        return redirect("codeofpractice:point", number=number, point=training.response.point.number)
