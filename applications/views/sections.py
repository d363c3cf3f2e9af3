"""One page for each section of a draft. Saved, one goes back to where one came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts.models import User
from applications import forms, services
from applications.answers import SECTION_TITLES, current_contact
from applications.models import Application, SecurityContactKind, TradeBody
from applications.services import ContactDetails
from applications.views.fetch import get_draft, signed_in

CONTACT_FIELDS = ("name", "job_title", "email", "telephone")


def _company(application: Application) -> Mapping[str, Any]:
    company = application.company
    return {name: getattr(company, name) for name in forms.CompanyDetails.base_fields}


def _save_company(application: Application, form: Any, by: User) -> None:
    services.set_company_details(application=application, **form.cleaned_data, by=by)


def _rentals(application: Application) -> Mapping[str, Any]:
    counts = {row.vehicle_class: row.vehicles for row in application.company.fleet.all()}
    return {"rental_models": application.company.rental_models, **counts}


def _save_rentals(application: Application, form: Any, by: User) -> None:
    services.set_fleet(
        application=application,
        rental_models=form.cleaned_data["rental_models"],
        counts=form.counts,
        by=by,
    )


def _regions(application: Application) -> Mapping[str, Any]:
    return {"regions": application.company.regions, "home_region": application.company.home_region}


def _save_regions(application: Application, form: Any, by: User) -> None:
    services.set_regions(application=application, **form.cleaned_data, by=by)


def _trade_bodies(application: Application) -> Mapping[str, Any]:
    company = application.company
    chosen = [str(body.pk) for body in company.trade_bodies.all()]
    return {"trade_bodies": [forms.TradeBodiesForm.NONE] if company.no_trade_body else chosen}


def _save_trade_bodies(application: Application, form: Any, by: User) -> None:
    bodies = TradeBody.objects.filter(pk__in=form.cleaned_data["trade_bodies"])
    services.set_trade_bodies(application=application, trade_bodies=bodies, by=by)


def _contact(application: Application, kind: str = SecurityContactKind.CONTACT) -> Mapping[str, Any]:
    contact = current_contact(application, kind)
    return {name: getattr(contact, name) for name in CONTACT_FIELDS} if contact else {}


def _details(form: Any) -> ContactDetails:
    return ContactDetails(**{name: form.cleaned_data[name] for name in CONTACT_FIELDS})


def _save_contact(application: Application, form: Any, by: User) -> None:
    services.set_security_contact(application=application, details=_details(form), by=by)


def _deputy(application: Application) -> Mapping[str, Any]:
    deputy = _contact(application, SecurityContactKind.DEPUTY)
    reason = application.company.no_deputy_reason
    answered = "yes" if deputy else "no" if reason else None
    return {"has_deputy": answered, "reason": reason, **deputy}


def _save_deputy(application: Application, form: Any, by: User) -> None:
    if form.cleaned_data["has_deputy"] == "yes":
        services.set_deputy(application=application, details=_details(form), by=by)
    else:
        services.set_no_deputy(application=application, reason=form.cleaned_data["reason"], by=by)


def _listing(application: Application) -> Mapping[str, Any]:
    words = {True: "yes", False: "no", None: None}
    return {"agrees": words[application.agrees_to_listing]}


def _save_listing(application: Application, form: Any, by: User) -> None:
    services.set_listing(application=application, agrees=form.cleaned_data["agrees"] == "yes", by=by)


@dataclass(frozen=True)
class Page:
    form: type[django_forms.Form]
    initial: Callable[[Application], Mapping[str, Any]]
    save: Callable[[Application, Any, User], None]
    template: str = "section_edit"


PAGES = {
    "company": Page(forms.CompanyDetails, _company, _save_company, "company_edit"),
    "rentals": Page(forms.RentalsForm, _rentals, _save_rentals, "rentals_edit"),
    "regions": Page(forms.RegionsForm, _regions, _save_regions),
    "trade-bodies": Page(forms.TradeBodiesForm, _trade_bodies, _save_trade_bodies),
    "contact": Page(forms.ContactForm, _contact, _save_contact, "contact_edit"),
    "deputy": Page(forms.DeputyForm, _deputy, _save_deputy, "deputy_edit"),
    "listing": Page(forms.ListingForm, _listing, _save_listing),
}


def section_context(request: HttpRequest, application: Application, section: str) -> dict[str, Any]:
    return {
        "application": application,
        "section_title": SECTION_TITLES[section],
        "back_to": "applications:check" if request.GET.get("from") == "check" else "applications:tasks",
    }


def leave_section(request: HttpRequest, application: Application) -> HttpResponse:
    back_to = "check" if request.GET.get("from") == "check" else "tasks"
    return redirect(f"applications:{back_to}", reference=application.reference)


class SectionEdit(View):
    def get(self, request: HttpRequest, reference: str, section: str) -> HttpResponse:
        page = self._page(section)
        application = get_draft(request, reference)
        return self._show(request, application, section, page.form(initial=dict(page.initial(application))))

    def post(self, request: HttpRequest, reference: str, section: str) -> HttpResponse:
        page = self._page(section)
        application = get_draft(request, reference)
        form = page.form(request.POST)
        if not form.is_valid():
            return self._show(request, application, section, form)
        page.save(application, form, signed_in(request))
        return leave_section(request, application)

    def _page(self, section: str) -> Page:
        if section not in PAGES:
            raise Http404
        return PAGES[section]

    def _show(
        self, request: HttpRequest, application: Application, section: str, form: django_forms.Form
    ) -> HttpResponse:
        context = section_context(request, application, section) | {"form": form}
        return render(request, f"applications/{PAGES[section].template}.html", context)


class _ListEdit(View):
    """A list that grows by a form and shrinks by a button on each entry; no JavaScript is needed."""

    section: str
    form: type[django_forms.Form]
    template: str

    def entries(self, application: Application) -> list[Any]:
        raise NotImplementedError

    def entry_of(self, form: django_forms.Form) -> Any:
        raise NotImplementedError

    def save(self, application: Application, entries: list[Any], by: User) -> None:
        raise NotImplementedError

    def may_be_empty(self) -> bool:
        return True

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        return self._show(request, get_draft(request, reference), self.form())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_draft(request, reference)
        entries = self.entries(application)
        removed = request.POST.get("remove", "")
        if removed:
            left = [entry for number, entry in enumerate(entries) if str(number) != removed]
            self.save(application, left, signed_in(request))
            return redirect(request.get_full_path())
        adding = request.POST.get("action") != "continue"
        form = self.form(request.POST)
        typed = any(request.POST.get(name, "").strip() for name in self.form.base_fields)
        if adding or typed or not (entries or self.may_be_empty()):
            if not form.is_valid():
                return self._show(request, application, form)
            entries = [*entries, self.entry_of(form)]
        self.save(application, entries, signed_in(request))
        if adding:
            return redirect(request.get_full_path())
        return leave_section(request, application)

    def _show(self, request: HttpRequest, application: Application, form: django_forms.Form) -> HttpResponse:
        context = section_context(request, application, self.section)
        context |= {"form": form, "entries": self.entries(application)}
        return render(request, self.template, context)


class TradingNamesEdit(_ListEdit):
    section = "trading-names"
    form = forms.TradingNameForm
    template = "applications/trading_names_edit.html"

    def entries(self, application: Application) -> list[str]:
        return [row.name for row in application.company.trading_names.all()]

    def entry_of(self, form: django_forms.Form) -> str:
        return str(form.cleaned_data["name"])

    def save(self, application: Application, entries: list[str], by: User) -> None:
        services.set_trading_names(application=application, names=entries, by=by)


class SitesEdit(_ListEdit):
    section = "sites"
    form = forms.SiteForm
    template = "applications/sites_edit.html"

    def entries(self, application: Application) -> list[tuple[str, str]]:
        return [(row.name, row.postcode) for row in application.company.sites.all()]

    def entry_of(self, form: django_forms.Form) -> tuple[str, str]:
        return form.cleaned_data["name"], form.cleaned_data["postcode"]

    def save(self, application: Application, entries: list[tuple[str, str]], by: User) -> None:
        services.set_sites(application=application, sites=entries, by=by)

    def may_be_empty(self) -> bool:
        return False
