"""Questions to the company about a point, its answers in place, and notes of visits and calls."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from assurance import forms, services
from assurance.models import CheckRequest, PlanCheck, RequestKind
from assurance.permissions import can_answer_request, can_ask_company
from assurance.services.asking import NOT_YOURS, refuse_unless_open
from assurance.views.declaring import DeclaredFirst
from assurance.views.fetch import get_check, get_own_check, signed_in
from codeofpractice.models import Point


class RequestAdd(DeclaredFirst):
    def get(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check, found = self._found(request, pk, point)
        return self._show(request, check, found, forms.QuestionForm())

    def post(self, request: HttpRequest, pk: int, point: int) -> HttpResponse:
        check, found = self._found(request, pk, point)
        form = forms.QuestionForm(request.POST)
        if not form.is_valid():
            return self._show(request, check, found, form)
        services.ask_company(
            check=check, point=found, question=form.cleaned_data["question"], by=signed_in(request)
        )
        messages.success(request, "The company is asked. The clock stands still until it answers.")
        return redirect("assurance:point", pk=pk, point=point)

    def _found(self, request: HttpRequest, pk: int, point: int) -> tuple[PlanCheck, Point]:
        check = get_own_check(request, pk)
        if check.plan_version is None:
            raise Http404
        return check, get_object_or_404(check.plan_version.edition.points, number=point)

    def _show(
        self, request: HttpRequest, check: PlanCheck, point: Point, form: forms.QuestionForm
    ) -> HttpResponse:
        return render(request, "assurance/request_add.html", {"check": check, "point": point, "form": form})


class _OpenRequest(DeclaredFirst):
    """A page with a form about something that the company was asked and has not answered."""

    template: str
    done: str

    def build(self, data: Any = None) -> Any:
        raise NotImplementedError

    def call(self, asked: CheckRequest, form: Any, request: HttpRequest) -> None:
        raise NotImplementedError

    def get(self, request: HttpRequest, pk: int, asked: int) -> HttpResponse:
        return self._show(request, self._found(request, pk, asked), self.build())

    def post(self, request: HttpRequest, pk: int, asked: int) -> HttpResponse:
        found = self._found(request, pk, asked)
        form = self.build(request.POST)
        if not form.is_valid():
            return self._show(request, found, form)
        try:
            self.call(found, form, request)
        except TransitionRefused as refused:
            form.add_error(None, str(refused))
            return self._show(request, found, form)
        messages.success(request, self.done)
        return redirect("assurance:check", pk=pk)

    def _found(self, request: HttpRequest, pk: int, asked: int) -> CheckRequest:
        check = get_check(request, pk)
        require(can_ask_company(signed_in(request), check), NOT_YOURS)
        found = get_object_or_404(check.requests.select_related("point"), pk=asked)
        refuse_unless_open(found)
        found.check_of = check
        return found

    def _show(self, request: HttpRequest, asked: CheckRequest, form: Any) -> HttpResponse:
        return render(request, self.template, {"check": asked.check_of, "asked": asked, "form": form})


class RequestWithdraw(_OpenRequest):
    template = "assurance/request_withdraw.html"
    done = "The question is taken back, and the company is told."

    def build(self, data: Any = None) -> forms.ClosingForm:
        return forms.ClosingForm(data)

    def call(self, asked: CheckRequest, form: forms.ClosingForm, request: HttpRequest) -> None:
        services.withdraw_request(request=asked, **form.cleaned_data, by=signed_in(request))


class RequestExtend(_OpenRequest):
    template = "assurance/request_extend.html"
    done = "The company has more time, and is told."

    def build(self, data: Any = None) -> forms.ExtensionForm:
        return forms.ExtensionForm(data)

    def call(self, asked: CheckRequest, form: forms.ExtensionForm, request: HttpRequest) -> None:
        services.extend_request(request=asked, **form.cleaned_data, by=signed_in(request))


class RequestAnswer(View):
    """The company reads the question and answers it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._found(request, pk), forms.AnswerForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        asked = self._found(request, pk)
        user = signed_in(request)
        require(can_answer_request(user, asked), "Only an owner or editor of the company can answer")
        form = forms.AnswerForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, asked, form)
        services.answer_request(
            request=asked,
            answer=form.cleaned_data["answer"],
            uploads=form.cleaned_data["attached"],
            by=user,
        )
        messages.success(request, "Your answer is sent to DfT.")
        company = asked.check_of.membership.company
        return redirect("assurance:company_checks", public_id=company.public_id)

    def _found(self, request: HttpRequest, pk: int) -> CheckRequest:
        asked = CheckRequest.objects.filter(
            check_of__membership__company__people__user=signed_in(request), kind=RequestKind.INFORMATION
        )
        return get_object_or_404(
            asked.select_related("check_of__membership__company", "point", "answered_by").defer(
                "check_of__membership__company__search"
            ),
            pk=pk,
        )

    def _show(self, request: HttpRequest, asked: CheckRequest, form: forms.AnswerForm) -> HttpResponse:
        context = {
            "asked": asked,
            "company": asked.check_of.membership.company,
            "form": form,
            "files": asked.files.all(),
            "may_answer": asked.is_open and can_answer_request(signed_in(request), asked),
        }
        return render(request, "assurance/request_answer.html", context)


class NoteAdd(DeclaredFirst):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._show(request, self._found(request, pk), forms.NoteForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = self._found(request, pk)
        form = forms.NoteForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._show(request, check, form)
        written = dict(form.cleaned_data)
        services.add_note(check=check, upload=written.pop("file"), **written, by=signed_in(request))
        messages.success(request, "The note is kept with the check.")
        return redirect("assurance:check", pk=pk)

    def _found(self, request: HttpRequest, pk: int) -> PlanCheck:
        check = get_check(request, pk)
        require(can_ask_company(signed_in(request), check), NOT_YOURS)
        return check

    def _show(self, request: HttpRequest, check: PlanCheck, form: forms.NoteForm) -> HttpResponse:
        return render(request, "assurance/note_add.html", {"check": check, "form": form})
