"""Locking and telling: what each service of this room begins and ends with."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.urls import reverse

from accounts.services import queue_notification
from applications.models import Application, Company, Membership, PersonLevel


def lock_company(company: Company) -> Company:
    """Always the company first, then its application: two services cannot wait for each other."""
    return Company.objects.select_for_update().defer("search").get(pk=company.pk)


def lock_application(application: Application) -> Application:
    """The row as it stands now, with its company, both locked until the transaction ends."""
    company = lock_company(Company(pk=application.company_id))
    locked = Application.objects.select_for_update().get(pk=application.pk)
    locked.company = company
    return locked


def lock_membership(membership: Membership) -> Membership:
    company = lock_company(Company(pk=membership.company_id))
    locked = Membership.objects.select_for_update().get(pk=membership.pk)
    locked.company = company
    return locked


def address_of(application: Application) -> str:
    path = reverse("applications:application", kwargs={"reference": application.reference})
    return f"{settings.BASE_URL}{path}"


def tell_owners(company: Company, *, subject: str, body: str) -> None:
    """A message to each owner of the company."""
    _tell(company, [PersonLevel.OWNER], subject, body)


def tell_those_who_edit(company: Company, *, subject: str, body: str) -> None:
    """A message to each owner and editor of the company: whoever can do what it asks for."""
    _tell(company, [PersonLevel.OWNER, PersonLevel.EDITOR], subject, body)


def _tell(company: Company, levels: list[PersonLevel], subject: str, body: str) -> None:
    told = company.people.filter(level__in=levels, user__is_active=True).select_related("user")
    for person in told.order_by("pk"):
        queue_notification(to=person.user.email, subject=subject, body=body, user=person.user)


def in_words(day: date) -> str:
    """6 December 2018."""
    return f"{day.day} {day:%B %Y}"
