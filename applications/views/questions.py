"""Questions on an application: DfT asks beside an answer, the company replies in place and sends it back."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from accounts.transitions import TransitionRefused
from applications import forms, services
from applications.answers import changed_since_signed, read_sections, snapshot
from applications.models import Application, ApplicationQuestion, ApplicationStatus
from applications.permissions import (
    can_answer_question,
    can_decide_application,
    can_sign_for_company,
)
from applications.services.assignment import NOT_YOURS
from applications.services.questions import NOT_YOURS_TO_ANSWER, title_of
from applications.views.fetch import get_application, get_editable, signed_in

Placed = dict[str, list[tuple[str, ApplicationQuestion]]]


def place_questions(questions: Iterable[ApplicationQuestion]) -> Placed:
    """The questions of each section, with what each is about in words: shown beside the answers."""
    placed: Placed = {}
    for question in questions:
        placed.setdefault(question.section, []).append((title_of(question), question))
    return placed


class QuestionAsk(View):
    """DfT's form; the link beside an answer says which it is about."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        form = forms.Question(initial={"about": request.GET.get("about", ""), "form_key": uuid4()})
        return self._show(request, application, form)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        form = forms.Question(request.POST)
        if not form.is_valid():
            return self._show(request, application, form)
        services.ask_question(
            application=application,
            section=form.section,
            answer_label=form.answer_label,
            question=form.cleaned_data["question"],
            form_key=form.cleaned_data["form_key"],
            by=signed_in(request),
        )
        messages.success(request, f"Your question has been sent to {application.company.name}.")
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_application(request, reference)
        require(can_decide_application(signed_in(request), application), NOT_YOURS)
        return application

    def _show(self, request: HttpRequest, application: Application, form: forms.Question) -> HttpResponse:
        return render(request, "applications/question_ask.html", {"application": application, "form": form})


class QuestionAnswer(View):
    """One question beside the answer that it is about: reply in words, and change the answer."""

    def get(self, request: HttpRequest, reference: str, pk: int) -> HttpResponse:
        application = self._guarded(request, reference)
        question = self._open_question(application, pk)
        return self._show(request, application, question, forms.Answer(initial={"answer": question.answer}))

    def post(self, request: HttpRequest, reference: str, pk: int) -> HttpResponse:
        application = self._guarded(request, reference)
        question = self._open_question(application, pk)
        form = forms.Answer(request.POST)
        if not form.is_valid():
            return self._show(request, application, question, form)
        services.answer_question(question=question, answer=form.cleaned_data["answer"], by=signed_in(request))
        messages.success(request, "Your reply is saved. DfT sees it when you send your replies.")
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        return get_editable(request, reference, NOT_YOURS_TO_ANSWER)

    def _open_question(self, application: Application, pk: int) -> ApplicationQuestion:
        question = get_object_or_404(application.questions, pk=pk)
        if question.sent_at is not None or application.status != ApplicationStatus.QUESTION:
            raise TransitionRefused("This question has been answered already, and the reply sent to DfT.")
        return question

    def _show(
        self,
        request: HttpRequest,
        application: Application,
        question: ApplicationQuestion,
        form: forms.Answer,
    ) -> HttpResponse:
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "question": question,
            "title": title_of(question),
            "form": form,
            "sections": [state for state in sections if state.section.key == question.section],
        }
        return render(request, "applications/question_answer.html", context)


class RepliesSend(View):
    """The company looks over its replies and sends them; where answers have changed, it signs first."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_editable(request, reference, NOT_YOURS_TO_ANSWER)
        if application.status == ApplicationStatus.SUBMITTED:
            return redirect("applications:application", reference=reference)
        if application.status != ApplicationStatus.QUESTION:
            raise TransitionRefused(f"This application is now: {application.get_status_display()}.")
        questions = list(application.questions.open())
        if any(question.answered_at is None for question in questions):
            return redirect("applications:application", reference=reference)
        context = {
            "application": application,
            "questions": [(title_of(question), question) for question in questions],
            "changed": changed_since_signed(application),
            "may_sign": can_sign_for_company(signed_in(request), application.company),
        }
        return render(request, "applications/replies_send.html", context)

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        require(can_answer_question(signed_in(request), application), NOT_YOURS_TO_ANSWER)
        services.send_replies(application=application, by=signed_in(request))
        messages.success(request, "Your replies have been sent to DfT.")
        return redirect("applications:application", reference=reference)
