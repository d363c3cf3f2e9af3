"""Races in which the company or a partner has a part: answers, actions, closings, suspensions, results."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from django.urls import reverse
from django.utils import timezone

from assurance import services
from assurance.models import (
    CheckStatus,
    Closure,
    DecisionReconsideration,
    PartnerCheck,
    SecondLook,
    SuspensionProposal,
)
from assurance.services.suspensions import PROPOSED_AFTER, propose_suspension
from rvss.fuzz.races.browser import program_post
from rvss.fuzz.races.race import AT_ONCE, Facts, Race, address, events, messages, posts_by
from rvss.fuzz.races.world import PARTLY, POINT, Case, World

FASTER = "Somebody may have been faster than you"
CLOSING = {"code": "other", "reason": "The branch has closed."}


def answer_action(world: World, chance: Random) -> Race:
    """Two colleagues, who do not say the same."""
    case = world.case().decided(PARTLY)
    day = timezone.localdate() + timedelta(days=9)
    planned = {"planned_for_day": day.day, "planned_for_month": day.month, "planned_for_year": day.year}
    kinds = [chance.choice(["planned", "not_planned", "done"]) for _ in range(AT_ONCE)]
    page = address("action", case.action.pk)

    def facts() -> Facts:
        answers = list(case.action.answers.all())
        told = sum(answer.kind != "planned" for answer in answers)
        verbs = [f"action.{kind}" for kind in ("planned", "not_planned", "done")]
        return {
            "answers": len(answers),
            "events": sum(events(verb, case.action) for verb in verbs),
            "status": case.action.status == (answers[0].kind if answers else "open"),
            "messages": messages(case, "an action is") == told,
        }

    return Race(
        posts_by(
            world,
            [case.owner, case.editor],
            page,
            lambda turn: {"kind": kinds[turn], "note": "So it stands.", **planned},
        ),
        page,
        ("You or a colleague have answered", "This action is now:"),
        facts,
        {"answers": 1, "events": 1, "status": True, "messages": True},
    )


def close_action(world: World, chance: Random) -> Race:
    """Its assurer and the leads."""
    case = world.case().decided(PARTLY)

    def facts() -> Facts:
        return {
            "closures": Closure.objects.filter(action=case.action).count(),
            "closed": case.action.status == "closed" and bool(case.action.closed_reason),
            "events": events("action.closed", case.action),
            "messages": messages(case, "an action is closed"),
        }

    return Race(
        posts_by(
            world,
            [case.assurer, *world.leads],
            address("action_close", case.action.pk),
            lambda _: CLOSING,
        ),
        address("action", case.action.pk),
        (FASTER,),
        facts,
        {"closures": 1, "closed": True, "events": 1, "messages": 1},
    )


def look_again(world: World, chance: Random) -> Race:
    """At what the assurer closed."""
    case = world.case().decided(PARTLY)
    # The service draws one in ten; this one is drawn.
    closure = Closure.objects.create(action=case.action, **CLOSING, by=case.assurer, is_sampled=True)

    def facts() -> Facts:
        looks = SecondLook.objects.filter(closure=closure)
        return {"looks": looks.count(), "events": events("closure.looked_at", closure)}

    results = [chance.choice(["right", "not_right"]) for _ in range(AT_ONCE)]
    return Race(
        posts_by(
            world,
            world.leads,
            address("closure_look", closure.pk),
            lambda turn: {"result": results[turn], "note": "I have looked."},
        ),
        reverse("assurance:closures"),
        ("Somebody has looked at this already",),
        facts,
        {"looks": 1, "events": 1},
    )


def _asked(case: Case) -> None:
    point = case.world.points[POINT]
    services.ask_company(check=case.check, point=point, question="Who does it?", by=case.assurer)


def answer_question(world: World, chance: Random) -> Race:
    """Two colleagues; DfT takes the question back at the same moment."""
    case = world.case().allocated()
    _asked(case)
    asked = case.check.requests.get()
    page = address("request_answer", asked.pk)
    answers = posts_by(world, [case.owner, case.editor], page, lambda _: {"answer": "The manager."})
    back = reverse("assurance:request_withdraw", kwargs={"pk": case.check.pk, "asked": asked.pk})
    withdrawals = posts_by(world, [case.assurer, *world.leads], back, lambda _: CLOSING)
    posts = [*answers[: AT_ONCE // 2], *withdrawals[AT_ONCE // 2 :]]
    chance.shuffle(posts)

    def facts() -> Facts:
        asked.refresh_from_db()
        answered, withdrawn = asked.answered_at is not None, asked.withdrawn_at is not None
        case.check.refresh_from_db()
        return {
            "done": answered + withdrawn,
            "answered": events("check.answered", case.check) == answered == bool(asked.answer),
            "withdrawn": events("check.request_withdrawn", case.check) == withdrawn,
            "closure": Closure.objects.filter(request=asked).count() == withdrawn,
            "status": case.check.status == ("open" if answered or withdrawn else "waiting"),
        }

    whole = {"done": 1, "answered": True, "withdrawn": True, "closure": True, "status": True}
    told = ("This has been answered already", "DfT no longer asks for this")
    return Race(posts, "/c*/*/", told, facts, whole)


def ask_to_reconsider(world: World, chance: Random) -> Race:
    case = world.case().decided()

    def facts() -> Facts:
        asked = DecisionReconsideration.objects.filter(decision__check_of=case.check)
        return {
            "asked": asked.count(),
            "events": events("check.reconsideration_asked", case.check),
            "messages": messages(case, "asked to look at an outcome again") > 0,
        }

    return Race(
        posts_by(
            world, [case.owner], address("outcome_ask", case.check.pk), lambda _: {"grounds": "We do it."}
        ),
        address("outcome", case.check.pk),
        ("DfT looks at an outcome again once, and has been asked",),
        facts,
        {"asked": 1, "events": 1, "messages": True},
    )


def answer_reconsideration(world: World, chance: Random) -> Race:
    """Leads who had no part in the outcome; some say that it stands, and some change it."""
    case = world.case().decided("not_met")
    asked = services.ask_to_reconsider(check=case.check, grounds="We do it.", by=case.owner)
    outcomes = [chance.choice(["not_met", "met_with_actions"]) for _ in range(AT_ONCE)]

    def facts() -> Facts:
        asked.refresh_from_db()
        case.check.refresh_from_db()
        decision = case.check.decision
        assert decision is not None
        changed = decision.outcome != "not_met"
        return {
            "answered": asked.answered_at is not None,
            "decisions": case.check.decisions.count() == 1 + changed,
            "replaced": decision.replaces_id == (asked.decision_id if changed else None),
            "status": case.check.status == CheckStatus.DECIDED,
            "events": events("check.reconsidered", case.check),
            "messages": messages(case, "looked at the outcome again"),
        }

    return Race(
        posts_by(
            world,
            world.leads[1:],
            address("outcome_reconsider", asked.pk),
            lambda turn: {"outcome": outcomes[turn], "reason": "I have looked again."},
        ),
        reverse("assurance:outcome_reconsiderations"),
        ("This request has been answered already",),
        facts,
        {"answered": True, "decisions": True, "replaced": True, "status": True, "events": 1, "messages": 1},
    )


def decide_suspension(world: World, chance: Random) -> Race:
    case = world.case().decided(PARTLY)
    late = case.action.target_on + PROPOSED_AFTER + timedelta(days=1)
    proposal = propose_suspension(membership=case.membership, today=late)
    assert proposal is not None
    answers = [chance.choice(["yes", "no"]) for _ in range(AT_ONCE)]

    def facts() -> Facts:
        status = SuspensionProposal.objects.get(pk=proposal.pk).status
        case.membership.refresh_from_db()
        suspended, declined = status == "suspended", status == "declined"
        return {
            "decided": suspended or declined,
            "membership": case.membership.status == ("suspended" if suspended else "active"),
            "history": case.membership.events.filter(kind="suspended").count() == suspended,
            "closures": Closure.objects.filter(proposal=proposal).count() == declined,
            "events": events("suspension.decided", proposal) + events("suspension.declined", proposal),
        }

    return Race(
        posts_by(
            world,
            world.leads,
            address("suspension", proposal.pk),
            lambda turn: {"suspend": answers[turn], **CLOSING},
        ),
        reverse("assurance:suspensions"),
        ("This proposal is now:",),
        facts,
        {"decided": True, "membership": True, "history": True, "closures": True, "events": 1},
    )


def send_result(world: World, chance: Random) -> Race:
    """By programs of the partner: the same reference, for the same result or for another."""
    case = world.case()
    case.membership.company.trade_bodies.add(world.body)
    case.membership.origin, case.membership.partner = "partner", world.body
    case.membership.save()
    outcomes = [chance.choice(["met", "not_met"]) for _ in range(AT_ONCE)]
    said = {
        "reference": f"INSP-{case.membership.number}",
        "membership": case.membership.number,
        "kind": "on_site",
        "inspected_on": (timezone.localdate() - timedelta(days=10)).isoformat(),
        "inspected_by": "Field team",
    }
    results = PartnerCheck.objects.filter(body=world.body, reference=said["reference"])

    def facts() -> Facts:
        return {
            "results": results.count(),
            "events": sum(events("partner_check.recorded", row) for row in results.all()),
            "messages": messages(case, "result of an inspection"),
        }

    to = reverse("assurance:partner_checks_api")
    return Race(
        [
            program_post(f"Program {turn}", to, world.secret, {**said, "outcome": outcomes[turn]})
            for turn in range(AT_ONCE)
        ],
        "",
        (f'"reference":"{said["reference"]}"', "You have sent another result with this reference"),
        facts,
        {"results": 1, "events": 1, "messages": 1},
    )


def declare_twice(world: World, chance: Random) -> Race:
    """A conflict of interest, by the assurer who has the check: afterwards they no longer see it."""
    case = world.case().open()
    services.allocate_check(check=case.check, to=case.assurer, by=case.lead)

    def facts() -> Facts:
        case.check.refresh_from_db()
        return {
            "declarations": case.check.declarations.count(),
            "taken off": case.check.assurer is None,
            "events": events("check.conflict_declared", case.check),
            "taken off once": events("check.taken_off", case.check),
        }

    return Race(
        posts_by(
            world,
            [case.assurer],
            address("declare", case.check.pk),
            lambda _: {"conflict": "yes", "details": "My cousin runs it."},
        ),
        reverse("assurance:queue"),
        ("You have declared a conflict of interest",),
        facts,
        {"declarations": 1, "taken off": True, "events": 1, "taken off once": 1},
    )
