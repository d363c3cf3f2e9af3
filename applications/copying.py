"""What a copy of somebody's data shows of this room: about that person alone, and not the company's facts."""

from __future__ import annotations

from django.db.models import Q

from accounts.holding import Row, Subject, deeds, together
from applications.choices import LegalForm
from applications.models import (
    Application,
    ApplicationQuestion,
    Company,
    CompanyPerson,
    ContactConfirmation,
    Declaration,
    DeclarationRequest,
    EnrolledCompany,
    Enrolment,
    Invitation,
    JoinRequest,
    JoinRequestStatus,
    MembershipEvent,
    PersonLevel,
    Reconsideration,
    Renewal,
    SecurityContact,
)

ANSWERED = {JoinRequestStatus.ACCEPTED, JoinRequestStatus.DECLINED}


def copy_companies(subject: Subject) -> list[Row]:
    user = subject.user
    if user is None:
        return []
    people = CompanyPerson.objects.filter(user=user).select_related("company").defer("company__search")
    acts_for = people.order_by("company__name", "pk")
    bodies = user.trade_bodies.order_by("name").values_list("name", flat=True)
    return [
        *({"company": row.company.name, "level": row.get_level_display()} for row in acts_for),
        *({"trade_body": name} for name in bodies),
    ]


def copy_company_facts(subject: Subject) -> list[Row]:
    """Of sole traders and partnerships that the person owns: there the company's facts may be their own."""
    if subject.user is None:
        return []
    owned = Company.objects.filter(
        people__user=subject.user,
        people__level=PersonLevel.OWNER,
        legal_form__in=[LegalForm.SOLE_TRADER, LegalForm.PARTNERSHIP],
    )
    return [
        {
            "name": company.name,
            "legal_form": company.get_legal_form_display(),
            "address": ", ".join(
                filter(None, [company.address_line_1, company.address_line_2, company.town, company.postcode])
            ),
        }
        for company in owned.defer("search").order_by("name", "pk")
    ]


def copy_invitations(subject: Subject) -> list[Row]:
    """Those to the person's own addresses; and that they invited others, without saying whom."""
    mine = Q(email__in=sorted(subject.addresses))
    rows = Invitation.objects.filter(mine | Q(invited_by=subject.user) if subject.user else mine)
    return [
        {
            "what": "You were invited" if row.email in subject.addresses else "You invited somebody",
            "company": row.company.name,
            "level": row.get_level_display(),
            "on": row.invited_at,
            "works_until": row.expires_at,
            "status": row.get_status_display(),
            "closed": row.closed_at,
        }
        for row in rows.select_related("company").defer("company__search").order_by("pk")
    ]


def copy_join_requests(subject: Subject) -> list[Row]:
    if subject.user is None:
        return []
    return [
        {
            "number": row.number,
            "message": row.message,
            "on": row.asked_at,
            # Whether a number is that of a company here is told by its owners, not by us.
            "status": row.get_status_display() if row.status in ANSWERED else "Sent",
            "answered": row.decided_at,
            "reason": row.reason,
        }
        for row in JoinRequest.objects.filter(user=subject.user).order_by("pk")
    ]


def copy_contacts(subject: Subject) -> list[Row]:
    """As the recognised security contact or deputy, under the person's own address."""
    contacts = SecurityContact.objects.filter(email_is_one_of(subject)).select_related("company")
    found = list(contacts.defer("company__search").order_by("since", "pk"))
    asked = ContactConfirmation.objects.filter(contact__in=found).order_by("pk")
    return [
        *(
            {
                "company": row.company.name,
                "kind": row.get_kind_display(),
                "name": row.name,
                "job_title": row.job_title,
                "email_address": row.email,
                "telephone": row.telephone,
                "from": row.since,
                "until": row.until,
                "standing": row.get_standing_display(),
                "confirmed": row.confirmed_at,
            }
            for row in found
        ),
        *(
            {
                "asked_to_confirm": row.asked_at,
                "reminders": row.reminders,
                "status": row.get_status_display(),
                "answered": row.answered_at,
                "reason": row.reason,
            }
            for row in asked
        ),
    ]


def email_is_one_of(subject: Subject) -> Q:
    wanted = Q(pk__in=[])
    for address in subject.addresses:
        wanted |= Q(email__iexact=address)
    return wanted


def copy_declarations(subject: Subject) -> list[Row]:
    """Signed by the person; or naming them as security contact of a company that has had them as one."""
    signed = Q(pk__in=[]) if subject.user is None else Q(signed_by=subject.user)
    companies = SecurityContact.objects.filter(email_is_one_of(subject)).values("company")
    named = Q(pk__in=[])
    for address in subject.addresses:
        named |= Q(answers__icontains=f'"{address}"')
    rows = Declaration.objects.filter(signed | (Q(company__in=companies) & named))
    found = rows.select_related("company").defer("company__search", "answers")
    return [_declaration(row, subject) for row in found.order_by("pk")]


def _declaration(row: Declaration, subject: Subject) -> Row:
    shared = {
        "company": row.company.name,
        "on": row.signed_at,
        "purpose": row.get_purpose_display(),
        "code_of_the_receipt": row.code,
    }
    if subject.user is None or row.signed_by_id != subject.user.pk:
        return {"what": "It names you as security contact or deputy", **shared}
    return {
        "what": "You signed it",
        **shared,
        "signed_as": row.signatory_name,
        "authority": row.signatory_role,
        "edition": row.edition_code,
    }


def copy_questions(subject: Subject) -> list[Row]:
    """What the person asked, or answered, in their own words."""
    if subject.user is None:
        return []
    rows = ApplicationQuestion.objects.filter(Q(asked_by=subject.user) | Q(answered_by=subject.user))
    return [
        {"what": "You asked a question", "on": row.asked_at, "words": row.question}
        if row.asked_by_id == subject.user.pk
        else {"what": "You answered a question", "on": row.answered_at, "words": row.answer}
        for row in rows.order_by("pk")
    ]


def copy_enrolments(subject: Subject) -> list[Row]:
    """Lists that the person sent; and companies for which a partner gave the person's own address."""
    rows = EnrolledCompany.objects.filter(email__in=sorted(subject.addresses)).select_related("body")
    return [
        *copy_lists(subject),
        *(
            {
                "what": "A trade body gave your address for a company",
                "trade_body": row.body.name,
                "company": row.name,
                "on": row.enrolled_at,
                "status": row.get_status_display(),
            }
            for row in rows.order_by("pk")
        ),
    ]


copy_lists = together(
    deeds(Enrolment, "List of companies sent", by="sent_by", at="sent_at", label="body__name"),
    deeds(Enrolment, "List of companies enrolled", by="import_by", at="import_at", label="body__name"),
    deeds(Enrolment, "List of companies withdrawn", by="withdrawn_by", at="withdrawn_at", label="body__name"),
)

copy_casework = together(
    deeds(Application, "Application started", by="started_by", at="started_at", label="reference"),
    deeds(Application, "Application sent", by="submitted_by", at="submitted_at", label="reference"),
    deeds(
        Application,
        "Application assigned to you, sent",
        by="assigned_to",
        at="submitted_at",
        label="reference",
    ),
    deeds(Application, "Application decided", by="decided_by", at="decided_at", label="reference"),
    deeds(Application, "Application withdrawn", by="closed_by", at="closed_at", label="reference"),
    deeds(
        Reconsideration,
        "Rejection asked to be looked at again",
        by="asked_by",
        at="asked_at",
        label="application__reference",
    ),
    deeds(
        Reconsideration,
        "Rejection looked at again",
        by="answered_by",
        at="answered_at",
        label="application__reference",
    ),
    copy_questions,
    deeds(MembershipEvent, "Change of a membership", by="by", at="at", label="membership__number"),
    deeds(Renewal, "Membership renewed", by="completed_by", at="completed_at", label="membership__number"),
    deeds(
        DeclarationRequest,
        "Facts changed that ask for a new signature",
        by="asked_by",
        at="asked_at",
        label="membership__number",
    ),
)
