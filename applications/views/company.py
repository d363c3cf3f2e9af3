from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import View

from accounts.models import Role, User
from applications.models import UNSETTLED, Company, Membership
from applications.permissions import can_answer_partner, can_edit_company, can_manage_company_people, level_in
from applications.views.contacts import describe, with_last_question
from applications.views.fetch import signed_in
from applications.views.membership_links import membership_links

Link = tuple[str, str]


def links_onward(company: Company, membership: Membership | None) -> list[Link]:
    """The later stages' pages about this member, by name: those rooms stand behind this one."""
    if membership is None:
        return []
    return [
        (
            "Facts and declarations",
            reverse("applications:facts", kwargs={"reference": membership.application.reference}),
        ),
        ("Security plan", reverse("codeofpractice:plan", kwargs={"number": membership.number})),
        ("Assurance checks", reverse("assurance:company_checks", kwargs={"public_id": company.public_id})),
    ]


def links_of_dft(user: User, membership: Membership | None) -> list[Link]:
    """For those who work on checks: the later room's page on how far the member is assured."""
    if membership is None or user.role not in {Role.ASSURER, Role.LEAD}:
        return []
    return [
        (
            "How the member is assured",
            reverse("assurance:member_assurance", kwargs={"number": membership.number}),
        )
    ]


class CompanyShow(View):
    """The company's home: membership, contacts, people and applications."""

    def get(self, request: HttpRequest, public_id: UUID) -> HttpResponse:
        company = get_object_or_404(
            Company.objects.visible_to(request.user).defer("search"), public_id=public_id
        )
        membership = company.memberships.select_related("application", "partner").order_by("-pk").first()
        may_edit = can_edit_company(signed_in(request), company)
        enrolled_draft = company.applications.filter(status="draft", origin="partner")
        context = {
            "company": company,
            "membership": membership,
            "links": links_onward(company, membership)
            if level_in(signed_in(request), company)
            else links_of_dft(signed_in(request), membership),
            "membership_links": membership_links(signed_in(request), company, membership),
            "people": company.people.select_related("user").order_by("user__name")[:20],
            "may_manage_people": can_manage_company_people(signed_in(request), company),
            "contacts": [describe(row) for row in with_last_question(company.security_contacts.current())],
            "applications": company.applications.all()[:20],
            "partners": company.enrolled.filter(status__in=UNSETTLED).select_related("body"),
            "draft": enrolled_draft.first() if may_edit else None,
            "may_answer": can_answer_partner(signed_in(request), company),
        }
        return render(request, "applications/company_show.html", context)
