"""The application as the company sees it; DfT's view of the same address is in casework."""

from __future__ import annotations

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.answers import read_sections, signed_or_current, snapshot
from applications.models import Application, ApplicationStatus, PersonLevel
from applications.permissions import can_withdraw_application, level_in
from applications.views.casework import show_to_dft
from applications.views.fetch import get_application, get_draft, signed_in


class ApplicationTasks(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_draft(request, reference)
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "sections": sections,
            "done": sum(state.done for state in sections),
            "is_complete": all(state.done for state in sections),
        }
        return render(request, "applications/application_tasks.html", context)


class ApplicationCheck(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_draft(request, reference)
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "sections": sections,
            "is_complete": all(state.done for state in sections),
            "may_sign": level_in(signed_in(request), application.company) == PersonLevel.OWNER,
        }
        return render(request, "applications/application_check.html", context)


class ApplicationShow(View):
    """One address for both sides: the company's people see theirs, DfT sees its casework page."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        user = signed_in(request)
        application = get_object_or_404(
            Application.objects.visible_to(user).with_answers().defer("company__search"), reference=reference
        )
        level = level_in(user, application.company)
        if user.is_dft and level is None:
            return show_to_dft(request, application)
        may_edit = level in {PersonLevel.OWNER, PersonLevel.EDITOR}
        if application.status == ApplicationStatus.DRAFT and may_edit:
            return redirect("applications:tasks", reference=reference)
        return show_to_company(request, application)


def show_to_company(
    request: HttpRequest, application: Application, form: django_forms.Form | None = None
) -> HttpResponse:
    level = level_in(signed_in(request), application.company)
    open_question = application.questions.filter(answered_at__isnull=True).first()
    may_answer = open_question is not None and level in {PersonLevel.OWNER, PersonLevel.EDITOR}
    if may_answer and form is None:
        assert open_question is not None
        form = forms.Answer(initial={"question": open_question.pk})
    context = {
        "application": application,
        "sections": read_sections(signed_or_current(application)),
        "declaration": application.declarations.first(),
        "questions": application.questions.filter(answered_at__isnull=False),
        "open_question": open_question,
        "form": form if may_answer else None,
        "may_withdraw": level == PersonLevel.OWNER
        and application.status in {ApplicationStatus.SUBMITTED, ApplicationStatus.QUESTION},
        "membership": application.company.memberships.filter(application=application).first(),
    }
    return render(request, "applications/application_show.html", context)


class ApplicationSent(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        if application.submitted_at is None:
            return redirect("applications:application", reference=reference)
        context = {"application": application, "declaration": application.declarations.first()}
        return render(request, "applications/application_sent.html", context)


class QuestionAnswer(View):
    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_application(request, reference)
        form = forms.Answer(request.POST)
        if not form.is_valid():
            require(level_in(signed_in(request), application.company) in {"owner", "editor"})
            return show_to_company(request, application, form)
        question = get_object_or_404(application.questions, pk=form.cleaned_data["question"])
        services.answer_question(question=question, answer=form.cleaned_data["answer"], by=signed_in(request))
        messages.success(request, "Your answer has been sent to DfT.")
        return redirect("applications:application", reference=reference)


class ApplicationWithdraw(View):
    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        return self._show(request, application, forms.Withdrawal())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = self._guarded(request, reference)
        form = forms.Withdrawal(request.POST)
        if not form.is_valid():
            return self._show(request, application, form)
        services.withdraw_application(
            application=application, reason=form.cleaned_data["reason"], by=signed_in(request)
        )
        messages.success(request, f"The application {application.reference} has been withdrawn.")
        return redirect("applications:application", reference=reference)

    def _guarded(self, request: HttpRequest, reference: str) -> Application:
        application = get_application(request, reference)
        require(
            can_withdraw_application(signed_in(request), application),
            "Only an owner of the company can withdraw its application",
        )
        return application

    def _show(self, request: HttpRequest, application: Application, form: forms.Withdrawal) -> HttpResponse:
        context = {"application": application, "form": form}
        return render(request, "applications/application_withdraw.html", context)
