"""Applications and memberships of made-up companies, in the order in which they joined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import reset_queries
from django.utils import timezone

from accounts.models import Role, User
from applications.answers import canonical_json, snapshot
from applications.choices import COMMERCIAL_CLASSES
from applications.models import (
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    Company,
    CompanyPerson,
    Declaration,
    FleetCount,
    Membership,
    MembershipOrigin,
    MembershipStatus,
    SecurityContact,
    Site,
    TradeBody,
    TradingName,
)
from applications.models.application import REFERENCE_ALPHABET
from applications.services.memberships import a_year_after
from applications.services.submission import digest_declaration
from codeofpractice.models import Edition
from rvss.seeding.companies import Firm, make_company_people, make_firm
from rvss.seeding.history import record_joining
from rvss.seeding.record import Record
from rvss.seeding.shapes import Batch, Member, Scale
from rvss.seeding.staff import NO_PASSWORD, Staff

BATCH = 2000
ROLE = "Director"
# The newest applications are still under way; those before them are decided, nearly all with acceptance.
NEWEST = (
    ApplicationStatus.SUBMITTED, ApplicationStatus.DRAFT, ApplicationStatus.SUBMITTED,
    ApplicationStatus.QUESTION, ApplicationStatus.WITHDRAWN, ApplicationStatus.REJECTED,
)  # fmt: skip
REJECTIONS = (
    "The company only leases vehicles for more than 3 months, which is out of scope.",
    "The company hires to businesses on contract only. It may apply again when it hires to consumers.",
    "The vehicles are chauffeur-driven, so no vehicle is rented out.",
)
QUESTIONS = (
    (
        "company",
        "Which of the two names is the registered one?",
        "The one on the form; the other is a brand.",
    ),
    ("rentals", "How many of the vans are over 3.5 tonnes?", "None of them. We have corrected the count."),
    ("sites", "Is the site at the second address open to hirers?", "Yes, on weekdays."),
)


class Joining:
    def __init__(
        self,
        *,
        rng: Random,
        scale: Scale,
        staff: Staff,
        bodies: list[TradeBody],
        edition: Edition,
        record: Record,
    ) -> None:
        self.rng, self.scale, self.staff, self.bodies, self.edition = rng, scale, staff, bodies, edition
        self.record = record
        self.joined = 0

    def run(self) -> Iterator[list[Member]]:
        """Write all companies; yields the members of each batch."""
        for start in range(0, self.scale.companies, BATCH):
            yield self._batch(range(start, min(start + BATCH, self.scale.companies)))

    def _batch(self, numbers: range) -> list[Member]:
        reset_queries()  # with DEBUG on Django keeps the text of each, and these are long
        batch = Batch()
        for number in numbers:
            self._company(batch, number)
        self._save_companies(batch)
        self._sign(batch)
        Declaration.objects.bulk_create(batch.declarations)
        ApplicationQuestion.objects.bulk_create(batch.questions)
        Membership.objects.bulk_create(batch.memberships)
        record_joining(self.record, batch, self.scale.end)
        return self._members(batch)

    # --- Companies and their applications ---

    def _company(self, batch: Batch, number: int) -> None:
        rng, scale = self.rng, self.scale
        firm = make_firm(rng, scale.first_company + number)
        started = scale.moment((number + rng.random()) / scale.companies)
        firm.company.created_at = started
        for contact in firm.contacts:
            contact.since = timezone.localdate(started)
            contact.confirmed_at = started
        users = [
            User(
                email=person.email,
                name=person.name,
                role=Role.COMPANY,
                password=NO_PASSWORD,
                date_joined=started,
            )
            for person in firm.people
        ]
        batch.firms.append(firm)
        batch.users.append(users)
        batch.applications.append(self._application(batch, firm, users[0], started, self._status(number)))

    def _status(self, number: int) -> str:
        left = self.scale.companies - 1 - number
        newest = max(len(NEWEST), min(self.scale.companies // 40, 400))
        if left < newest:
            return NEWEST[left % len(NEWEST)]
        chance = self.rng.random()
        if chance < 0.04:
            return ApplicationStatus.REJECTED
        return ApplicationStatus.WITHDRAWN if chance < 0.07 else ApplicationStatus.ACCEPTED

    def _application(
        self, batch: Batch, firm: Firm, owner: User, started: datetime, status: str
    ) -> Application:
        rng = self.rng
        left = self.scale.end - started
        application = Application(
            reference=self._reference(),
            company=firm.company,
            status=status,
            agrees_to_listing=rng.random() < 0.9,
            started_by=owner,
            started_at=started,
        )
        if status == ApplicationStatus.DRAFT:
            application.agrees_to_listing = None
            return application
        sent = started + min(timedelta(days=rng.uniform(0.02, 6)), left * 0.4)
        application.submitted_by, application.submitted_at = owner, sent
        # A third of what waits is nobody's yet.
        assurer = rng.choice(self.staff.assurers)
        if status != ApplicationStatus.SUBMITTED or rng.random() < 0.66:
            application.assigned_to = assurer
        if status in {ApplicationStatus.ACCEPTED, ApplicationStatus.REJECTED}:
            application.decided_by = assurer
            application.decided_at = sent + min(timedelta(days=rng.uniform(0.5, 18)), (left * 0.5))
            if status == ApplicationStatus.REJECTED:
                application.decision_reason = rng.choice(REJECTIONS)
        self._question(batch, application, assurer)
        if status == ApplicationStatus.ACCEPTED:
            batch.memberships.append(self._membership(firm, application))
        return application

    def _reference(self) -> str:
        letters = "".join(self.rng.choices(REFERENCE_ALPHABET, k=8))
        return f"RVSS-{letters[:4]}-{letters[4:]}"

    def _question(self, batch: Batch, application: Application, assurer: User) -> None:
        is_open = application.status == ApplicationStatus.QUESTION
        if not is_open and self.rng.random() > 0.1:
            return
        sent = application.submitted_at
        assert sent is not None
        section, question, answer = self.rng.choice(QUESTIONS)
        row = ApplicationQuestion(
            application=application,
            section=section,
            question=question,
            asked_by=assurer,
            asked_at=sent + ((application.decided_at or self.scale.end) - sent) * 0.3,
        )
        if not is_open:
            row.answer, row.answered_by = answer, application.submitted_by
            row.answered_at = sent + ((application.decided_at or self.scale.end) - sent) * 0.6
        batch.questions.append(row)

    # --- Memberships ---

    def _membership(self, firm: Firm, application: Application) -> Membership:
        self.joined += 1
        decided = application.decided_at
        assert decided is not None
        started = timezone.localdate(decided)
        today = timezone.localdate(self.scale.end)
        due = a_year_after(started)
        status = {6: MembershipStatus.SUSPENDED, 10: MembershipStatus.LAPSED}.get(self.joined % 25)
        status = status or {14: MembershipStatus.REMOVED, 18: MembershipStatus.RESIGNED}.get(self.joined % 25)
        if status == MembershipStatus.LAPSED and due > today:
            status = None
        if due < today and status != MembershipStatus.LAPSED:
            due = a_year_after(due)
        by_partner = 0 in firm.bodies and self.rng.random() < 0.5
        membership = Membership(
            number=f"RVSS-{self.scale.first_member + self.joined:06d}",
            company=firm.company,
            application=application,
            status=status or MembershipStatus.ACTIVE,
            origin=MembershipOrigin.PARTNER if by_partner else MembershipOrigin.DFT,
            partner=self.bodies[0] if by_partner else None,
            is_listed=bool(application.agrees_to_listing),
            started_on=started,
            renewal_due_on=due,
        )
        if status in {MembershipStatus.REMOVED, MembershipStatus.RESIGNED}:
            membership.ended_on = started + (today - started) * 3 // 4
        return membership

    # --- Into the database ---

    def _save_companies(self, batch: Batch) -> None:
        User.objects.bulk_create(user for users in batch.users for user in users)
        Company.objects.bulk_create(firm.company for firm in batch.firms)
        TradingName.objects.bulk_create(row for firm in batch.firms for row in firm.trading_names)
        FleetCount.objects.bulk_create(row for firm in batch.firms for row in firm.fleet)
        Site.objects.bulk_create(row for firm in batch.firms for row in firm.sites)
        SecurityContact.objects.bulk_create(row for firm in batch.firms for row in firm.contacts)
        CompanyPerson.objects.bulk_create(
            row
            for firm, users in zip(batch.firms, batch.users, strict=True)
            for row in make_company_people(firm, users)
        )
        ties = Company.trade_bodies.through
        ties.objects.bulk_create(
            ties(company_id=firm.company.pk, tradebody_id=self.bodies[body].pk)
            for firm in batch.firms
            for body in firm.bodies
        )
        Application.objects.bulk_create(batch.applications)

    def _sign(self, batch: Batch) -> None:
        """Declarations over the answers as the service reads them, so that each can be verified."""
        sent = [row.pk for row in batch.applications if row.submitted_at]
        made = {row.pk: row for row in batch.applications}
        for application in Application.objects.with_answers().filter(pk__in=sent).order_by("pk"):
            signer = made[application.pk].started_by
            assert application.submitted_at is not None
            answers = canonical_json(snapshot(application))
            digest = digest_declaration(
                reference=application.reference,
                edition_code=self.edition.code,
                text=self.edition.declaration,
                answers=answers,
                signatory_name=signer.name,
                signatory_role=ROLE,
                signed_at=application.submitted_at,
            )
            batch.declarations.append(
                Declaration(
                    application_id=application.pk,
                    company_id=application.company_id,
                    edition_code=self.edition.code,
                    text=self.edition.declaration,
                    answers=answers,
                    sha256=digest,
                    signatory_name=signer.name,
                    signatory_role=ROLE,
                    signed_by=signer,
                    signed_at=application.submitted_at,
                )
            )

    def _members(self, batch: Batch) -> list[Member]:
        firms = {firm.company.pk: firm for firm in batch.firms}
        members = []
        for row in batch.memberships:
            decided = row.application.decided_at
            assert decided is not None
            members.append(
                Member(
                    pk=row.pk,
                    number=row.number,
                    company_id=row.company_id,
                    owner_id=row.application.started_by_id,
                    joined_at=decided,
                    is_current=row.status == MembershipStatus.ACTIVE,
                    hires_commercial=any(
                        count.vehicle_class in COMMERCIAL_CLASSES for count in firms[row.company_id].fleet
                    ),
                )
            )
        return members
