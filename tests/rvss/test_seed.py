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
from django.utils import timezone

from accounts.models import AuditEvent, Notification, NotificationStatus, RetentionRun, User
from accounts.services import FIRST_DIGEST, digest_event
from accounts.words import without_marks
from applications.models import (
    Application,
    ApplicationStatus,
    Company,
    ContactConfirmation,
    ContactStanding,
    Declaration,
    EnrolledCompany,
    Membership,
    MembershipOrigin,
    MembershipStatus,
    Reconsideration,
    ReconsiderationStatus,
    Renewal,
    SecurityContact,
)
from applications.services import verify_declaration
from applications.services.contacts import contacts_to_ask
from assurance.levels import AssuranceLevel, with_assurance_level
from assurance.models import (
    ActionStatus,
    CheckStatus,
    CorrectiveAction,
    Decision,
    Finding,
    PartnerCheck,
    PartnerFinding,
    PartnerOutcome,
    PlanCheck,
    Recheck,
    Selection,
    SelectionRound,
)
from assurance.partner_results import ResultFacts
from assurance.recheck_comparison import compare_partners
from codeofpractice.models import PlanVersion, PlanVersionStatus, PointResponse
from codeofpractice.services import load_edition
from reviews.models import SectorEstimate, Snapshot
from rvss.seeding import draw_current_round, seed_scheme

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
        words_of(PartnerCheck.objects.all(), "reference", "outcome", "inspected_on", "sha256", "source"),
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
    current = SecurityContact.objects.current()
    assert set(current.values_list("standing", flat=True)) == set(ContactStanding.values)
    assert current.filter(pk__in=SecurityContact.objects.bounced().values("pk")).exists()
    assert set(Membership.objects.values_list("origin", flat=True)) == set(MembershipOrigin.values)
    through_partner = Membership.objects.filter(origin=MembershipOrigin.PARTNER).count()
    assert EnrolledCompany.objects.filter(status="member").count() == through_partner
    assert Application.objects.filter(origin=MembershipOrigin.PARTNER).count() == through_partner
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
    asked = ContactConfirmation.objects.all()
    assert not asked.filter(asked_at__gt=UNTIL).exists()
    assert not asked.filter(answered_at__gt=UNTIL).exists()
    assert not asked.filter(contact__since__gt=models.F("asked_at")).exists()
    assert contacts_to_ask(UNTIL) == [], "whoever starts the demo sends no message by it"
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


def test_the_last_round_is_drawn_from_groups_and_shared_out() -> None:
    seed(150)
    round_ = draw_current_round(seed="demo")
    assert round_ is not None
    assert round_.strata.count() > 4
    kinds = set(round_.selections.values_list("kind", flat=True))
    assert kinds >= {"random", "certainty"}, "the targeted one counts as random when it is drawn, too"
    assert round_.exclusions.count() == 1
    assert not PlanCheck.objects.filter(selection__round=round_, assurer=None).exists()
    call_command("redraw_round", str(round_.pk))


def test_partners_have_sent_results_and_some_are_checked_again() -> None:
    seed(400)
    results = PartnerCheck.objects.all()
    assert set(results.values_list("outcome", flat=True)) == set(PartnerOutcome.values)
    assert results.filter(replaces__isnull=False).exists()
    assert PartnerFinding.objects.exists()
    assert not results.exclude(membership__partner=models.F("body")).exists()
    assert not results.filter(sent_at__gt=UNTIL - timedelta(days=60)).exists()
    assert not results.filter(inspected_on__lt=models.F("membership__started_on")).exists()
    sent = AuditEvent.objects.filter(verb="partner_check.recorded")
    assert sent.count() == results.count()
    rechecks = Recheck.objects.all()
    assert 0 < rechecks.count() < results.count()
    assert not rechecks.filter(partner_check__replaced_by__isnull=False).exists()
    (partner,), _ = compare_partners()
    assert partner.is_enough
    assert 0 < partner.agreed < partner.compared < partner.drawn
    levels = with_assurance_level(Membership.objects.filter(status="active")).order_by()
    assert set(levels.values_list("assurance_level", flat=True)) == set(AssuranceLevel.values)


def test_seeded_results_are_those_that_the_partner_would_send_again() -> None:
    seed(100)
    for row in PartnerCheck.objects.select_related("membership", "edition", "replaces"):
        points = dict(row.findings.values_list("point__number", "result"))
        facts = ResultFacts(
            reference=row.reference,
            membership=row.membership.number,
            kind=row.kind,
            inspected_on=row.inspected_on,
            inspected_by=row.inspected_by,
            outcome=row.outcome,
            summary=row.summary,
            edition=row.edition.code if row.edition else "",
            points=points,
            replaces=row.replaces.reference if row.replaces else "",
            correction_reason=row.correction_reason,
        )
        assert facts.sha256 == row.sha256
        assert len(points) == row.points_count


def test_every_declaration_can_be_verified() -> None:
    seed()
    declarations = Declaration.objects.select_related("application")
    sent = Application.objects.filter(submitted_at__isnull=False).count()
    assert declarations.count() == sent + Renewal.objects.filter(completed_at__isnull=False).count()
    assert all(verify_declaration(row) for row in declarations)


def test_each_membership_has_the_history_of_its_status() -> None:
    seed(600)
    today = timezone.localdate(UNTIL)
    for membership in Membership.objects.prefetch_related("events", "renewals"):
        kinds = [row.kind for row in membership.events.all()]
        assert kinds[0] == "started"
        left = set(kinds) - {"started", "renewed"}
        assert left == (set() if membership.status == "active" else {membership.status})
        for event in membership.events.all():
            assert membership.started_on <= event.day <= today
        is_open = [row for row in membership.renewals.all() if row.completed_at is None]
        assert all(row.due_on == membership.renewal_due_on for row in is_open)
    assert Membership.objects.renewal_coming(today).exists()
    assert Membership.objects.renewal_overdue(today).exists()
    # What the service would write to people today is written already.
    assert not Membership.objects.to_remind(today).exists()


def test_a_company_is_found_by_its_name_and_without_its_accents() -> None:
    seed(300)
    company = Company.objects.filter(name__regex=r"^[A-Za-z]*[ŷŵâêôéàìòùÁÉ]").first()
    assert company is not None
    plain = without_marks(company.name.split()[0]).lower()
    assert plain.isascii()
    assert company in Company.objects.matching(plain)
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
    forgotten = Company.objects.filter(home_region="")
    assert set(forgotten.values_list("applications__status", flat=True)) == {"expired"}
    assert not forgotten.filter(people__isnull=False).exists()


def test_what_was_asked_rejected_and_left_is_there_to_see() -> None:
    seed(600)
    for status in ReconsiderationStatus.values[:2]:
        assert Reconsideration.objects.filter(status=status).exists()
    asked = Application.objects.filter(status="question").annotate(asked=models.Count("questions"))
    assert set(asked.values_list("asked", flat=True)) == {1, 2}
    assert Application.objects.filter(status="submitted", due_on__lt=UNTIL).exists()
    assert Application.objects.filter(status="draft", warned=30).exists()
    # What the service would do today is done already.
    assert not Application.objects.drafts_to_warn_of(timezone.localdate(UNTIL)).exists()
    assert not Application.objects.drafts_to_expire(UNTIL).exists()


def test_the_command() -> None:
    out = StringIO()
    with pytest.raises(CommandError, match="Load an edition first"):
        call_command("seed_demo", "--companies", "20", stdout=out)
    load_edition(source=EDITION.read_bytes())
    call_command("seed_demo", "--companies", "20", "--seed", "3", "--until", "2026-03-31", stdout=out)
    assert "20 companies" in out.getvalue()
    assert Snapshot.objects.count() == 1
    report = RetentionRun.objects.get()
    assert report.status == "reported"
    found = {part.rule: part.found for part in report.parts.all()}
    assert {rule for rule in found if found[rule]} >= {
        "invitations", "messages", "past_contacts", "unconfirmed_accounts",
    }  # fmt: skip
    call_command("seed_demo", "--companies", "20", "--if-empty", stdout=out)
    assert Company.objects.count() == 20
    with pytest.raises(CommandError, match="1 or more"):
        call_command("seed_demo", "--companies", "0")
