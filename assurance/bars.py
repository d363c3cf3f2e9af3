"""Why a person cannot work on the check of a company: what ties them to it, by what the service knows.

Each tie is one set of rows that name a person and a company. `barred_from` asks it inside the query of a
list, `bars_among` for many people and companies at once, in a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CharField, Expression, F, Func, Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.sql.compiler import SQLCompiler

from accounts.models import User
from applications.models import (
    Application,
    Company,
    CompanyPerson,
    Invitation,
    InvitationStatus,
    JoinRequest,
    JoinRequestStatus,
    SecurityContact,
    TradeBody,
)
from assurance.models import (
    OVERRIDABLE,
    BarKind,
    BarOverride,
    ConflictDeclaration,
    InterestKind,
    PlanCheck,
    StaffInterest,
)

SHARED_DOMAINS = Path(__file__).with_name("shared_mail_domains.txt")
Pair = tuple[int, int]  # keys of a person and a company
Found = Iterator[tuple[Pair, str]]  # and what is told of the tie


@dataclass(frozen=True)
class Bar:
    kind: BarKind
    reason: str  # a sentence without its full stop

    @property
    def can_be_overridden(self) -> bool:
        return self.kind in OVERRIDABLE


@dataclass(frozen=True)
class Tie:
    """Rows by the person's key. `told` are the fields that `words` makes its sentence of."""

    kind: BarKind
    rows: Callable[[], QuerySet[Any]]
    words: Callable[..., str]
    user: str = "user"
    company: str = "company"
    told: tuple[str, ...] = ()

    def of(self, user: User) -> QuerySet[Any]:
        return self.rows().filter(**{self.user: user})

    def among(self, users: Mapping[int, User], companies: Collection[int]) -> Found:
        rows = self.rows().filter(**{f"{self.user}__in": users, f"{self.company}__in": companies})
        for user, company, *told in rows.values_list(self.user, self.company, *self.told):
            yield (user, company), self.words(*told)


@dataclass(frozen=True)
class DomainTie:
    """Rows by the domain of an email address."""

    kind: BarKind
    rows: Callable[[], QuerySet[Any]]
    email: str

    company = "company"

    def of(self, user: User) -> QuerySet[Any]:
        domain = own_domain(user.email)
        return self._at([domain]) if domain else self.rows().none()

    def among(self, users: Mapping[int, User], companies: Collection[int]) -> Found:
        at: dict[str, list[int]] = defaultdict(list)
        for key, user in users.items():
            if domain := own_domain(user.email):
                at[domain].append(key)
        rows = self._at(list(at)).filter(company__in=companies).values_list("domain", "company")
        for domain, company in rows.distinct():
            for person in at[domain]:
                yield (person, company), f"Has an email address at {domain}, as people of the company have"

    def _at(self, domains: list[str]) -> QuerySet[Any]:
        domain = Lower(_part(self.email, "@", -1))
        return self.rows().annotate(domain=domain).filter(domain__in=domains)


@dataclass(frozen=True)
class NameTie:
    """Companies whose name is that of one that was not in the service when the interest was recorded."""

    kind: BarKind
    interest: InterestKind

    company = "pk"

    def of(self, user: User) -> QuerySet[Any]:
        return self._named(self._interests().filter(user=user).values("name_key"))

    def among(self, users: Mapping[int, User], companies: Collection[int]) -> Found:
        called: dict[str, list[StaffInterest]] = defaultdict(list)
        for interest in self._interests().filter(user__in=users):
            called[interest.name_key].append(interest)
        for company, key in self._named(list(called)).filter(pk__in=companies).values_list("pk", "called"):
            for interest in called[key]:
                told = WORDS[self.kind](interest.name, interest.since, interest.until)
                yield (interest.user_id, company), told

    def _interests(self) -> QuerySet[StaffInterest]:
        return StaffInterest.objects.counting().filter(kind=self.interest).exclude(name_key="")

    def _named(self, keys: Any) -> QuerySet[Any]:
        # A match key is the key of the name, a blank, and the postcode.
        companies: QuerySet[Any] = Company.objects.annotate(called=_part("match_key", " ", 1))
        return companies.filter(called__in=keys)


def _part(field: str, sign: str, number: int) -> Func:
    """One of the parts into which the sign parts a text; below 0 counted from the end."""
    return Func(F(field), Value(sign), Value(number), function="split_part", output_field=CharField())


def _when(since: date | None, until: date | None) -> str:
    return "".join([f" from {since:%B %Y}" if since else "", f" until {until:%B %Y}" if until else ""])


def _worked(name: str, since: date | None, until: date | None) -> str:
    return (
        f"Worked for {name}{_when(since, until)}"
        if until
        else f"Works or worked for {name}{_when(since, until)}"
    )


def _advised(name: str, since: date | None, until: date | None) -> str:
    return f"Advised {name}{_when(since, until)}"


def _shares_body(body: str) -> str:
    return f"Has a tie to a trade body of the company: {body}"


WORDS: dict[BarKind, Callable[..., str]] = {BarKind.EMPLOYER: _worked, BarKind.ADVISER: _advised}


def _interests(kind: InterestKind) -> Callable[[], QuerySet[StaffInterest]]:
    return lambda: StaffInterest.objects.counting().filter(kind=kind, name="")


def _acted(field: str, rows: Callable[[], QuerySet[Any]]) -> Tie:
    return Tie(BarKind.ONESELF, rows, lambda: "Acted for the company in the service before", user=field)


OF_COMPANY = ("company__name", "since", "until")
TIES: tuple[Tie | DomainTie | NameTie, ...] = (
    Tie(BarKind.ONESELF, CompanyPerson.objects.all, lambda: "Acts for the company in the service"),
    # These are the three ways in which somebody comes to act for a company.
    _acted("started_by", Application.objects.all),
    _acted("closed_by", lambda: Invitation.objects.filter(status=InvitationStatus.ACCEPTED)),
    _acted("user", lambda: JoinRequest.objects.filter(status=JoinRequestStatus.ACCEPTED)),
    Tie(BarKind.EMPLOYER, _interests(InterestKind.EMPLOYER), _worked, told=OF_COMPANY),
    NameTie(BarKind.EMPLOYER, InterestKind.EMPLOYER),
    Tie(BarKind.ADVISER, _interests(InterestKind.ADVISER), _advised, told=OF_COMPANY),
    NameTie(BarKind.ADVISER, InterestKind.ADVISER),
    Tie(
        BarKind.TRADE_BODY,
        _interests(InterestKind.TRADE_BODY),
        _shares_body,
        company="trade_body__companies",
        told=("trade_body__name",),
    ),
    Tie(
        BarKind.TRADE_BODY,
        TradeBody.objects.all,
        _shares_body,
        user="people",
        company="companies",
        told=("name",),
    ),
    DomainTie(BarKind.MAIL_DOMAIN, CompanyPerson.objects.all, "user__email"),
    DomainTie(BarKind.MAIL_DOMAIN, lambda: SecurityContact.objects.filter(until__isnull=True), "email"),
    Tie(
        BarKind.DECLARED,
        ConflictDeclaration.objects.conflicts,
        lambda: "Has declared a conflict of interest about the company",
        company="check_of__membership__company",
    ),
)


@cache
def shared_domains() -> frozenset[str]:
    lines = SHARED_DOMAINS.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in map(str.strip, lines) if line and not line.startswith("#"))


def own_domain(email: str) -> str:
    """The domain of an address, in lower case; empty where everybody can have one."""
    domain = email.rpartition("@")[2].lower()
    return "" if domain in shared_domains() else domain


def barred_from(user: User, check: str = "") -> Q:
    """Of rows with a check at the path `check`: those from which the person is barred as things stand."""
    company = f"{check}__membership__company" if check else "membership__company"
    return Q(Barred(F(company), F(check or "pk"), person=user.pk, domain=own_domain(user.email) or None))


def barred_outright(user: User, company: str) -> Q:
    """Of rows with a company at the path: those from which a bar keeps the person; no override counts."""
    return Q(Barred(F(company), Value(None), person=user.pk, domain=own_domain(user.email) or None))


# Stand for the person's key and domain until both are known.
ANYBODY = User(pk=-(2**40), email="anybody@domain.of.the.person")


def ties_function() -> str:
    """SQL that makes the database function of all ties, which `Barred` asks.

    A migration holds what this returned when TIES were last changed; a test compares. PostgreSQL keeps the
    plans of a function for as long as a connection lasts: written out in each query, the ties took many
    times longer to plan than to answer.
    """
    queries = []
    for tie in TIES:
        rows = tie.of(ANYBODY).filter(**{f"{tie.company}__isnull": False}).order_by().values(tie.company)
        sql, params = rows.query.sql_with_params()
        found = sql % tuple(map(_literal, params))
        queries.append(f"SELECT '{tie.kind.value}', of_tie.* FROM ({found}) of_tie")  # noqa: S608
    body = "\nUNION ALL\n".join(queries)
    return f"""CREATE OR REPLACE FUNCTION assurance_ties(person bigint, domain text)
RETURNS TABLE (kind text, company bigint) LANGUAGE plpgsql STABLE ROWS 20 AS $ties$
#variable_conflict use_column
BEGIN
RETURN QUERY
{body};
END
$ties$"""


def _literal(value: Any) -> str:
    """A parameter as it stands in the function: by name what is the person's, else quoted."""
    if value == ANYBODY.pk:
        return "person"
    if value == own_domain(ANYBODY.email):
        return "domain"
    return str(value) if isinstance(value, int) else "'{}'".format(str(value).replace("'", "''"))


class Barred(Expression):
    """Whether a company is among those of the person's ties, but for what is overridden for the check.

    For no check (NULL) nothing is.
    """

    output_field = BooleanField()

    def __init__(self, company: Any, check: Any, *, person: int, domain: str | None) -> None:
        super().__init__()
        self.company, self.check, self.person, self.domain = company, check, person, domain

    def get_source_expressions(self) -> list[Any]:
        return [self.company, self.check]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        self.company, self.check = exprs

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        company, company_params = compiler.compile(self.company)
        check, check_params = compiler.compile(self.check)
        tied = (self.person, self.domain, sorted(OVERRIDABLE))  # no tie is by a domain that is NULL
        params = [*company_params, *tied, *company_params, *tied]
        params += [*check_params, self.person, *tied, *company_params]
        return BARRED.format(company=company, check=check), tuple(params)


BARRED = """(
    {company} IN (SELECT company FROM assurance_ties(%s, %s) WHERE kind <> ALL(%s))
    OR {company} IN (SELECT company FROM assurance_ties(%s, %s) WHERE kind = ANY(%s)) AND NOT EXISTS (
        SELECT FROM assurance_baroverride lifted
        WHERE lifted.check_of_id = {check} AND lifted.user_id = %s AND lifted.ended_at IS NULL
            AND lifted.bars::text[] @> ARRAY(
                SELECT tie.kind FROM assurance_ties(%s, %s) tie WHERE kind = ANY(%s) AND company = {company}
            )
    )
)"""


def bars_among(users: Collection[User], companies: Collection[int]) -> dict[Pair, list[Bar]]:
    """Every bar between these people and companies (keys), overridden or not, in a query for each tie."""
    by_key = {user.pk: user for user in users}
    found: dict[Pair, dict[Bar, None]] = defaultdict(dict)
    if by_key and companies:
        for tie in TIES:
            for pair, reason in tie.among(by_key, companies):
                found[pair].setdefault(Bar(tie.kind, reason))
    return {pair: list(bars) for pair, bars in found.items()}


def bars_between(user: User, company: Company) -> list[Bar]:
    return bars_among([user], [company.pk]).get((user.pk, company.pk), [])


@dataclass(frozen=True)
class Standing:
    """The bars between people and checks, and which of them are overridden."""

    bars: dict[Pair, list[Bar]]  # of a person and a company
    overrides: dict[Pair, BarOverride]  # of a person and a check

    def override(self, user: User, check: PlanCheck) -> BarOverride | None:
        return self.overrides.get((user.pk, check.pk))

    def left(self, user: User, check: PlanCheck) -> list[Bar]:
        """What bars the person still."""
        override = self.override(user, check)
        lifted = set(override.bars) if override else set()
        bars = self.bars.get((user.pk, check.membership.company_id), [])
        return [bar for bar in bars if not (bar.kind in lifted and bar.can_be_overridden)]


def standing_between(users: Sequence[User], checks: Collection[PlanCheck]) -> Standing:
    """Of checks with their memberships, in a fixed number of queries."""
    overrides = (
        BarOverride.objects.standing().filter(user__in=users, check_of__in=checks).select_related("by")
    )
    return Standing(
        bars=bars_among(users, {check.membership.company_id for check in checks}),
        overrides={(row.user_id, row.check_of_id): row for row in overrides.select_related("by")},
    )
