from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import NoReverseMatch, reverse
from django.views import View

from applications.models import Company, Membership

Link = tuple[str, str]


def links_onward(company: Company, membership: Membership | None) -> list[Link]:
    """The later stages' pages about this member, by name: those rooms stand behind this one."""
    wanted: list[tuple[str, str, dict[str, object]]] = []
    if membership:
        wanted = [
            ("Security plan", "codeofpractice:plan", {"number": membership.number}),
            ("Assurance checks", "assurance:company_checks", {"public_id": company.public_id}),
        ]
    found = []
    for text, name, kwargs in wanted:
        try:
            found.append((text, reverse(name, kwargs=kwargs)))
        except NoReverseMatch:
            continue
    return found


class CompanyShow(View):
    """The company's home: membership, contacts, people and applications."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_object_or_404(
            Company.objects.visible_to(request.user).defer("search"), public_id=public_id
        )
        membership = company.memberships.order_by("-pk").first()
        context = {
            "company": company,
            "membership": membership,
            "links": links_onward(company, membership),
            "contacts": company.security_contacts.filter(until__isnull=True),
            "people": company.people.select_related("user").order_by("user__name"),
            "applications": company.applications.all()[:20],
        }
        return render(request, "applications/company_show.html", context)
