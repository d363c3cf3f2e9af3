"""What the stages of seeding hand to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import User
from applications.models import (
    Application,
    ApplicationQuestion,
    ContactConfirmation,
    Declaration,
    Membership,
    MembershipEvent,
    Reconsideration,
    Renewal,
)
from codeofpractice.applicability import Facts
from rvss.seeding.companies import Firm


@dataclass(slots=True)
class Member:
    """What later stages need to know of a member: a few words for each, whatever the size of the scheme."""

    pk: int
    number: str
    company_id: int
    owner_id: int
    joined_at: datetime
    is_current: bool
    facts: Facts


@dataclass
class Scale:
    """The size and the time of what is seeded."""

    companies: int
    begin: datetime
    end: datetime
    first_company: int  # how many there were before
    first_member: int

    def moment(self, place: float) -> datetime:
        return self.begin + (self.end - self.begin) * place


@dataclass
class Batch:
    """The rows of up to 2,000 companies on their way into the database."""

    firms: list[Firm] = field(default_factory=list)
    users: list[list[User]] = field(default_factory=list)
    applications: list[Application] = field(default_factory=list)
    declarations: list[Declaration] = field(default_factory=list)
    questions: list[ApplicationQuestion] = field(default_factory=list)
    reconsiderations: list[Reconsideration] = field(default_factory=list)
    confirmations: list[ContactConfirmation] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    renewals: list[Renewal] = field(default_factory=list)
    events: list[MembershipEvent] = field(default_factory=list)
