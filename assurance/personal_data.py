"""What this room holds about people. tests/rvss/test_personal_data.py finds a field that no list names."""

from __future__ import annotations

from accounts.holding import STAFF, Holding, RoomRegister, Row, Subject, deeds, together
from accounts.models import Role, User
from assurance.models import (
    ActionAnswer,
    AssurerSkills,
    BarOverride,
    CheckNote,
    CheckRequest,
    CheckStatus,
    Closure,
    ConflictDeclaration,
    CorrectiveAction,
    Decision,
    DecisionReconsideration,
    Finding,
    PartnerCheck,
    PartnerCheckList,
    PlanCheck,
    Recommendation,
    RecommendationVoid,
    Retest,
    SecondLook,
    SecondReading,
    SelectionRound,
    Settlement,
    StaffInterest,
    SuspensionProposal,
)


def undecided_checks(user: User) -> list[str]:
    """Findings are recorded by their assurer: somebody must be able to go on."""
    waiting = PlanCheck.objects.filter(assurer=user).exclude(status=CheckStatus.DECIDED)
    numbers = list(waiting.order_by("pk").values_list("membership__number", flat=True)[:10])
    if not numbers:
        return []
    return [f"Checks are not decided yet: {', '.join(numbers)}. A lead assurer gives them to somebody else."]


def own_interests(subject: Subject) -> list[Row]:
    rows = StaffInterest.objects.filter(user=subject.user).select_related("company", "trade_body")
    return [
        {
            "what": row.get_kind_display(),
            "of": row.about,
            "since": row.since,
            "until": row.until,
            "on": row.recorded_at,
            "why somebody else recorded it": row.reason,
            "ended": row.ended_at,
            "why": row.ended_reason,
        }
        for row in rows.order_by("pk")
    ]


def own_skills(subject: Subject) -> list[Row]:
    return [
        {
            "what": "What you can check",
            "rental models": row.rental_models,
            "vehicles": row.vehicle_classes,
            "checks at once": row.capacity,
        }
        for row in AssurerSkills.objects.filter(user=subject.user)
    ]


def own_declarations(subject: Subject) -> list[Row]:
    return [
        {"what": "Declared in a check", "conflict": row.has_conflict, "details": row.details, "on": row.at}
        for row in ConflictDeclaration.objects.filter(user=subject.user).order_by("pk")
    ]


HOLDINGS = (
    Holding(
        key="assurance",
        title="Checks of plans",
        what="Who drew members, recorded findings, recommended, decided, and set actions; "
        "with the words that they wrote, and what the company answered",
        whose="DfT assurers and lead assurers, and people of companies who answer an action",
        why="The scheme must be able to show who decided what, and why",
        kept="As long as the scheme runs, and 6 years after that",
        at_the_end="Destroyed with the record of the scheme",
        on_erasure="It stays, and refers to you by a number. Checks that are not decided are first given to "
        "somebody else",
        fields=(
            "SelectionRound.name",
            "SelectionRound.drawn_by",
            "Selection.reason",
            "RoundExclusion.reason",
            "PlanCheck.assurer",
            "Finding.note",
            "Finding.recorded_by",
            "Recommendation.reason",
            "Recommendation.by",
            "Decision.reason",
            "Decision.recommended_by",
            "Decision.decided_by",
            "CorrectiveAction.description",
            "CorrectiveAction.closed_reason",
            "CorrectiveAction.set_by",
            "CorrectiveAction.owner_role",
            "CorrectiveAction.no_target_reason",
            "ActionAnswer.note",
            "ActionAnswer.by",
            "Retest.note",
            "Retest.by",
            "SuspensionProposal.decided_by",
            "SuspensionProposal.reason",
            "Closure.reason",
            "Closure.by",
            "SecondLook.note",
            "SecondLook.by",
            "SecondLook.closed_by",
            "DecisionReconsideration.grounds",
            "DecisionReconsideration.asked_by",
            "DecisionReconsideration.answer",
            "DecisionReconsideration.answered_by",
            "DecisionReconsideration.decided_by",
            "SecondReading.reader",
            "SecondFinding.note",
            "Settlement.reason",
            "Settlement.by",
            "RecommendationVoid.reason",
            "RecommendationVoid.by",
            "CheckRequest.question",
            "CheckRequest.asked_by",
            "CheckRequest.answer",
            "CheckRequest.answered_by",
            "CheckRequest.withdrawn_by",
            "CheckRequest.withdrawn_reason",
            "CheckNote.text",
            "CheckNote.with_whom",
            "CheckNote.by",
            "FindingDraft.note",
            "FindingDraft.result",
            "FindingDraft.by",
        ),
        # Not the words: they speak of a company's plan.
        collect=together(
            deeds(SelectionRound, "Round drawn", by="drawn_by", at="drawn_at", label="name"),
            deeds(PlanCheck, "Check given to you", by="assurer", at="opened_at"),
            deeds(Finding, "Finding recorded", by="recorded_by", at="recorded_at"),
            deeds(Recommendation, "Outcome recommended", by="by", at="at"),
            deeds(Decision, "Outcome decided", by="decided_by", at="decided_at"),
            deeds(CorrectiveAction, "Action set", by="set_by", at="set_at"),
            deeds(ActionAnswer, "Action answered", by="by", at="at"),
            deeds(Retest, "Point looked at again", by="by", at="at"),
            deeds(SuspensionProposal, "Suspension decided", by="decided_by", at="decided_at"),
            deeds(SecondReading, "Plan read a second time", by="reader", at="submitted_at"),
            deeds(Settlement, "Point settled", by="by", at="at"),
            deeds(RecommendationVoid, "Recommendation made void", by="by", at="at"),
            deeds(Closure, "Something closed", by="by", at="at"),
            deeds(SecondLook, "A closure looked at again", by="by", at="at"),
            deeds(DecisionReconsideration, "Outcome asked to be looked at", by="asked_by", at="asked_at"),
            deeds(DecisionReconsideration, "Outcome looked at again", by="answered_by", at="answered_at"),
            deeds(CheckRequest, "Question asked", by="asked_by", at="asked_at"),
            deeds(CheckRequest, "Question answered", by="answered_by", at="answered_at"),
            deeds(CheckNote, "Note kept", by="by", at="at"),
        ),
        roles=STAFF,
    ),
)

INTERESTS = Holding(
    key="interests",
    title="Interests of assurers and leads",
    what="What ties them to companies and trade bodies, who recorded it and why, what they declared in "
    "each case before they opened a plan, which bars a lead overrode for them, and what they can check",
    whose="DfT assurers and lead assurers",
    why="Nobody is to judge the plan of a company to which they are tied, and the scheme must be able to "
    "show it",
    kept="As long as the scheme runs, and 6 years after that",
    at_the_end="Destroyed with the record of the scheme",
    on_erasure="It stays with the checks that it explains, and refers to you by a number",
    fields=(
        "StaffInterest.user",
        "StaffInterest.name",
        "StaffInterest.name_key",
        "StaffInterest.recorded_by",
        "StaffInterest.reason",
        "StaffInterest.ended_by",
        "StaffInterest.ended_reason",
        "AssurerSkills.user",
        "ConflictDeclaration.user",
        "ConflictDeclaration.details",
        "BarOverride.user",
        "BarOverride.reason",
        "BarOverride.by",
        "BarOverride.ended_by",
        "BarOverride.ended_reason",
    ),
    collect=together(
        own_interests,
        own_skills,
        own_declarations,
        deeds(StaffInterest, "Interest recorded", by="recorded_by", at="recorded_at"),
        deeds(BarOverride, "Bars overridden by you", by="by", at="at"),
        deeds(BarOverride, "Bars overridden for you", by="user", at="at"),
    ),
    roles=STAFF,
)

PARTNERS = Holding(
    key="partner_checks",
    title="Results from approved partners",
    what="Who sent the result of an inspection or a list of them, the words about it, and the inspector’s "
    "organisation or role; not the inspector’s name",
    whose="People of approved partners",
    why="Results count in the figures of the scheme, so it must be able to show where each came from",
    kept="As long as the scheme runs, and 6 years after that",
    at_the_end="Destroyed with the record of the scheme",
    on_erasure="It stays, and refers to you by a number",
    fields=(
        "PartnerCheck.reference",
        "PartnerCheck.inspected_by",
        "PartnerCheck.summary",
        "PartnerCheck.correction_reason",
        "PartnerCheck.sent_by",
        "PartnerCheckList.file_name",
        "PartnerCheckList.sent_by",
        "PartnerCheckList.import_by",
        "PartnerCheckRow.cells",
        "PartnerCheckProblem.written",
        "PartnerCheckProblem.text",
    ),
    # Not the words: they speak of a company.
    collect=together(
        deeds(PartnerCheck, "Result sent", by="sent_by", at="sent_at", label="reference"),
        deeds(PartnerCheckList, "List of results sent", by="sent_by", at="sent_at", label="file_name"),
        deeds(PartnerCheckList, "List of results taken over", by="import_by", at="import_at"),
    ),
    roles=frozenset({Role.PARTNER}),
)

REGISTER = RoomRegister(
    holdings=(*HOLDINGS, INTERESTS, PARTNERS),
    not_about_people={
        "what is needed to repeat a draw": (
            "SelectionRound.seed",
            "SelectionRound.algorithm",
            "SelectionRound.frame",
            "SelectionRound.frame_sha256",
            "SelectionRound.risk_rules",
            "RoundStratum.key",
            "RoundStratum.label",
            "RoundStratum.members",
            "Selection.risk_rules_met",
        ),
        "what tells a sent file apart, and how its taking over went": (
            "PartnerCheck.sha256",
            "PartnerCheckList.sha256",
            "PartnerCheckList.ignored_columns",
            "PartnerCheckList.last_error",
            "PartnerCheckProblem.column",
            "PartnerCheckRow.reason",
        ),
    },
    obstacles=(undecided_checks,),
)
