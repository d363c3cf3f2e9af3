"""What a person may do with a company and its application. Shared by services, views and templates."""

from __future__ import annotations

from collections.abc import Collection

from accounts.models import Role, User
from applications.models import (
    Application,
    ApplicationStatus,
    Company,
    CompanyPerson,
    EnrolledCompany,
    EnrolledKind,
    EnrolledStatus,
    Membership,
    PersonLevel,
    Reconsideration,
    ReconsiderationStatus,
    TradeBody,
)

# What a member keeps up to date on its facts page; its contacts have pages of their own.
MEMBER_SECTIONS = frozenset(
    {"company", "trading-names", "rentals", "sites", "regions", "trade-bodies", "listing"}
)
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


def is_open_to_changes(application: Application, section: str) -> bool:
    """Whether the section can be changed as things stand.

    In a draft, while DfT has a question on it, and among a member's facts.
    """
    if application.status == ApplicationStatus.DRAFT:
        return True
    if application.status == ApplicationStatus.QUESTION:
        return application.questions.open().filter(section=section).exists()
    return (
        application.status == ApplicationStatus.ACCEPTED
        and section in MEMBER_SECTIONS
        and application.company.memberships.filter(
            application=application, status__in=["active", "suspended", "lapsed"]
        ).exists()
    )


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


def may_decide_after_all(user: User, application: Application) -> bool:
    """Whose rejection was set aside does not decide on the same application again."""
    return not application.reconsiderations.filter(
        status=ReconsiderationStatus.SET_ASIDE, rejected_by=user
    ).exists()


def can_ask_to_reconsider(user: User, application: Application) -> bool:
    """Only an owner: it speaks for the company, as the declaration did."""
    return can_sign_for_company(user, application.company)


def can_see_reconsiderations(user: User) -> bool:
    return user.role == Role.LEAD


def can_answer_reconsideration(user: User, reconsideration: Reconsideration) -> bool:
    """A lead assurer who did not decide and does not act for the company."""
    return (
        user.role == Role.LEAD
        and user.pk != reconsideration.rejected_by_id
        and level_in(user, reconsideration.application.company) is None
    )


def can_assign_applications(user: User) -> bool:
    """Whoever works on applications may give them to each other."""
    return user.role in CASEWORKERS


def can_be_assigned(user: User) -> bool:
    return user.role in CASEWORKERS and user.is_active


def acts_for(user: User, companies: Collection[int]) -> set[int]:
    """Those of the companies (keys) for which the person acts, and so cannot work on for DfT."""
    return set(
        CompanyPerson.objects.filter(user=user, company__in=companies).values_list("company_id", flat=True)
    )


def can_suspend_membership(user: User, company: Company) -> bool:
    """A lead assurer who does not act for the company; suspension follows from a decision."""
    return user.role == Role.LEAD and level_in(user, company) is None


def can_remove_membership(user: User, company: Company) -> bool:
    """As suspension: by a lead assurer who does not act for the company."""
    return can_suspend_membership(user, company)


def can_renew_membership(user: User, company: Company) -> bool:
    """Only an owner: a renewal signs the declaration again."""
    return can_sign_for_company(user, company)


def can_resign_membership(user: User, company: Company) -> bool:
    return can_sign_for_company(user, company)


def can_apply_again(user: User, company: Company) -> bool:
    return user.role == Role.COMPANY and can_edit_company(user, company)


def can_manage_company_people(user: User, company: Company) -> bool:
    """Levels, removals, invitations and requests: its owners."""
    return level_in(user, company) == PersonLevel.OWNER


def is_enrolled_by(user: User, company: Company) -> bool:
    """Whether the company came, or is coming, through a partner that this person works for."""
    if user.role != Role.PARTNER:
        return False
    through = {"company": company, "body__people": user, "body__is_partner": True}
    return (
        EnrolledCompany.objects.filter(
            **through,
            kind=EnrolledKind.NEW,
            status__in=[EnrolledStatus.UNCONFIRMED, EnrolledStatus.MEMBER],
        ).exists()
        or Membership.objects.filter(company=company, partner__people=user, partner__is_partner=True).exists()
    )


def can_invite_to(user: User, company: Company) -> bool:
    """Its owners; and the partner that enrolled it, until it has an owner to do so itself."""
    if can_manage_company_people(user, company):
        return True
    has_owner = company.people.filter(level=PersonLevel.OWNER, user__is_active=True).exists()
    return not has_owner and is_enrolled_by(user, company)


def can_act_for_companies(user: User) -> bool:
    """A hire company's account. Who works for DfT, a partner or the panel has another one for that."""
    return user.role == Role.COMPANY


def can_enrol(user: User, body: TradeBody) -> bool:
    """The people of an approved partner, for it."""
    return user.role == Role.PARTNER and body.is_partner and body.people.filter(pk=user.pk).exists()


def can_see_enrolments(user: User) -> bool:
    return user.is_dft or user.role == Role.PARTNER


def can_answer_partner(user: User, company: Company) -> bool:
    """Whether the company belongs to a partner: its owners say."""
    return level_in(user, company) == PersonLevel.OWNER
