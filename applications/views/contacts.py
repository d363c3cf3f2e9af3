"""Security contacts: their own click, their company's page, and DfT's list of those who are not reached."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.models import (
    Company,
    ConfirmationStatus,
    ContactConfirmation,
    SecurityContact,
    SecurityContactKind,
)
from applications.paging import take_page
from applications.permissions import can_edit_company, can_see_queue
from applications.querysets import NOT_ARRIVED, SecurityContactQuerySet
from applications.services import ContactDetails
from applications.services.contacts import NOT_YOURS, LinkInvalid, confirmation_of, current_contact_of
from applications.views.fetch import signed_in

CONTACT_FIELDS = ("name", "job_title", "email", "telephone")
MOST_PAST = 50


@method_decorator(login_not_required, name="dispatch")
class ContactConfirm(View):
    """The page behind the link in the mail. Looking changes nothing: some mail services open links."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            confirmation = confirmation_of(token)
        except LinkInvalid:
            return render(request, "applications/contact_link_invalid.html", status=404)
        return self._show(request, confirmation, forms.ContactRefusal())

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            confirmation = confirmation_of(token)
        except LinkInvalid:
            return render(request, "applications/contact_link_invalid.html", status=404)
        if request.POST.get("action") != "refuse":
            services.confirm_contact(confirmation=confirmation)
            return redirect(request.path)
        form = forms.ContactRefusal(request.POST)
        if not form.is_valid():
            return self._show(request, confirmation, form)
        services.refuse_contact(confirmation=confirmation, reason=form.cleaned_data["reason"])
        return redirect(request.path)

    def _show(
        self, request: HttpRequest, confirmation: ContactConfirmation, form: forms.ContactRefusal
    ) -> HttpResponse:
        contact = confirmation.contact
        can_answer = contact.until is None and confirmation.status in {
            ConfirmationStatus.WAITING,
            ConfirmationStatus.MISSED,
        }
        context = {
            "confirmation": confirmation,
            "contact": contact,
            "can_answer": can_answer,
            "form": form,
        }
        return render(request, "applications/contact_confirm.html", context)


def get_company(request: HttpRequest, public_id: UUID) -> Company:
    visible = Company.objects.visible_to(request.user).defer("search")
    return get_object_or_404(visible, public_id=public_id)


def with_last_question(contacts: SecurityContactQuerySet) -> SecurityContactQuerySet:
    asked = ContactConfirmation.objects.select_related("message").defer("message__body")
    return contacts.prefetch_related(Prefetch("confirmations", asked))


def describe(contact: SecurityContact) -> dict[str, Any]:
    """What a page says of a contact: the last question, and whether it arrived."""
    last = next(iter(contact.confirmations.all()), None)
    open_ = last is not None and last.status in {ConfirmationStatus.WAITING, ConfirmationStatus.MISSED}
    bounced = open_ and last is not None and last.message is not None and last.message.status in NOT_ARRIVED
    return {"row": contact, "last": last, "is_asked": open_, "bounced": bounced}


class ContactsShow(View):
    """The company's contacts today, on any past day, and from when to when."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_company(request, public_id)
        asked = any(name.startswith("day") for name in request.GET)
        form = forms.ContactsOn(request.GET) if asked else forms.ContactsOn()
        day: date | None = form.cleaned_data["day"] if asked and form.is_valid() else None
        rows = company.security_contacts.all()
        current = list(with_last_question(rows.current()))
        context = {
            "company": company,
            "current": [describe(contact) for contact in current],
            "has_deputy": any(contact.kind == SecurityContactKind.DEPUTY for contact in current),
            "past": rows.filter(until__isnull=False).order_by("-until", "-pk")[:MOST_PAST],
            "may_edit": can_edit_company(signed_in(request), company),
            "form": form,
            "day": day,
            "on_day": rows.on(day) if day else [],
        }
        return render(request, "applications/contacts_show.html", context)


class ContactChange(View):
    """Name another contact, or another deputy or none."""

    def get(self, request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
        company = self._guarded(request, public_id, kind)
        contact = current_contact_of(company, kind)
        known = {name: getattr(contact, name) for name in CONTACT_FIELDS} if contact else {}
        if kind == SecurityContactKind.CONTACT:
            return self._show(request, company, kind, forms.ContactForm(initial=known))
        answered = "yes" if contact else "no" if company.no_deputy_reason else None
        initial = {"has_deputy": answered, "reason": company.no_deputy_reason, **known}
        return self._show(request, company, kind, forms.DeputyForm(initial=initial))

    def post(self, request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
        company = self._guarded(request, public_id, kind)
        form = (forms.ContactForm if kind == SecurityContactKind.CONTACT else forms.DeputyForm)(request.POST)
        if not form.is_valid():
            return self._show(request, company, kind, form)
        data, user = form.cleaned_data, signed_in(request)
        if data.get("has_deputy") == "no":
            services.remove_deputy(company=company, reason=data["reason"], by=user)
            messages.success(request, "The company has no deputy security contact now.")
        else:
            details = ContactDetails(**{name: data[name] for name in CONTACT_FIELDS})
            contact = services.change_security_contact(company=company, kind=kind, details=details, by=user)
            if not contact.is_confirmed:
                messages.success(request, f"We have asked {contact.name} to confirm.")
        return redirect("applications:contacts", public_id=public_id)

    def _guarded(self, request: HttpRequest, public_id: UUID, kind: str) -> Company:
        if kind not in SecurityContactKind.values:
            raise Http404
        company = get_company(request, public_id)
        require(can_edit_company(signed_in(request), company), NOT_YOURS)
        return company

    def _show(
        self, request: HttpRequest, company: Company, kind: str, form: django_forms.Form
    ) -> HttpResponse:
        title = "Change the deputy" if kind == SecurityContactKind.DEPUTY else "Change the security contact"
        context = {"company": company, "kind": kind, "title": title, "form": form}
        return render(request, "applications/contact_change.html", context)


class ContactAsk(View):
    """Ask the current contact again."""

    def post(self, request: HttpRequest, public_id: UUID, kind: str) -> HttpResponse:
        company = get_company(request, public_id)
        require(can_edit_company(signed_in(request), company), NOT_YOURS)
        contact = get_object_or_404(company.security_contacts.current(), kind=kind)
        contact.company = company
        services.ask_again(contact=contact, by=signed_in(request))
        messages.success(request, f"We have asked {contact.name} again.")
        return redirect("applications:contacts", public_id=public_id)


class ContactList(View):
    """Contacts whom DfT may not reach."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_see_queue(signed_in(request)), "Only DfT can see this list")
        form = forms.ContactFilter(request.GET)
        form.is_valid()
        state, words = form.cleaned_data.get("state"), form.cleaned_data.get("q") or ""
        rows = SecurityContact.objects.visible_to(request.user).unsettled()
        if state == "bounced":
            rows = rows.filter(pk__in=SecurityContact.objects.bounced().values("pk"))
        elif state:
            rows = rows.filter(standing=state)
        if words.strip():
            rows = rows.filter(company__in=Company.objects.matching(words))
        rows = rows.select_related("company").defer("company__search", "company__search_terms")
        page = take_page(with_last_question(rows).order_by("pk"), request.GET)
        context = {"filter": form, "page": page, "contacts": [describe(row) for row in page.rows]}
        return render(request, "applications/contact_list.html", context)
