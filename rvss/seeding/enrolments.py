"""What the approved partner has sent: the members that came through it, and lists to try the pages with."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from random import Random

from django.utils import timezone

from accounts.models import Role, User
from applications import services
from applications.choices import LegalForm, Region, RentalModel
from applications.models import (
    Company,
    CompanyPerson,
    EnrolledCompany,
    EnrolledKind,
    EnrolledStatus,
    Enrolment,
    EnrolmentRow,
    EnrolmentStatus,
    Membership,
    MembershipOrigin,
    PersonLevel,
    RowOutcome,
    TradeBody,
)
from applications.services.enrolment_checking import check_rows
from applications.services.enrolment_importing import import_rows
from applications.services.enrolments import Row
from rvss.seeding import words
from rvss.seeding.staff import NO_PASSWORD

FIRST_NUMBER = 99_000_000  # of companies in the lists; seeded companies have lower ones
FAULTS = (
    ("postcode", "ZE1"),
    ("contact_email", "nobody at example.com"),
    ("car", "about twenty"),
    ("regions", "The North"),
    ("legal_form", "Charity"),
    ("contact_telephone", "1.63E+09"),
)


def tie_members(*, body: TradeBody, by: User, after: str) -> None:
    """A list behind the members with numbers above `after` that came through the partner."""
    members = list(
        Membership.objects.filter(number__gt=after, origin=MembershipOrigin.PARTNER, partner=body)
        .select_related("company", "application")
        .order_by("pk")
    )
    if not members:
        return
    sent = min(member.application.started_at for member in members)
    enrolment = Enrolment.objects.create(
        body=body,
        file_name="members-to-begin-with.csv",
        sha256=hashlib.sha256(f"{body.name} {after}".encode()).hexdigest(),
        status=EnrolmentStatus.DONE,
        row_count=len(members),
        checked_count=len(members),
        imported_count=len(members),
        sent_by=by,
        sent_at=sent,
        import_by=by,
        import_at=sent,
        done_at=sent,
        worked_at=sent,
    )
    ties = EnrolledCompany.objects.bulk_create(_tie(member, enrolment, by) for member in members)
    EnrolmentRow.objects.bulk_create(
        EnrolmentRow(
            enrolment=enrolment,
            number=number,
            cells={"name": tie.name, "company_number": tie.company_number, "reference": tie.reference},
            name=tie.name,
            company_number=tie.company_number,
            outcome=RowOutcome.NEW,
            enrolled=tie,
            imported_at=sent,
        )
        for number, tie in enumerate(ties, start=2)
    )


def _tie(member: Membership, enrolment: Enrolment, by: User) -> EnrolledCompany:
    return EnrolledCompany(
        body=enrolment.body,
        company=member.company,
        kind=EnrolledKind.NEW,
        status=EnrolledStatus.MEMBER,
        name=member.company.name,
        company_number=member.company.company_number,
        reference=f"M-{member.number[5:]}",
        email="members@example.co.uk",
        enrolment=enrolment,
        enrolled_by=by,
        enrolled_at=member.application.started_at,
        settled_at=member.application.decided_at,
    )


# --- For trying the pages out ---


def make_lists(*, body: TradeBody, by: User, member: Membership) -> None:
    """One list that is enrolled, with a company that was here before, and one with faults; only once."""
    if Enrolment.objects.filter(body=body, file_name__in=["new-members.csv", "spring-intake.csv"]).exists():
        return
    rng = Random("enrolments")  # noqa: S311 - nothing is kept secret with it
    first = [(number, _row(rng, number)) for number in range(2, 26)]
    first.append((26, _row(rng, 26) | _like(member.company)))
    enrolment = _receive(body, by, "new-members.csv", first)
    services.start_import(enrolment=enrolment, leave_out_faulty=True, by=by)
    while import_rows(enrolment_id=enrolment.pk):
        pass
    _lead_on(enrolment, by)
    second = [(number, _row(rng, 100 + number)) for number in range(2, 42)]
    for place, (column, wrong) in enumerate(FAULTS):
        second[place * 6 + 3][1][column] = wrong
    second[40 - 1] = (41, dict(second[0][1]))
    _receive(body, by, "spring-intake.csv", second)


def _like(company: Company) -> dict[str, str]:
    """What matches a company that is here already, however it is registered."""
    form = LegalForm.LIMITED_COMPANY if company.company_number else LegalForm.PARTNERSHIP
    return {
        "name": company.name,
        "postcode": company.postcode,
        "company_number": company.company_number,
        "legal_form": str(form.label),
    }


def _receive(body: TradeBody, by: User, name: str, rows: list[tuple[int, dict[str, str]]]) -> Enrolment:
    given: list[Row] = [*rows]
    enrolment, _ = services.receive_enrolment(body=body, rows=given, file_name=name, by=by)
    while check_rows(enrolment_id=enrolment.pk):
        pass
    enrolment.refresh_from_db()
    return enrolment


def _lead_on(enrolment: Enrolment, by: User) -> None:
    """Some have waited for long, somebody has come for one, and one is taken back."""
    ties = list(enrolment.companies.filter(kind=EnrolledKind.NEW).order_by("pk"))
    old = [tie.pk for tie in ties[:8]]
    EnrolledCompany.objects.filter(pk__in=old).update(enrolled_at=timezone.now() - timedelta(days=20))
    made = {"name": "Carys Penhallow", "role": Role.COMPANY, "password": NO_PASSWORD}
    user, _ = User.objects.get_or_create(email=ties[8].email, defaults=made)
    company = Company(pk=ties[8].company_id)
    CompanyPerson.objects.get_or_create(company=company, user=user, defaults={"level": PersonLevel.OWNER})
    services.withdraw_enrolled(tie=ties[9], reason="The company has left the association.", by=by)


def _row(rng: Random, number: int) -> dict[str, str]:
    region = rng.choice(list(words.REGION_WEIGHTS))
    person = words.make_person(rng, f"list{number}")
    is_sole_trader = rng.random() < 0.2
    return {
        "name": words.make_firm_name(rng, str(region), "car") + ("" if is_sole_trader else " Ltd"),
        "legal_form": str((LegalForm.SOLE_TRADER if is_sole_trader else LegalForm.LIMITED_COMPANY).label),
        "company_number": "" if is_sole_trader else str(FIRST_NUMBER + number),
        "address_line_1": f"{rng.randrange(1, 90)} {rng.choice(words.STREETS)}",
        "town": rng.choice(words.PLACES[region][1]),
        "postcode": words.make_postcode(rng, region),
        "rental_models": str(RentalModel.COUNTER.label),
        "car": f"{rng.randrange(1, 1500):,}",
        "van": str(rng.randrange(0, 20)),
        "regions": str(Region(region).label),
        "contact_name": person.name,
        "contact_job_title": rng.choice(words.JOB_TITLES),
        "contact_email": person.email,
        "contact_telephone": person.telephone,
        "reference": f"NVHA-{number:04}",
    }
