"""The rules of a check, written down apart from the service: who may do what, when, and what it makes.

Points 1 and 2; people by name, the first letter of which is their part: A an assurer, L a lead, O an owner
and E an editor of the company, anybody else an outsider.
"""

from __future__ import annotations

from dataclasses import dataclass, field

SHORT = {"partly", "not_met"}
RESULTS = ["met", "partly", "not_met", "not_applicable"]
OUTCOMES = ["met", "met_with_actions", "not_met", "no_response"]
POINTS = (1, 2)
AFTER_ACTION = {
    "open": {"planned", "not_planned", "done", "closed"},
    "planned": {"planned", "not_planned", "done", "closed"},
    "not_planned": {"planned", "not_planned", "done", "closed"},
    "done": {"open", "put_right", "closed"},
    "put_right": set[str](),
    "closed": set[str](),
}


@dataclass
class Reading:
    """A second reading of the newest recommendation."""

    reader: str = ""
    results: dict[int, str] = field(default_factory=dict)
    is_submitted: bool = False
    settled: dict[int, str] = field(default_factory=dict)


@dataclass
class Case:
    has_plan: bool
    all_read_twice: bool
    status: str = ""
    assurer: str = ""
    conflicts: set[str] = field(default_factory=set)
    lifted: set[str] = field(default_factory=set)  # whose conflict a lead has overridden
    declared: set[str] = field(default_factory=set)  # who said last that they have none
    findings: dict[int, str] = field(default_factory=dict)
    questions: set[int] = field(default_factory=set)
    is_sent: bool = False  # the company has submitted its plan
    is_late: bool = False  # the day by which it was to come has passed
    actions: dict[int, tuple[int, str]] = field(default_factory=dict)  # by key: point and status
    recommended: list[tuple[str, str]] = field(default_factory=list)  # who, and what
    voided: int = 0
    reading: Reading | None = None
    past_readers: set[str] = field(default_factory=set)  # of second readings that are void
    borne_out: dict[int, str] | None = None  # what the newest second reading came to
    decided: list[tuple[str, str]] = field(default_factory=list)
    asked_again: bool = False
    answered_again: bool = False

    def __post_init__(self) -> None:
        self.status = "open" if self.has_plan else "waiting"
        self.is_sent = self.has_plan

    # Who a person is.

    def is_barred(self, who: str) -> bool:
        return who in self.conflicts - self.lifted

    def may_lead(self, who: str) -> bool:
        return who[0] == "L" and not self.is_barred(who)

    def has_opened(self, who: str) -> bool:
        """The assurer of the check and leads, who have declared in it."""
        has_part = who[0] == "L" or (who[0] == "A" and who == self.assurer)
        return has_part and who in self.declared and not self.is_barred(who)

    def works(self, who: str) -> bool:
        return self.in_hand and who[0] == "A" and self.has_opened(who)

    def has_recommended(self, who: str) -> bool:
        return any(by == who for by, _ in self.recommended)

    def may_judge(self, who: str) -> bool:
        return who[0] == "L" and self.has_opened(who) and not self.has_recommended(who)

    def writes_for_company(self, who: str) -> bool:
        return who[0] in "OE"

    @property
    def readers(self) -> set[str]:
        return self.past_readers | ({self.reading.reader} if self.reading else set()) - {""}

    @property
    def in_hand(self) -> bool:
        return self.status in {"open", "waiting"}

    # Who has the check.

    def may_allocate(self, by: str, to: str) -> bool:
        is_free = to[0] == "A" and not self.is_barred(to) and to not in self.readers
        return self.in_hand and self.may_lead(by) and is_free

    def may_declare(self, who: str) -> bool:
        has_part = who[0] == "L" or (who[0] == "A" and (who == self.assurer or who in self.readers))
        return has_part and not self.is_barred(who)

    def declare(self, who: str, *, conflict: bool) -> None:
        if not conflict:
            self.declared.add(who)
            return
        self.conflicts.add(who)
        self.declared.discard(who)
        self.bar(who)
        reading = self.reading
        if reading and reading.reader == who and not reading.results and not reading.is_submitted:
            reading.reader = ""

    def bar(self, who: str) -> None:
        self.lifted.discard(who)
        if self.assurer == who and self.status != "decided":
            self.assurer = ""

    def may_lift(self, by: str, of: str) -> bool:
        return self.may_lead(by) and by != of and of[0] in "AL"

    # Findings, questions and actions.

    def may_find(self, who: str, point: int, result: str) -> bool:
        return self.works(who) and self.has_plan and (result != "not_applicable" or point == 2)

    def may_ask(self, who: str, point: int) -> bool:
        return self.works(who) and self.has_plan and point not in self.questions

    def ask(self, point: int) -> None:
        self.questions.add(point)
        self.status = "waiting"

    def end_question(self, point: int) -> None:
        self.questions.discard(point)
        if not self.questions:
            self.status = "open"

    def may_take_plan(self, who: str) -> bool:
        return self.works(who) and self.is_sent

    def take_plan(self) -> None:
        if not self.has_plan:
            self.has_plan = True
            self.status = "open"

    def may_set_action(self, who: str, point: int) -> bool:
        return self.works(who) and self.findings.get(point) in SHORT

    # Recommendation, second reading, decision.

    def bears(self, outcome: str) -> bool:
        """Whether what was found can come to this outcome."""
        if outcome == "no_response" or not self.has_plan:
            return outcome == "no_response" and not self.is_sent and self.is_late
        if self.questions or set(self.findings) != set(POINTS):
            return False
        short = {point for point, result in self.findings.items() if result in SHORT}
        at = {point for point, _ in self.actions.values()}
        return (outcome == "met") == (not short) and short == at

    def may_recommend(self, who: str, outcome: str) -> bool:
        return self.works(who) and self.bears(outcome)

    def recommend(self, who: str, outcome: str) -> None:
        self.recommended.append((who, outcome))
        self.status = "recommended"
        self.questions.clear()
        is_due = self.all_read_twice or outcome == "not_met" or "not_met" in self.findings.values()
        is_new = outcome != "no_response" and self.borne_out != self.findings
        self.reading = Reading() if is_due and is_new else None

    @property
    def awaits_reading(self) -> bool:
        return self.status == "recommended" and self.reading is not None and not self.reading.is_submitted

    @property
    def differing(self) -> set[int]:
        """Points on which the two readers differ and which nobody has settled."""
        if self.status != "recommended" or self.reading is None or not self.reading.is_submitted:
            return set()
        second = self.reading.results
        return {p for p in POINTS if second[p] != self.findings[p] and p not in self.reading.settled}

    def may_be_given(self, by: str, to: str) -> bool:
        if not self.awaits_reading or self.reading is None:
            return False
        is_apart = to[0] == "A" and to != self.assurer and not self.has_recommended(to)
        may = self.may_lead(by) if by != to else self.reading.reader in {"", to}
        return is_apart and not self.is_barred(to) and may and self.is_unread_or(to)

    def is_unread_or(self, who: str) -> bool:
        return self.reading is not None and (not self.reading.results or self.reading.reader == who)

    def give(self, to: str) -> None:
        assert self.reading is not None
        self.reading.reader = to

    def reads(self, who: str) -> bool:
        is_reader = self.awaits_reading and self.reading is not None and self.reading.reader == who
        return is_reader and who in self.declared and not self.is_barred(who)

    def submit(self) -> None:
        assert self.reading is not None
        self.reading.is_submitted = True
        self.borne_out = dict(self.reading.results)

    def settle(self, results: dict[int, str]) -> None:
        assert self.reading is not None
        assert self.borne_out is not None
        self.reading.settled |= results
        self.borne_out |= results
        if any(self.findings[point] != result for point, result in results.items()):
            self.void()

    def void(self) -> None:
        self.voided += 1
        self.status = "open"
        self.past_readers = self.readers
        self.reading = None

    def may_decide(self, who: str, outcome: str) -> bool:
        is_ripe = self.status == "recommended" and not self.awaits_reading and not self.differing
        return is_ripe and self.may_judge(who) and self.may_be_told(outcome)

    def may_be_told(self, outcome: str) -> bool:
        """Two readers stand behind each "not met"."""
        return self.bears(outcome) and (outcome != "not_met" or self.borne_out == self.findings)

    # Afterwards.

    def may_ask_again(self, who: str) -> bool:
        return self.status == "decided" and who[0] == "O" and not self.asked_again

    def may_answer_again(self, who: str, outcome: str) -> bool:
        is_waiting = self.asked_again and not self.answered_again
        if not is_waiting or not self.may_judge(who) or who == self.decided[-1][0]:
            return False
        return outcome == self.decided[-1][1] or self.may_be_told(outcome)

    def answer_again(self, who: str, outcome: str) -> None:
        self.answered_again = True
        if outcome != self.decided[-1][1]:
            self.decided.append((who, outcome))

    def may_answer_action(self, who: str, key: int, kind: str) -> bool:
        _, status = self.actions[key]
        is_to_do = status in {"open", "planned", "not_planned"}
        return self.status == "decided" and self.writes_for_company(who) and is_to_do

    def may_judge_action(self, who: str, key: int, after: str) -> bool:
        _, status = self.actions[key]
        return self.status == "decided" and self.has_opened(who) and after in AFTER_ACTION[status]

    def change_action(self, key: int, after: str) -> None:
        self.actions[key] = (self.actions[key][0], after)
