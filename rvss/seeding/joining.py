"""Applications and memberships of made-up companies, in the order in which they joined."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from django.db import reset_queries
from django.utils import timezone

from accounts.models import Role, User
from applications.answers import canonical_json, snapshot
from applications.models import (
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    Company,
    CompanyPerson,
    Declaration,
    DeclarationPurpose,
    FleetCount,
    Membership,
    MembershipEvent,
    MembershipOrigin,
    MembershipStatus,
    Reconsideration,
    Renewal,
    SecurityContact,
    Site,
    TradeBody,
    TradingName,
)
from applications.models.application import REFERENCE_ALPHABET
from applications.renewal_dates import a_year_after
from applications.services.declarations import SignedWords, digest_declaration
from codeofpractice.applicability import Facts
from codeofpractice.models import Edition
from rvss.seeding import applying
from rvss.seeding.companies import Firm, make_company_people, make_firm
from rvss.seeding.contacts import save_confirmations, settle
from rvss.seeding.history import record_joining
from rvss.seeding.lifecycle import history_of, lead_on
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
# Of 50 companies in order of joining, the place of one that never sent its application.
NEVER_SENT = 7
# How much earlier some of those that wait for DfT were begun: past their target by now.
OVERDUE = timedelta(days=40)


def _facts(firm: Firm) -> Facts:
    """As applicability.facts_of finds them, from rows that are not saved yet."""
    return Facts(
        hires=frozenset(count.vehicle_class for count in firm.fleet if count.vehicles),
        rents_as=frozenset(firm.company.rental_models),
        fleet_size=firm.company.fleet_size,
        sites=len(firm.sites),
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
        save_confirmations(batch.confirmations)
        Declaration.objects.bulk_create(batch.declarations)
        ApplicationQuestion.objects.bulk_create(batch.questions)
        Reconsideration.objects.bulk_create(batch.reconsiderations)
        Membership.objects.bulk_create(batch.memberships)
        Renewal.objects.bulk_create(batch.renewals)
        MembershipEvent.objects.bulk_create(batch.events)
        record_joining(self.record, batch, self.scale.end)
        return self._members(batch)

    # --- Companies and their applications ---

    def _company(self, batch: Batch, number: int) -> None:
        rng, scale = self.rng, self.scale
        firm = make_firm(rng, scale.first_company + number)
        started = scale.moment((number + rng.random()) / scale.companies)
        status = self._status(number, started)
        if status == ApplicationStatus.SUBMITTED and number % 5 == 0:
            started = max(scale.begin, started - OVERDUE)
        firm.company.created_at = started
        for contact in firm.contacts:
            contact.since = timezone.localdate(started)
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
        application = self._application(batch, firm, users[0], started, status)
        batch.applications.append(application)
        if sent := application.submitted_at:
            batch.confirmations += [
                settle(contact, place=number + each, sent=sent, end=scale.end)
                for each, contact in enumerate(firm.contacts)
            ]

    def _status(self, number: int, started: datetime) -> str:
        left = self.scale.companies - 1 - number
        newest = max(len(NEWEST), min(self.scale.companies // 40, 400))
        if left < newest:
            return NEWEST[left % len(NEWEST)]
        if number % 50 == NEVER_SENT and started < self.scale.end - timedelta(days=400):
            return ApplicationStatus.EXPIRED
        if self._is_late(number):
            return ApplicationStatus.SUBMITTED
        chance = self.rng.random()
        if chance < 0.04:
            return ApplicationStatus.REJECTED
        return ApplicationStatus.WITHDRAWN if chance < 0.07 else ApplicationStatus.ACCEPTED

    def _is_late(self, number: int) -> bool:
        """One or two, whatever the size of the scheme, wait for longer than the target allows."""
        age = self.scale.end - self.scale.moment(number / self.scale.companies)
        each = max(1, self.scale.companies // 400)
        return number % each == 0 and timedelta(days=36) <= age < timedelta(days=38)

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
            applying.leave_draft(application, rng, self.scale.end, self.scale.begin)
            return application
        if status == ApplicationStatus.EXPIRED:
            applying.expire(application, firm)
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
                applying.reject(batch, application, self.staff.leads[0], rng, self.scale.end)
        if status == ApplicationStatus.WITHDRAWN:
            applying.withdraw(application, owner, rng)
        applying.ask_questions(batch, application, assurer, rng, self.scale.end)
        if status == ApplicationStatus.ACCEPTED:
            batch.memberships.append(self._membership(batch, firm, application))
        return application

    def _reference(self) -> str:
        letters = "".join(self.rng.choices(REFERENCE_ALPHABET, k=8))
        return f"RVSS-{letters[:4]}-{letters[4:]}"

    # --- Memberships ---

    def _membership(self, batch: Batch, firm: Firm, application: Application) -> Membership:
        self.joined += 1
        decided = application.decided_at
        assert decided is not None
        started = timezone.localdate(decided)
        by_partner = 0 in firm.bodies and self.rng.random() < 0.5
        if by_partner:
            application.origin, application.partner = MembershipOrigin.PARTNER, self.bodies[0]
        membership = Membership(
            number=f"RVSS-{self.scale.first_member + self.joined:06d}",
            company=firm.company,
            application=application,
            origin=MembershipOrigin.PARTNER if by_partner else MembershipOrigin.DFT,
            partner=self.bodies[0] if by_partner else None,
            is_listed=bool(application.agrees_to_listing),
            started_on=started,
            renewal_due_on=a_year_after(started),
        )
        renewals = lead_on(membership, place=self.joined, end=self.scale.end)
        batch.renewals += renewals
        batch.events += history_of(membership, renewals, self.scale.end)
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
        renewed = {row.membership.application.pk: row for row in batch.renewals if row.completed_at}
        for application in Application.objects.with_answers().filter(pk__in=sent).order_by("pk"):
            assert application.submitted_at is not None
            signer, joining = made[application.pk].started_by, DeclarationPurpose.JOINING
            batch.declarations.append(
                self._declaration(application, joining, application.submitted_at, signer)
            )
            if renewal := renewed.get(application.pk):
                assert renewal.completed_at is not None
                again = self._declaration(
                    application, DeclarationPurpose.RENEWAL, renewal.completed_at, signer
                )
                batch.declarations.append(again)
                renewal.declaration = again

    def _declaration(
        self, application: Application, purpose: DeclarationPurpose, at: datetime, signer: User
    ) -> Declaration:
        answers = canonical_json(snapshot(application))
        words = SignedWords(self.edition.code, self.edition.declaration, signer.name, ROLE)
        digest = digest_declaration(
            reference=application.reference, purpose=purpose, words=words, answers=answers, signed_at=at
        )
        return Declaration(
            application_id=application.pk,
            company_id=application.company_id,
            purpose=purpose,
            edition_code=words.edition_code,
            text=words.text,
            answers=answers,
            sha256=digest,
            signatory_name=words.signatory_name,
            signatory_role=words.signatory_role,
            signed_by=signer,
            signed_at=at,
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
                    facts=_facts(firms[row.company_id]),
                )
            )
        return members
