"""Races inside DfT: who has a check, what is found, recommended and decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from django.urls import reverse

from accounts.models import AuditEvent
from assurance import services
from assurance.models import CheckStatus, Decision, PlanCheck, SelectionRound
from assurance.services.interests import Tie
from rvss.fuzz.races.browser import Post
from rvss.fuzz.races.race import AT_ONCE, Facts, Race, address, events, messages, posts_by
from rvss.fuzz.races.world import NOT_MET, PARTLY, POINT, Case, World

FASTER = "Somebody may have been faster than you"
MOVED = "has this check now"
DECIDED = "Nothing was decided twice"


def now(case: Case) -> PlanCheck:
    return PlanCheck.objects.get(pk=case.check.pk)


def recommend_twice(world: World, chance: Random) -> Race:
    case = world.case().found()

    def facts() -> Facts:
        return {
            "recommendations": case.check.recommendations.count(),
            "recommended": now(case).status == CheckStatus.RECOMMENDED,
            "events": events("check.recommended", case.check),
        }

    fill = {"outcome": "met", "reason": "All is well."}
    return Race(
        posts_by(world, [case.assurer], address("recommend", case.check.pk), lambda _: fill),
        address("check", case.check.pk),
        (FASTER,),
        facts,
        {"recommendations": 1, "recommended": True, "events": 1},
    )


def _decision_facts(case: Case) -> Facts:
    """What was decided is what the check, the record and the newest recommendation say."""
    decisions = list(Decision.objects.filter(check_of=case.check))
    check, newest = now(case), case.check.recommendations.order_by("-pk").first()
    return {
        "decisions": len(decisions),
        "decided": check.status == CheckStatus.DECIDED and check.decision in decisions,
        "on the newest": all(decision.recommendation == newest for decision in decisions),
        "events": events("check.decided", case.check),
        "messages": messages(case, "the outcome of the check"),
    }


DECIDED_ONCE = {"decisions": 1, "decided": True, "on the newest": True, "events": 1, "messages": 1}


def decide_at_once(world: World, chance: Random) -> Race:
    """Several leads, who do not agree; both outcomes are borne out."""
    case = world.case().read_twice()
    outcomes = [chance.choice(["not_met", "met_with_actions"]) for _ in range(AT_ONCE)]
    return Race(
        posts_by(
            world,
            world.leads,
            address("decide", case.check.pk),
            lambda turn: {"outcome": outcomes[turn], "reason": "So be it."},
        ),
        address("check", case.check.pk),
        (DECIDED,),
        lambda: _decision_facts(case),
        DECIDED_ONCE,
    )


def decide_on_a_stale_page(world: World, chance: Random) -> Race:
    """A finding was changed and another outcome recommended after half of them opened their page."""
    case = world.case().recommended()
    page = address("decide", case.check.pk)
    stale = posts_by(world, world.leads, page, lambda _: {"outcome": "met_with_actions", "reason": "So."})
    services.send_back(check=case.check, reason="Look at point 3 again.", by=case.lead)
    case.find(POINT, PARTLY)
    case.ask_for_more()
    case.recommend(PARTLY)
    fresh = posts_by(world, world.leads, page, lambda _: {"outcome": "met_with_actions", "reason": "Now."})
    posts = [*stale[: AT_ONCE // 2], *fresh[AT_ONCE // 2 :]]
    chance.shuffle(posts)
    return Race(
        posts,
        address("check", case.check.pk),
        (DECIDED, "There is a newer recommendation than the one that you have read"),
        lambda: _decision_facts(case),
        DECIDED_ONCE,
        firsts=lambda first: [post.said["reason"] for post in first] == ["Now."],
    )


def decide_or_send_back(world: World, chance: Random) -> Race:
    case = world.case().recommended()
    said = {"outcome": "met", "reason": "So."}
    decide = posts_by(world, world.leads, address("decide", case.check.pk), lambda _: said)
    back = posts_by(world, world.leads, address("send_back", case.check.pk), lambda _: {"reason": "Again."})
    posts = [*decide[: AT_ONCE // 2], *back[AT_ONCE // 2 :]]
    chance.shuffle(posts)

    def facts() -> Facts:
        decided, back = events("check.decided", case.check), events("check.sent_back", case.check)
        voids = case.check.recommendations.filter(void__isnull=False).count()
        return {
            "done": decided + back,
            "decisions": Decision.objects.filter(check_of=case.check).count() == decided,
            "voids": voids == back,
            "status": now(case).status == ("decided" if decided else "open" if back else "recommended"),
        }

    told = (DECIDED, "This check is now:")
    whole = {"done": 1, "decisions": True, "voids": True, "status": True}
    return Race(posts, address("check", case.check.pk), told, facts, whole)


def _allocation_facts(case: Case, given: int, barred: int | None = None) -> Facts:
    """`given` is how often it was allocated before."""
    check = now(case)
    return {
        "allocated": events("check.allocated", case.check) - given,
        "as recorded": _last_recorded(case) == check.assurer_id,
        "barred": check.assurer_id is not None and check.assurer_id == barred,
    }


def _last_recorded(case: Case) -> int | None:
    """To whom the record says that the check went."""
    found = AuditEvent.objects.filter(verb="check.allocated", target_id=str(case.check.pk))
    data = found.order_by("-pk").values_list("data", flat=True).first()
    return None if data is None else int(data["to"])


def _to_one(case: Case) -> Callable[[Sequence[Post]], bool]:
    """Who gave it to whoever has it by now may hear that it is done."""

    def firsts(first: Sequence[Post]) -> bool:
        return bool(first) and {int(post.said["to"]) for post in first} == {now(case).assurer_id}

    return firsts


def allocate(world: World, chance: Random) -> Race:
    """To different assurers at once, of whom one has a tie to the company by then."""
    case = world.case().open()
    barred = world.assurers[-1]
    to = [chance.choice(world.assurers).pk for _ in range(AT_ONCE)]
    posts = posts_by(world, world.leads, address("allocate", case.check.pk), lambda turn: {"to": to[turn]})
    tie = Tie(kind="employer", company=case.membership.company)
    services.record_interest(of=barred, tie=tie, by=barred)
    return Race(
        posts,
        address("check", case.check.pk),
        ("This assurer cannot be given the check now", "cannot check this company", MOVED),
        lambda: _allocation_facts(case, 0, barred.pk),
        {"allocated": 1, "as recorded": True, "barred": False},
        firsts=_to_one(case),
        may_repeat=True,
    )


def take_from_another(world: World, chance: Random) -> Race:
    """Each lead sees the same assurer on the page, and gives the check to somebody else."""
    case = world.case().allocated()
    others = [user for user in world.assurers if user != case.assurer]
    to = [chance.choice(others).pk for _ in range(AT_ONCE)]
    return Race(
        posts_by(
            world,
            world.leads,
            address("allocate", case.check.pk),
            lambda turn: {"to": to[turn], "reason": "On leave."},
        ),
        address("check", case.check.pk),
        (MOVED,),
        lambda: _allocation_facts(case, 1),
        {"allocated": 1, "as recorded": True, "barred": False},
        firsts=_to_one(case),
        may_repeat=True,
    )


def draw(world: World, chance: Random) -> Race:
    """The same groups were looked at; the token on each page is the same."""
    for _ in range(3):
        world.case()
    name, size = f"Drawn {world.run} {chance.random()}", chance.randint(1, 3)
    page = "/rounds/new/"
    asked = {"name": name, "size": size, "allocation": "proportional"}
    posts, shown = [], {}
    for turn in range(AT_ONCE):
        browser = world.browser(world.leads[turn % len(world.leads)])
        if turn < len(world.leads):
            shown[browser.user.pk] = browser.next_form(page, **asked)
        posts.append(browser.post(page, shown[browser.user.pk], {"step": "draw"}))

    def facts() -> Facts:
        rounds = SelectionRound.objects.filter(name=name)
        opened = PlanCheck.objects.filter(selection__round__in=rounds)
        return {
            "rounds": rounds.count(),
            "drawn": sum(round_.selections.count() for round_ in rounds),
            "checks": opened.count(),
            "events": sum(events("round.drawn", round_) for round_ in rounds),
        }

    return Race(
        posts,
        "/rounds/*/",
        ("nothing was drawn", "can be drawn now, so", "Nobody can be drawn now"),
        facts,
        {"rounds": 1, "drawn": size, "checks": size, "events": 1},
    )


def settle(world: World, chance: Random) -> Race:
    """Some leads say that what the first reader found holds, and some that it does not."""
    case = world.case().read_twice(second=PARTLY)
    results = [chance.choice([NOT_MET, PARTLY]) for _ in range(AT_ONCE)]
    prefix = f"point-{POINT}"

    def facts() -> Facts:
        settlement = case.reading.settlements.first()
        is_changed = settlement is not None and settlement.result != NOT_MET
        voids = case.check.recommendations.filter(void__isnull=False).count()
        return {
            "settlements": case.reading.settlements.count(),
            "events": events("reading.settled", case.check),
            "void where it differs": voids == int(is_changed),
            "status": now(case).status == ("open" if is_changed else "recommended"),
        }

    return Race(
        posts_by(
            world,
            world.leads,
            address("reading_settle", case.reading.pk),
            lambda turn: {f"{prefix}-result": results[turn], f"{prefix}-reason": "I have read both."},
        ),
        address("check", case.check.pk),
        ("is settled already", "There is nothing to settle now"),
        facts,
        {"settlements": 1, "events": 1, "void where it differs": True, "status": True},
    )


def submit_reading_twice(world: World, chance: Random) -> Race:
    case = world.case().being_read({POINT: chance.choice([NOT_MET, PARTLY])})

    def facts() -> Facts:
        return {
            "submitted": case.reading.submitted_at is not None,
            "events": events("reading.submitted", case.check),
            "messages": messages(case, "read a second time") > 0,
        }

    page, to = address("reading", case.reading.pk), address("reading_submit", case.reading.pk)
    return Race(
        posts_by(world, [case.reader], page, lambda _: {}, to=to),
        page,
        ("This second reading was submitted already",),
        facts,
        {"submitted": True, "events": 1, "messages": True},
    )


def set_action_twice(world: World, chance: Random) -> Race:
    case = world.case().found()
    case.find(POINT, PARTLY)
    of = {"pk": case.check.pk, "point": POINT}
    page, to = reverse("assurance:point", kwargs=of), reverse("assurance:action_add", kwargs=of)
    said = {
        "action-description": "Verify licences at night, too.",
        "action-owner_role": "Operations manager",
        "action-no_target_reason": "It depends on the new branch.",
    }

    def facts() -> Facts:
        return {
            "actions": case.check.actions.count(),
            "events": sum(events("action.set", action) for action in case.check.actions.all()),
        }

    return Race(
        posts_by(world, [case.assurer], page, lambda _: said, to=to),
        page,
        ("This action is set already",),
        facts,
        {"actions": 1, "events": 1},
    )


def add_note_twice(world: World, chance: Random) -> Race:
    case = world.case().allocated()
    said = {
        "kind": "call", "text": "They will send it.", "happened_on_day": "5", "happened_on_month": "1",
        "happened_on_year": "2026",
    }  # fmt: skip

    def facts() -> Facts:
        return {"notes": case.check.notes.count(), "events": events("check.noted", case.check)}

    return Race(
        posts_by(world, [case.assurer], address("note_add", case.check.pk), lambda _: said),
        address("check", case.check.pk),
        ("This note is kept already",),
        facts,
        {"notes": 1, "events": 1},
    )
