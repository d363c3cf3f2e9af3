"""Seeding: the same data for the same seed, every state there, and a record that holds."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models, transaction

from accounts.models import AuditEvent, Notification, NotificationStatus, User
from accounts.services import FIRST_DIGEST, digest_event
from applications.models import (
    Application,
    ApplicationStatus,
    Company,
    Declaration,
    Membership,
    MembershipOrigin,
    MembershipStatus,
)
from applications.services import verify_declaration
from assurance.models import (
    ActionStatus,
    CheckStatus,
    CorrectiveAction,
    Decision,
    Finding,
    PlanCheck,
    Selection,
    SelectionRound,
)
from codeofpractice.models import PlanVersion, PlanVersionStatus, PointResponse
from codeofpractice.services import load_edition
from reviews.models import SectorEstimate, Snapshot
from rvss.seeding import seed_scheme

UNTIL = datetime(2026, 3, 31, tzinfo=UTC)
EDITION = Path("codeofpractice/editions/2018.yaml")
pytestmark = pytest.mark.django_db


def seed(companies: int = 60, number: int = 1) -> None:
    edition, _ = load_edition(source=EDITION.read_bytes())
    seed_scheme(companies=companies, seed=number, until=UNTIL, edition=edition)


def words_of(queryset: models.QuerySet[Any], *fields: str) -> list[tuple[Any, ...]]:
    return sorted(queryset.values_list(*fields), key=str)


def digest() -> str:
    """Over what people would see: keys differ from run to run."""
    events = AuditEvent.objects.exclude(verb="edition.loaded")
    rows = [
        words_of(User.objects.all(), "email", "name", "role"),
        words_of(Company.objects.all(), "public_id", "name", "fleet_size", "search_terms", "sites__name"),
        words_of(Application.objects.all(), "reference", "status", "started_at", "decided_at"),
        words_of(Declaration.objects.all(), "sha256"),
        words_of(Membership.objects.all(), "number", "status", "company__name", "renewal_due_on"),
        words_of(PointResponse.objects.all(), "version__plan__membership__number", "how_met", "position"),
        words_of(Selection.objects.all(), "round__seed", "membership__number", "position"),
        words_of(Finding.objects.all(), "check_of__membership__number", "point__key", "result", "note"),
        words_of(Decision.objects.all(), "outcome", "decided_at", "decided_by__email"),
        words_of(Notification.objects.all(), "to", "subject", "status"),
        words_of(SectorEstimate.objects.all(), "year", "region", "fleet_band", "companies"),
        list(events.order_by("pk").values_list("at", "verb", "target_label", "reason", "by__email")),
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def digest_of(companies: int, number: int) -> str:
    with transaction.atomic():
        seed(companies, number)
        found = digest()
        transaction.set_rollback(True)
    return found


def test_the_same_seed_gives_the_same_data_and_another_seed_other_data() -> None:
    first = digest_of(60, 1)
    assert digest_of(60, 1) == first
    assert digest_of(60, 2) != first


def test_every_state_is_there() -> None:
    seed()
    for model, states in (
        (Application, ApplicationStatus),
        (Membership, MembershipStatus),
        (PlanVersion, PlanVersionStatus),
        (PlanCheck, CheckStatus),
        (CorrectiveAction, ActionStatus),
        (Notification, NotificationStatus),
    ):
        found = set(model.objects.values_list("status", flat=True))
        assert found == set(states.values), model.__name__
    assert set(Membership.objects.values_list("origin", flat=True)) == set(MembershipOrigin.values)
    outcomes = set(Decision.objects.values_list("outcome", flat=True))
    assert {"met", "met_with_actions", "no_response"} <= outcomes
    assert PlanCheck.objects.filter(assurer=None).exists()


def test_nothing_happens_before_the_18_months_or_after_them() -> None:
    seed()
    events = AuditEvent.objects.exclude(verb="edition.loaded").order_by("pk")
    times = list(events.values_list("at", flat=True))
    assert times == sorted(times)
    assert times[0] >= UNTIL - timedelta(days=548)
    assert times[-1] <= UNTIL
    assert not Application.objects.filter(submitted_at__lt=models.F("started_at")).exists()
    assert not Application.objects.filter(decided_at__lt=models.F("submitted_at")).exists()
    assert not PlanVersion.objects.filter(submitted_at__gt=UNTIL).exists()
    assert not Decision.objects.filter(decided_at__gt=UNTIL).exists()
    assert not PlanCheck.objects.filter(plan_version__submitted_at__gt=models.F("opened_at")).exists()


def test_the_chain_of_the_record_holds() -> None:
    seed()
    previous = FIRST_DIGEST
    for event in AuditEvent.objects.order_by("pk"):
        assert event.previous_digest == previous
        assert event.digest == digest_event(event)
        previous = event.digest
    assert AuditEvent.objects.filter(verb="application.accepted").count() == Membership.objects.count()


def test_every_round_can_be_drawn_again() -> None:
    seed()
    for row in SelectionRound.objects.all():
        call_command("redraw_round", str(row.pk), stdout=(said := StringIO()))
        assert f"The same {row.sample_size} members" in said.getvalue()


def test_every_declaration_can_be_verified() -> None:
    seed()
    declarations = Declaration.objects.select_related("application")
    assert declarations.count() == Application.objects.filter(submitted_at__isnull=False).count()
    assert all(verify_declaration(row) for row in declarations)


def test_a_company_is_found_by_its_name_and_without_its_accents() -> None:
    seed(300)
    company = Company.objects.filter(name__contains="Llŷn").first()
    assert company is not None
    assert company in Company.objects.matching("llyn")
    assert company in Company.objects.matching(company.postcode)


def test_a_second_run_adds_and_numbers_go_on() -> None:
    seed(30)
    members = Membership.objects.count()
    seed(30)
    numbers = sorted(Membership.objects.values_list("number", flat=True))
    assert numbers == [f"RVSS-{place:06d}" for place in range(1, len(numbers) + 1)]
    assert len(numbers) > members
    assert Company.objects.count() == 60


@pytest.mark.parametrize("companies", [1, 2, 7])
def test_a_very_small_scheme(companies: int) -> None:
    seed(companies)
    assert Company.objects.count() == companies


def test_most_firms_are_small() -> None:
    seed(600)
    bands = list(Company.objects.values_list("fleet_band", flat=True))
    assert bands.count("micro") > bands.count("medium") > bands.count("very_large") > 0
    assert Company.objects.filter(home_region="").count() == 0


def test_the_command() -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="Load an edition first"):
        call_command("seed_demo", "--companies", "20", stdout=out)
    load_edition(source=EDITION.read_bytes())
    call_command("seed_demo", "--companies", "20", "--seed", "3", "--until", "2026-03-31", stdout=out)
    assert "20 companies" in out.getvalue()
    assert Snapshot.objects.count() == 1
    call_command("seed_demo", "--companies", "20", "--if-empty", stdout=out)
    assert Company.objects.count() == 20
    with pytest.raises(CommandError, match="1 or more"):
        call_command("seed_demo", "--companies", "0")
