"""The draw: fair in the long run, the same for the same seed, and repeatable from what is stored."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction

from accounts.models import AuditEvent, Notification, Role, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.design import RoundDesign
from assurance.draw import draw, frame_digest, strata_digest
from assurance.frame import eligible_members
from assurance.models import PlanCheck, SelectionRound
from tests import factories as make

FRAME = [f"RVSS-{n:06d}" for n in range(1, 41)]


def test_the_order_is_that_of_the_digests() -> None:
    """Worked out here in another way than in the service."""
    digests = {hashlib.sha256(b"seed:" + number.encode()).hexdigest(): number for number in FRAME}
    by_hand = [digests[digest] for digest in sorted(digests)]
    assert draw(seed="seed", frame=FRAME, size=7) == by_hand[:7]


def test_the_order_of_the_frame_does_not_matter() -> None:
    assert draw(seed="s", frame=reversed(FRAME), size=9) == draw(seed="s", frame=FRAME, size=9)
    assert frame_digest(reversed(FRAME)) == frame_digest(FRAME)


def test_each_member_is_drawn_as_often_as_theory_says() -> None:
    """Draws of 10 in 40: each count is binomial(2000, 0.25); 5 standard deviations allow for 40 looks."""
    draws = 2_000
    drawn = Counter(number for n in range(draws) for number in draw(seed=f"seed {n}", frame=FRAME, size=10))
    spread = 5 * math.sqrt(draws * 0.25 * 0.75)
    assert set(drawn) == set(FRAME)
    assert all(abs(count - draws * 0.25) < spread for count in drawn.values())


@pytest.fixture
def members(db: None) -> list[str]:
    make.EditionFactory()
    rows = [make.MembershipFactory(company=make.CompanyFactory(owner=make.UserFactory())) for _ in range(6)]
    suspended = make.MembershipFactory(status="suspended")
    assert not eligible_members().filter(pk=suspended.pk).exists()
    version = make.PlanVersionFactory(membership=rows[0], started_by=make.UserFactory(), answered=True)
    make.submit(version)
    return sorted(row.number for row in rows)


def test_a_round_keeps_what_is_needed_to_repeat_it(members: list[str]) -> None:
    lead = make.UserFactory(role=Role.LEAD)
    round_ = services.draw_round(design=RoundDesign(name="Spring", size=3, seed="public seed"), by=lead)
    assert round_.frame == members
    assert round_.frame_sha256 == strata_digest({"": members})
    drawn = list(round_.selections.order_by("position").values_list("membership__number", flat=True))
    assert drawn == draw(seed="public seed", frame=members, size=3)
    assert set(round_.selections.values_list("inclusion_probability", flat=True)) == {0.5}
    assert PlanCheck.objects.filter(selection__round=round_).count() == 3
    assert Notification.objects.count() == 3
    assert AuditEvent.objects.get(verb="round.drawn").data["seed"] == "public seed"
    out = StringIO()
    call_command("redraw_round", round_.pk, stdout=out)
    assert "The same 3 members of 6" in out.getvalue()


def test_a_check_takes_the_submitted_plan_or_asks_for_it(members: list[str]) -> None:
    lead = make.UserFactory(role=Role.LEAD)
    services.draw_round(design=RoundDesign(name="All", size=6), by=lead)
    with_plan = PlanCheck.objects.exclude(plan_version=None).get()
    assert with_plan.plan_version is not None
    assert with_plan.plan_version.plan.membership_id == with_plan.membership_id
    asked = Notification.objects.filter(body__contains="You have not submitted a plan yet")
    assert asked.count() == 5


def test_a_member_with_a_check_that_goes_on_is_not_drawn_again(members: list[str]) -> None:
    lead = make.UserFactory(role=Role.LEAD)
    services.draw_round(design=RoundDesign(name="First", size=4), by=lead)
    assert eligible_members().count() == 2
    with pytest.raises(TransitionRefused, match="2 members can be drawn now"):
        services.draw_round(design=RoundDesign(name="Second", size=3), by=lead)


@pytest.mark.parametrize("size", [0, -1, 7])
def test_a_size_that_cannot_be(members: list[str], size: int) -> None:
    with pytest.raises(TransitionRefused):
        services.draw_round(design=RoundDesign(name="Round", size=size), by=make.UserFactory(role=Role.LEAD))
    assert not SelectionRound.objects.exists()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.LEAD])
def test_only_a_lead_draws(members: list[str], role: str) -> None:
    with pytest.raises(PermissionDenied):
        services.draw_round(design=RoundDesign(name="Round", size=1), by=make.UserFactory(role=role))


def test_a_drawn_round_never_changes(members: list[str]) -> None:
    round_ = services.draw_round(
        design=RoundDesign(name="Spring", size=3), by=make.UserFactory(role=Role.LEAD)
    )
    for attempt in (
        lambda: SelectionRound.objects.update(seed="another"),
        lambda: round_.selections.update(position=9),
        lambda: round_.selections.first().delete(),  # type: ignore[union-attr]
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()


def test_what_cannot_be_repeated_is_said(members: list[str]) -> None:
    made_up = make.SelectionRoundFactory(frame=members, frame_size=6, frame_sha256=frame_digest(members))
    with pytest.raises(CommandError, match="other members"):
        call_command("redraw_round", made_up.pk)
    with pytest.raises(CommandError, match="not the one"):
        call_command("redraw_round", make.SelectionRoundFactory().pk)
    with pytest.raises(CommandError, match="no round"):
        call_command("redraw_round", 0)


def test_checks_are_shared_out_evenly_and_not_to_the_companys_own(members: list[str]) -> None:
    lead = make.UserFactory(role=Role.LEAD)
    User.objects.filter(role=Role.ASSURER).update(is_active=False)
    first, second = make.UserFactory(role=Role.ASSURER), make.UserFactory(role=Role.ASSURER)
    round_ = services.draw_round(design=RoundDesign(name="All", size=6), by=lead)
    own = PlanCheck.objects.order_by("pk").first()
    assert own is not None
    own.membership.company.people.create(user=first, level="viewer")
    shared = services.allocate_round(round_=round_, by=lead)
    assert (len(shared.given), shared.left) == (6, [])
    loads = Counter(PlanCheck.objects.values_list("assurer", flat=True))
    assert sorted(loads.values()) == [3, 3]
    own.refresh_from_db()
    assert own.assurer == second
