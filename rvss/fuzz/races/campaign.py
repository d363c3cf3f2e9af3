"""Rounds of races, one kind after the other; in some of them connections are cut."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from accounts.models import AuditEvent
from accounts.services import FIRST_DIGEST, digest_event
from rvss.fuzz.races import checks, members
from rvss.fuzz.races.breaking import Gate
from rvss.fuzz.races.browser import Answer, Volley, send_at_once
from rvss.fuzz.races.race import Kind, Race, judge, judge_again, judge_cut
from rvss.fuzz.races.world import World

Say = Callable[[str], object]
NAMED: list[Kind] = [
    checks.recommend_twice, checks.decide_at_once, checks.decide_on_a_stale_page, checks.allocate,
    checks.draw, checks.settle, members.answer_action, members.ask_to_reconsider,
    members.answer_reconsideration, members.decide_suspension, members.close_action, members.send_result,
]  # fmt: skip
OTHERS: list[Kind] = [
    checks.decide_or_send_back, checks.take_from_another, checks.submit_reading_twice,
    checks.set_action_twice, checks.add_note_twice, members.look_again, members.answer_question,
    members.declare_twice,
]  # fmt: skip
# Each has one that comes first and commits, while the others wait for its row.
CUT: list[Kind] = [
    checks.decide_at_once, checks.recommend_twice, checks.settle, checks.allocate, members.answer_action,
    members.answer_reconsideration, members.decide_suspension, members.send_result,
]  # fmt: skip
COLUMNS = ("rounds", "posts", "first", "told", "lost", "no answer", "faults")


@dataclass
class Report:
    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    faults: list[str] = field(default_factory=list)
    seconds: float = 0

    def lines(self) -> list[str]:
        total: Counter[str] = sum(self.counts.values(), Counter())
        rows = [
            f"{name:<26}" + "".join(f"{counts[column] or '':>10}" for column in COLUMNS)
            for name, counts in [*sorted(self.counts.items()), ("together", total)]
        ]
        return [
            " " * 26 + "".join(f"{column:>10}" for column in COLUMNS),
            *rows,
            f"{total['rounds']:,} rounds of {total['posts']:,} posts in {self.seconds:,.0f} s: "
            f"{total['outcomes']:,} outcomes, {len(self.faults)} faults",
            *(f"\n{fault}" for fault in self.faults),
        ]


class Chain:
    """The end of the record, and whether what came since follows it."""

    def __init__(self) -> None:
        last = AuditEvent.objects.order_by("pk").last()
        self.pk, self.digest = (last.pk, last.digest) if last else (0, FIRST_DIGEST)

    def faults(self) -> list[str]:
        for event in AuditEvent.objects.filter(pk__gt=self.pk).order_by("pk"):
            if event.previous_digest != self.digest or event.digest != digest_event(event):
                return [f"the record does not hold at {event}"]
            self.pk, self.digest = event.pk, event.digest
        return []


class Campaign:
    def __init__(self, world: World, gate: Gate, seed: int) -> None:
        self.world, self.gate, self.seed = world, gate, seed
        self.report = Report()
        self.chain = Chain()

    def run(self, rounds: int, say: Say = print) -> Report:
        """Each kind by turns, so that the first `len(ROUNDS)` have every kind once."""
        began = time.perf_counter()
        for number in range(rounds):
            chance = Random(f"{self.seed}/{number}")
            kind, way = ROUNDS[number % len(ROUNDS)]
            chosen = kind or CUT[number // len(ROUNDS) % len(CUT)]
            way(self, chosen, chance)
            if (number + 1) % 20 == 0:
                say(f"{number + 1:,} rounds, {len(self.report.faults)} faults")
        self.report.seconds = time.perf_counter() - began
        return self.report

    def race(self, kind: Kind, chance: Random) -> None:
        race = kind(self.world, chance)
        answers = send_at_once(self.world.port, race.posts)
        self._count(kind.__name__, race, answers, judge(race, answers))

    def database_lost(self, kind: Kind, chance: Random) -> None:
        """The database ends the connections of some that commit; what they had written must go."""
        self._cut("database lost", kind, chance, self._end_some)

    def database_gone(self, kind: Kind, chance: Random) -> None:
        """It ends every connection that commits: nothing at all has happened."""
        self._cut("database gone", kind, chance, self._end_all)

    def database_lost_late(self, kind: Kind, chance: Random) -> None:
        """It ends one that may have committed by then: nobody knows."""
        self._cut("database lost late", kind, chance, self._end_while_it_commits)

    def hung_up(self, kind: Kind, chance: Random) -> None:
        """The people are gone before anything is committed."""
        self._cut("hung up", kind, chance, self._hang_up)

    def _end_some(self, volley: Volley, chance: Random) -> None:
        for _ in range(chance.randint(1, 3)):
            self.gate.cut(self.gate.waiting())
        self.gate.open()

    def _end_all(self, volley: Volley, chance: Random) -> None:
        while volley.is_under_way:
            self.gate.cut(self.gate.waiting_now())
            time.sleep(0.01)
        self.gate.open()

    def _end_while_it_commits(self, volley: Volley, chance: Random) -> None:
        self.gate.open_and_cut(self.gate.waiting())

    def _hang_up(self, volley: Volley, chance: Random) -> None:
        self.gate.waiting()
        volley.hang_up()
        self.gate.open()

    def _cut(self, name: str, kind: Kind, chance: Random, cut: Callable[[Volley, Random], None]) -> None:
        race = kind(self.world, chance)
        volley = Volley(self.world.port, race.posts)
        self.gate.close()
        volley.start()
        cut(volley, chance)
        answers = volley.wait()
        self.gate.wait_until_quiet()
        faults = judge_cut(race, answers)
        cut_off = [answer.post for answer in answers if answer.status in {0, 503}]
        was_done = race.facts() == race.whole
        again = send_at_once(self.world.port, [chance.choice(cut_off or race.posts)])
        faults += judge_again(race, again[0], was_done=was_done)
        self._count(name, race, [*answers, *again], [f"{kind.__name__}: {fault}" for fault in faults])

    def _count(self, name: str, race: Race, answers: Sequence[Answer], faults: list[str]) -> None:
        faults = [*faults, *self.chain.faults()]
        counts = self.report.counts[name]
        counts["rounds"] += 1
        counts["posts"] += len(answers)
        counts["outcomes"] += race.facts() == race.whole
        counts["faults"] += len(faults)
        for answer in answers:
            counts[_became_of(race, answer)] += 1
        self.report.faults += [f"{name}: {fault}" for fault in faults]


def _became_of(race: Race, answer: Answer) -> str:
    if not answer.status:
        return "no answer"
    if race.is_first(answer):
        return "first"
    return "lost" if answer.status == 503 else "told"


Way = Callable[[Campaign, Kind, Random], None]
# What is raced for, and how; where a connection is cut, the kinds of CUT take turns. The first ones are the
# slice that runs with the tests.
ROUNDS: list[tuple[Kind | None, Way]] = [
    *((kind, Campaign.race) for kind in NAMED),
    (None, Campaign.database_lost),
    (None, Campaign.hung_up),
    *((kind, Campaign.race) for kind in OTHERS),
    (None, Campaign.database_gone),
    (None, Campaign.database_lost_late),
]
SLICE = len(NAMED) + 2
