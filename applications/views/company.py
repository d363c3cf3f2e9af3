from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import View

from applications.models import Company, Membership
from applications.permissions import level_in
from applications.views.fetch import signed_in

Link = tuple[str, str]


def links_onward(company: Company, membership: Membership | None) -> list[Link]:
    """The later stages' pages about this member, by name: those rooms stand behind this one."""
    if membership is None:
        return []
    return [
        ("Security plan", reverse("codeofpractice:plan", kwargs={"number": membership.number})),
        ("Assurance checks", reverse("assurance:company_checks", kwargs={"public_id": company.public_id})),
    ]


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
            "links": links_onward(company, membership) if level_in(signed_in(request), company) else [],
            "contacts": company.security_contacts.filter(until__isnull=True),
            "people": company.people.select_related("user").order_by("user__name"),
            "applications": company.applications.all()[:20],
        }
        return render(request, "applications/company_show.html", context)
