"""One page for each section of a draft. Saved, one goes back to where one came from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from accounts.models import User
from applications import forms, services
from applications.answers import SECTION_TITLES, current_contact, read_sections, snapshot
from applications.models import Application, ApplicationStatus, SecurityContactKind, TradeBody
from applications.services import ContactDetails, StaleAnswers
from applications.services.sections import section_digest
from applications.views.fetch import get_for_section, signed_in

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
        "back_to": _came_from(request, application),
        # A page shown again with its errors still stands on the answers that it was opened with.
        "seen": request.POST.get("seen") or section_digest(application, section),
    }


def stale_context(application: Application, section: str) -> dict[str, Any]:
    """What to show when the section was saved since the page was opened: saved again, it replaces that."""
    states = read_sections(snapshot(application))
    return {
        "seen": section_digest(application, section),
        "now_saved": next(state for state in states if state.section.key == section),
    }


def _came_from(request: HttpRequest, application: Application) -> str:
    if application.status == ApplicationStatus.ACCEPTED:
        return "renew" if request.GET.get("from") == "renewal" else "applications:facts"
    if application.status == ApplicationStatus.QUESTION:
        return "applications:application"
    return "applications:check" if request.GET.get("from") == "check" else "applications:tasks"


def leave_section(request: HttpRequest, application: Application) -> HttpResponse:
    if application.status == ApplicationStatus.QUESTION:
        messages.success(request, "Your answer is saved. DfT sees it when you send your replies.")
    return redirect(_came_from(request, application), reference=application.reference)


class SectionEdit(View):
    def get(self, request: HttpRequest, reference: str, section: str) -> HttpResponse:
        page = self._page(section)
        application = get_for_section(request, reference, section)
        return self._show(request, application, section, page.form(initial=dict(page.initial(application))))

    def post(self, request: HttpRequest, reference: str, section: str) -> HttpResponse:
        page = self._page(section)
        application = get_for_section(request, reference, section)
        form = page.form(request.POST)
        if not form.is_valid():
            return self._show(request, application, section, form)
        try:
            self._save(request, application, section, form)
        except StaleAnswers:
            return self._show_stale(request, reference, section, form)
        return leave_section(request, application)

    def _save(self, request: HttpRequest, application: Application, section: str, form: Any) -> None:
        services.save_section(
            application=application,
            section=section,
            seen=request.POST.get("seen", ""),
            save=lambda current: PAGES[section].save(current, form, signed_in(request)),
        )

    def _show_stale(self, request: HttpRequest, reference: str, section: str, form: Any) -> HttpResponse:
        """With what was typed, and what somebody else has saved meanwhile."""
        application = get_for_section(request, reference, section)
        shown = self._show(request, application, section, form, **stale_context(application, section))
        shown.status_code = 409
        return shown

    def _page(self, section: str) -> Page:
        if section not in PAGES:
            raise Http404
        return PAGES[section]

    def _show(
        self, request: HttpRequest, application: Application, section: str, form: Any, **more: Any
    ) -> HttpResponse:
        context = section_context(request, application, section) | {"form": form} | more
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

    def words_of(self, entry: Any) -> str:
        """As the page shows it."""
        return str(entry)

    def save(self, application: Application, entries: list[Any], by: User) -> None:
        raise NotImplementedError

    def may_be_empty(self) -> bool:
        return True

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        return self._show(request, get_for_section(request, reference, self.section), self.form())

    def post(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_for_section(request, reference, self.section)
        if request.POST.get("remove"):
            return self._remove(request, application)
        adding = request.POST.get("action") != "continue"
        form = self.form(request.POST)
        typed = any(request.POST.get(name, "").strip() for name in self.form.base_fields)
        added: list[Any] = []
        if adding or typed or not (self.entries(application) or self.may_be_empty()):
            if not form.is_valid():
                return self._show(request, application, form)
            added = [self.entry_of(form)]
        # What is added undoes nothing that somebody else has added meanwhile.
        services.save_section(
            application=application,
            section=self.section,
            seen="",
            save=lambda now: self.save(now, [*self.entries(now), *added], signed_in(request)),
        )
        if adding:
            return redirect(request.get_full_path())
        return leave_section(request, application)

    def _remove(self, request: HttpRequest, application: Application) -> HttpResponse:
        """By its words, not its place: what another tab took away meanwhile takes nothing else along."""
        removed = request.POST["remove"]

        def save(now: Application) -> None:
            left = [entry for entry in self.entries(now) if self.words_of(entry) != removed]
            self.save(now, left, signed_in(request))

        services.save_section(application=application, section=self.section, seen="", save=save)
        return redirect(request.get_full_path())

    def _show(self, request: HttpRequest, application: Application, form: django_forms.Form) -> HttpResponse:
        context = section_context(request, application, self.section)
        context |= {"form": form, "entries": [self.words_of(entry) for entry in self.entries(application)]}
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

    def words_of(self, entry: tuple[str, str]) -> str:
        return ", ".join(entry)

    def save(self, application: Application, entries: list[tuple[str, str]], by: User) -> None:
        services.set_sites(application=application, sites=entries, by=by)

    def may_be_empty(self) -> bool:
        return False
