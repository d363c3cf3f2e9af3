"""The public register: members that agreed to be named."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.decorators import method_decorator
from django.views import View

from applications import forms
from applications.choices import Region
from applications.models import Membership
from applications.paging import take_page
from applications.querysets import MembershipQuerySet
from applications.searching import membership_number
from applications.spreadsheets import csv_response


def find_on_register(words: str, region: str) -> MembershipQuerySet:
    found = Membership.objects.on_register().matching(words)
    if region:
        found = found.filter(company__regions__contains=[region])
    return (
        found.select_related("company")
        .prefetch_related("company__trading_names")
        .defer("company__search", "company__search_terms")
        .order_by("company__name", "company_id")
    )


def region_names(codes: list[str]) -> list[str]:
    return [label for value, label in Region.choices if value in codes]


@method_decorator(login_not_required, name="dispatch")
class RegisterList(View):
    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.RegisterFilter(request.GET)
        form.is_valid()
        chosen = form.cleaned_data
        rows = find_on_register(chosen.get("q") or "", chosen.get("region") or "")
        context = {"filter": form, "page": take_page(rows, request.GET)}
        return render(request, "applications/register_list.html", context)


@method_decorator(login_not_required, name="dispatch")
class RegisterShow(View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        members = find_on_register("", "")
        member = get_object_or_404(members, number=membership_number(number) or number)
        context = {
            "member": member,
            "trading_names": [row.name for row in member.company.trading_names.all()],
            "regions": region_names(member.company.regions),
        }
        return render(request, "applications/register_show.html", context)


REGISTER_HEADER = ("Membership number", "Name", "Trading names", "Town", "Regions", "Member since")


@method_decorator(login_not_required, name="dispatch")
class RegisterDownload(View):
    """The whole register, or what a search found, as CSV; streamed, whatever its length."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        form = forms.RegisterFilter(request.GET)
        form.is_valid()
        chosen = form.cleaned_data
        found = find_on_register(chosen.get("q") or "", chosen.get("region") or "")
        return csv_response("rvss-register.csv", REGISTER_HEADER, self._rows(found))

    def _rows(self, members: MembershipQuerySet) -> Iterator[tuple[str, ...]]:
        for member in members.iterator(chunk_size=500):
            company = member.company
            yield (
                member.number,
                company.name,
                "; ".join(row.name for row in company.trading_names.all()),
                company.town,
                "; ".join(region_names(company.regions)),
                member.started_on.isoformat(),
            )
