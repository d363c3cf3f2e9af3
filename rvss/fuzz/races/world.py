"""Made-up people and members, and checks that the services have brought to where a race begins."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Role, User
from accounts.tokens import create_token
from applications.duplicates import match_key
from applications.models import (
    Application,
    Company,
    CompanyPerson,
    Membership,
    PersonLevel,
    TradeBody,
)
from assurance import services
from assurance.models import (
    CheckOutcome,
    FindingResult,
    PlanCheck,
    SecondReading,
    Selection,
    SelectionRound,
)
from codeofpractice.models import Edition, Plan, PlanVersion, PlanVersionStatus, Position
from rvss.fuzz.races.browser import Browser

MET, PARTLY, NOT_MET = FindingResult.MET, FindingResult.PARTLY, FindingResult.NOT_MET
POINT = 3  # where something is found that is not met


class World:
    """Its people stay; each race has a member of its own."""

    def __init__(self, port: int, edition: Edition) -> None:
        self.port, self.edition = port, edition
        self.run = uuid.uuid4().hex[:6]
        self.assurers = [self.person(f"Assurer {letter}", Role.ASSURER) for letter in "ABCDE"]
        self.leads = [self.person(f"Lead {letter}", Role.LEAD) for letter in "ABCDE"]
        self.partner = self.person("Partner", Role.PARTNER)
        self.body = TradeBody.objects.create(name=f"Association of Racers {self.run}", is_partner=True)
        self.body.people.add(self.partner)
        scopes = ["results:read", "results:write"]
        _, self.secret = create_token(
            name="Races", scopes=scopes, days=30, request_key=uuid.uuid4(), by=self.partner
        )
        self.points = {point.number: point for point in edition.points.all()}
        self._browsers: dict[int, Browser] = {}

    def person(self, name: str, role: Role) -> User:
        # Nobody of DfT has an address at the domain of a company, or it would be barred from its check.
        domain = "company.example" if role == Role.COMPANY else "dft.example"
        email = f"{name.lower().replace(' ', '.')}.{uuid.uuid4().hex[:8]}@{domain}"
        return User.objects.create_user(email, name=name, role=role)

    def browser(self, user: User) -> Browser:
        if user.pk not in self._browsers:
            self._browsers[user.pk] = Browser(self.port, user)
        return self._browsers[user.pk]

    def case(self) -> Case:
        return Case(self)


class Case:
    """A member with a plan, its people, and the check of its plan. Nobody has it yet."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.owner = world.person("Owner", Role.COMPANY)
        self.editor = world.person("Editor", Role.COMPANY)
        self.membership = self._join()
        self.version = self._submit_plan()
        self.assurer, self.reader = world.assurers[0], world.assurers[1]
        self.lead = world.leads[0]

    def _join(self) -> Membership:
        number = Membership.objects.count() + 1
        name = f"Harbour Hire {number} Ltd"
        company = Company.objects.create(
            name=name,
            company_number=f"{80_000_000 + number}",
            match_key=match_key(name=name, postcode="ZE1 0AA"),
            address_line_1="1 Quay Road",
            town="Ottersby",
            postcode="ZE1 0AA",
            rental_models=["counter"],
            regions=["TLI"],
            home_region="TLI",
        )
        for user, level in ((self.owner, PersonLevel.OWNER), (self.editor, PersonLevel.EDITOR)):
            CompanyPerson.objects.create(company=company, user=user, level=level)
        application = Application.objects.create(
            company=company,
            status="accepted",
            agrees_to_listing=True,
            started_by=self.owner,
            submitted_by=self.owner,
            submitted_at=timezone.now(),
            decided_by=self.world.assurers[-1],
            decided_at=timezone.now(),
            decision_reason="Complete and in scope.",
        )
        today = timezone.localdate()
        return Membership.objects.create(
            number=f"RVSS-{700_000 + number}",
            company=company,
            application=application,
            is_listed=True,
            started_on=today - timedelta(days=100),
            renewal_due_on=today + timedelta(days=265),
        )

    def _submit_plan(self) -> PlanVersion:
        plan = Plan.objects.create(membership=self.membership)
        version = PlanVersion.objects.create(
            plan=plan, edition=self.world.edition, number=1, started_by=self.owner
        )
        for point in self.world.points.values():
            version.responses.create(
                point=point,
                position=Position.IN_PLACE,
                how_met="We do what it asks at every branch.",
                responsible_role="Operations manager",
            )
        version.status = PlanVersionStatus.SUBMITTED
        version.submitted_by, version.submitted_at = self.owner, timezone.now()
        version.review_on = timezone.localdate() + timedelta(days=365)
        version.save()
        return version

    # The way of a check, each step after the one before it.

    def open(self) -> Case:
        """Drawn, and nobody's."""
        round_ = SelectionRound.objects.create(
            name=f"Round for {self.membership.number}", seed="races", algorithm="sha256-order-1",
            frame_size=1, frame_sha256="0" * 64, sample_size=1, drawn_by=self.lead, drawn_at=timezone.now(),
        )  # fmt: skip
        selection = Selection.objects.create(
            round=round_, membership=self.membership, position=1, inclusion_probability=1
        )
        self.check = PlanCheck.objects.create(
            selection=selection,
            membership=self.membership,
            plan_version=self.version,
            due_on=timezone.localdate() + timedelta(days=28),
        )
        return self

    def allocated(self) -> Case:
        """With its assurer, who has declared, as all leads have."""
        self.open()
        services.allocate_check(check=self.check, to=self.assurer, by=self.lead)
        for user in (self.assurer, *self.world.leads):
            services.declare_conflict(check=self.check, has_conflict=False, by=user)
        return self

    def found(self, result: str = MET) -> Case:
        """With a finding at each point, `result` at one; an action where it needs one."""
        self.allocated()
        for number in self.world.points:
            self.find(number, result if number == POINT else MET)
        if result != MET:
            self.ask_for_more()
        return self

    def find(self, number: int, result: str) -> None:
        point = self.world.points[number]
        services.record_finding(check=self.check, point=point, result=result, note="Seen.", by=self.assurer)

    def ask_for_more(self) -> None:
        services.set_action(
            check=self.check,
            point=self.world.points[POINT],
            description="Verify licences at night, too.",
            owner_role="Operations manager",
            target_on=timezone.localdate() + timedelta(days=1),
            by=self.assurer,
        )

    def recommended(self, result: str = MET) -> Case:
        self.found(result)
        self.recommend(result)
        return self

    def recommend(self, result: str) -> None:
        told = {MET: CheckOutcome.MET, PARTLY: CheckOutcome.MET_WITH_ACTIONS, NOT_MET: CheckOutcome.NOT_MET}
        services.recommend_outcome(
            check=self.check, outcome=told[FindingResult(result)], reason="So it is.", by=self.assurer
        )

    def being_read(self, found: Mapping[int, str]) -> Case:
        """Point 3 is not met; somebody reads the plan again and has found this, but not submitted it."""
        self.recommended(NOT_MET)
        services.give_reading(reading=self.reading, to=self.reader, by=self.reader)
        services.declare_conflict(check=self.check, has_conflict=False, by=self.reader)
        for number, point in self.world.points.items():
            services.record_second_finding(
                reading=self.reading, point=point, result=found.get(number, MET), note="Read.", by=self.reader
            )
        return self

    def read_twice(self, second: str = NOT_MET) -> Case:
        self.being_read({POINT: second})
        services.submit_reading(reading=self.reading, by=self.reader)
        return self

    def decided(self, result: str = MET) -> Case:
        if result == NOT_MET:
            self.read_twice()
        else:
            self.recommended(result)
        outcome = self.check.recommendations.get().outcome
        services.decide_check(check=self.check, outcome=outcome, reason="I agree.", by=self.lead)
        return self

    @property
    def reading(self) -> SecondReading:
        return self.check.second_readings.get()

    @property
    def action(self) -> Any:
        return self.check.actions.get()
