"""The fixed cast: the same people and rows in every test of who may do what.

Alpha is a member with a submitted plan, an open check and a decided one. Newco has a draft application,
Sent one that DfT has, Asked one with an open question. Owner, editor and viewer act for all four; the
other owner only for Beta, a member too. The assurer and both leads have declared in each check that they have
no conflict of interest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.models import Role, User
from applications.models import Application, Company, CompanyPerson, Membership, PersonLevel, TradeBody
from assurance.models import (
    CheckRequest,
    Closure,
    CorrectiveAction,
    DecisionReconsideration,
    PlanCheck,
    SecondReading,
    SelectionRound,
    SuspensionProposal,
)
from codeofpractice.models import Edition, Evidence, Passage, PlanDocument, PlanVersion, StoredFile
from tests import factories as make

PEOPLE = (
    "anonymous",
    "owner",
    "editor",
    "viewer",
    "other_owner",
    "partner",
    "assurer",
    "other_assurer",
    "lead",
    "other_lead",
    "panel",
    "administrator",
)


@dataclass
class Cast:
    owner: User
    editor: User
    viewer: User
    other_owner: User
    partner: User
    assurer: User
    other_assurer: User
    lead: User
    other_lead: User
    panel: User
    administrator: User
    trade_body: TradeBody
    edition: Edition
    alpha: Company = field(init=False)
    beta: Company = field(init=False)
    newco: Company = field(init=False)
    sent: Company = field(init=False)
    asked: Company = field(init=False)
    membership: Membership = field(init=False)
    other_membership: Membership = field(init=False)
    draft_application: Application = field(init=False)
    sent_application: Application = field(init=False)
    asked_application: Application = field(init=False)
    submitted_version: PlanVersion = field(init=False)
    draft_version: PlanVersion = field(init=False)
    file: StoredFile = field(init=False)
    draft_evidence: Evidence = field(init=False)
    document: PlanDocument = field(init=False)
    passage: Passage = field(init=False)
    round: SelectionRound = field(init=False)
    open_check: PlanCheck = field(init=False)
    recommended_check: PlanCheck = field(init=False)
    decided_check: PlanCheck = field(init=False)
    action: CorrectiveAction = field(init=False)
    # What a room adds for its own tests.
    more: dict[str, Any] = field(default_factory=dict)

    def stored_file(self) -> StoredFile:
        """The evidence file, with its content in the store."""
        if not default_storage.exists(self.file.storage_name):
            default_storage.save(self.file.storage_name, ContentFile(b"%PDF-1.7 handover %%EOF"))
        return self.file

    def open_action(self) -> CorrectiveAction:
        """An action of the open check, which nobody but its assurer sees yet."""
        found = self.open_check.actions.first()
        return found or make.CorrectiveActionFactory(check_of=self.open_check)

    def question(self) -> CheckRequest:
        """A question about point 3 of the open check."""
        found = self.open_check.requests.first()
        return found or make.CheckRequestFactory(check_of=self.open_check)

    def proposal(self) -> SuspensionProposal:
        """To suspend Alpha over its action."""
        found, is_new = SuspensionProposal.objects.get_or_create(membership=self.membership)
        if is_new:
            found.actions.add(self.action)
        return found

    def reading(self) -> SecondReading:
        """Of the recommended check, by the other assurer, who has declared."""
        found = self.recommended_check.second_readings.first()
        return found or make.SecondReadingFactory(
            recommendation=self.recommended_check.recommendations.get(), reader=self.other_assurer
        )

    def closure(self) -> Closure:
        """Of the action, by the lead, and in the sample."""
        found = Closure.objects.first()
        return found or Closure.objects.create(
            action=self.action, code="other", reason="The branch closed.", by=self.lead, is_sampled=True
        )

    def reconsideration(self) -> DecisionReconsideration:
        """Of the outcome that the lead decided."""
        found = DecisionReconsideration.objects.first()
        return found or DecisionReconsideration.objects.create(
            decision=self.decided_check.decision,
            decided_by=self.lead,
            grounds="Everyone is trained.",
            asked_by=self.owner,
        )

    def person(self, name: str) -> User | None:
        return None if name == "anonymous" else getattr(self, name)


def _people() -> dict[str, User]:
    roles = {
        "owner": Role.COMPANY,
        "editor": Role.COMPANY,
        "viewer": Role.COMPANY,
        "other_owner": Role.COMPANY,
        "partner": Role.PARTNER,
        "assurer": Role.ASSURER,
        "other_assurer": Role.ASSURER,
        "lead": Role.LEAD,
        "other_lead": Role.LEAD,
        "panel": Role.PANEL,
        "administrator": Role.ADMINISTRATOR,
    }
    return {
        name: make.UserFactory(
            email=f"{name.replace('_', '-')}@example.com", name=name.replace("_", " ").capitalize(), role=role
        )
        for name, role in roles.items()
    }


def build_cast() -> Cast:
    people = _people()
    body = make.TradeBodyFactory(name="Association of Vehicle Hirers", is_partner=True)
    body.people.add(people["partner"])
    cast = Cast(**people, trade_body=body, edition=make.EditionFactory())
    _add_companies(cast)
    _add_plans(cast)
    _add_checks(cast)
    return cast


def _add_companies(cast: Cast) -> None:
    for name in ("alpha", "newco", "sent", "asked"):
        company = make.CompanyFactory(name=f"{name.capitalize()} Vehicle Hire Ltd", owner=cast.owner)
        CompanyPerson.objects.create(company=company, user=cast.editor, level=PersonLevel.EDITOR)
        CompanyPerson.objects.create(company=company, user=cast.viewer, level=PersonLevel.VIEWER)
        make.SecurityContactFactory(company=company)
        setattr(cast, name, company)
    cast.beta = make.CompanyFactory(name="Beta Rentals Ltd", owner=cast.other_owner)
    make.SecurityContactFactory(company=cast.beta)
    cast.draft_application = make.ApplicationFactory(company=cast.newco, started_by=cast.owner)
    cast.sent_application = make.ApplicationFactory(
        company=cast.sent, started_by=cast.owner, status="submitted"
    )
    make.DeclarationFactory(application=cast.sent_application)
    cast.asked_application = make.ApplicationFactory(
        company=cast.asked, started_by=cast.owner, status="question"
    )
    make.DeclarationFactory(application=cast.asked_application)
    cast.asked_application.questions.create(
        section="company", question="Which name do you trade under?", asked_by=cast.assurer
    )
    for company, attribute in ((cast.alpha, "membership"), (cast.beta, "other_membership")):
        application = make.ApplicationFactory(
            company=company,
            started_by=cast.owner if company == cast.alpha else cast.other_owner,
            status="accepted",
            decided_by=cast.assurer,
            decided_at=timezone.now(),
        )
        make.DeclarationFactory(application=application)
        setattr(cast, attribute, make.MembershipFactory(company=company, application=application))


def _add_plans(cast: Cast) -> None:
    first = make.PlanVersionFactory(
        membership=cast.membership, edition=cast.edition, started_by=cast.owner, answered=True
    )
    cast.file = make.StoredFileFactory(company=cast.alpha, uploaded_by=cast.owner)
    evidence = first.evidence.create(file=cast.file, title="Handover procedure", added_by=cast.owner)
    evidence.responses.add(first.responses.get(point__number=3))
    cast.submitted_version = make.submit(first)
    cast.draft_version = make.PlanVersionFactory(
        membership=cast.membership, edition=cast.edition, started_by=cast.owner
    )
    cast.draft_evidence = cast.draft_version.evidence.create(
        file=cast.file, title="Handover procedure", added_by=cast.owner
    )
    cast.draft_evidence.responses.add(cast.draft_version.responses.get(point__number=3))
    cast.document = make.PlanDocumentFactory(version=cast.draft_version, added_by=cast.owner)
    cast.passage = cast.document.passages.first()


def _add_checks(cast: Cast) -> None:
    cast.round = make.SelectionRoundFactory(drawn_by=cast.lead)
    for attribute in ("open_check", "recommended_check", "decided_check"):
        round_ = cast.round if attribute == "open_check" else make.SelectionRoundFactory(drawn_by=cast.lead)
        check = make.PlanCheckFactory(
            membership=cast.membership,
            selection=make.SelectionFactory(round=round_, membership=cast.membership),
            plan_version=cast.submitted_version,
            assurer=cast.assurer,
        )
        setattr(cast, attribute, check)
        for lead in (cast.lead, cast.other_lead):
            make.declare(check, by=lead)
    for check in (cast.recommended_check, cast.decided_check):
        make.record_findings(check, by=cast.assurer)
    cast.action = make.CorrectiveActionFactory(check_of=cast.decided_check)
    make.recommend(cast.recommended_check, by=cast.assurer)
    make.recommend(cast.decided_check, by=cast.assurer, outcome="met_with_actions")
    make.decide(cast.decided_check, by=cast.lead)
