"""What a person may do with a company and its application. Shared by services, views and templates."""

from __future__ import annotations

from accounts.models import Role, User
from applications.models import Application, ApplicationStatus, Company, CompanyPerson, PersonLevel

CASEWORKERS = frozenset({Role.ASSURER, Role.LEAD})


def level_in(user: User, company: Company) -> str | None:
    """The person's level in the company, or None."""
    return CompanyPerson.objects.filter(user=user, company=company).values_list("level", flat=True).first()


def can_edit_company(user: User, company: Company) -> bool:
    return level_in(user, company) in {PersonLevel.OWNER, PersonLevel.EDITOR}


def can_sign_for_company(user: User, company: Company) -> bool:
    """Only an owner binds the company: the declaration, withdrawal, resignation."""
    return level_in(user, company) == PersonLevel.OWNER


def can_start_application(user: User) -> bool:
    return user.role == Role.COMPANY


def can_edit_application(user: User, application: Application) -> bool:
    return application.status == ApplicationStatus.DRAFT and can_edit_company(user, application.company)


def can_submit_application(user: User, application: Application) -> bool:
    return can_sign_for_company(user, application.company)


def can_answer_question(user: User, application: Application) -> bool:
    return can_edit_company(user, application.company)


def can_withdraw_application(user: User, application: Application) -> bool:
    return can_sign_for_company(user, application.company)


def can_see_queue(user: User) -> bool:
    return user.is_dft


def can_decide_application(user: User, application: Application) -> bool:
    """DfT assurers and leads, unless they act for the company themselves."""
    return user.role in CASEWORKERS and level_in(user, application.company) is None


def can_suspend_membership(user: User, company: Company) -> bool:
    """A lead assurer who does not act for the company; suspension follows from a decision."""
    return user.role == Role.LEAD and level_in(user, company) is None
