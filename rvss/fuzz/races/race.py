"""One race: what is posted at once, what may come of it, and whether that is what came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from django.db.models import Model
from django.urls import reverse

from accounts.models import AuditEvent, Notification, User
from rvss.fuzz.races.browser import Answer, Post
from rvss.fuzz.races.world import Case, World

AT_ONCE = 20
Facts = Mapping[str, object]
# What the page says when the database went away under a request.
LOST = ("We lost the connection",)


def one(first: Sequence[Post]) -> bool:
    return len(first) == 1


@dataclass
class Race:
    """`facts` are what the database holds of it: as they were before, or `whole`, and nothing in between.

    Whoever was first `lands` somewhere; everybody else reads one of the things that are `told`.
    """

    posts: list[Post]
    lands: str
    told: tuple[str, ...]
    facts: Callable[[], Facts]
    whole: Facts
    firsts: Callable[[Sequence[Post]], bool] = one
    may_repeat: bool = False  # who asks for what is so already lands there, too
    before: Facts = field(init=False)

    def __post_init__(self) -> None:
        self.before = self.facts()
        if self.before == self.whole:
            raise RuntimeError("nothing would have to happen")

    def is_first(self, answer: Answer) -> bool:
        if not self.lands:  # a program is told what it made
            return answer.status == 201
        return answer.status == 302 and fnmatchcase(answer.location, self.lands)

    def is_told(self, answer: Answer, *, may_be_lost: bool = False) -> bool:
        """Whether it is a page, or what a program reads, that says what happened."""
        if answer.status == 503:
            return may_be_lost and any(words in answer.words for words in LOST)
        return answer.status in {200, 403, 409} and any(words in answer.words for words in self.told)


Kind = Callable[[World, Random], Race]


def judge(race: Race, answers: Sequence[Answer]) -> list[str]:
    """What is wrong when nothing was cut."""
    first = [answer.post for answer in answers if race.is_first(answer)]
    faults = [_describe(row) for row in answers if not race.is_first(row) and not race.is_told(row)]
    if len(answers) != len(race.posts):
        faults.append(f"{len(answers)} answers to {len(race.posts)} posts")
    if not race.firsts(first):
        faults.append(f"{len(first)} were told that it was they: {[post.said for post in first]}")
    if (now := race.facts()) != race.whole:
        faults.append(f"the database holds {dict(now)}, not {dict(race.whole)}")
    return faults


def judge_cut(race: Race, answers: Sequence[Answer]) -> list[str]:
    """What is wrong when the connection of some was cut: it may all have happened, or nothing."""
    first = [answer.post for answer in answers if race.is_first(answer)]
    faults = [
        _describe(row)
        for row in answers
        if row.status and not race.is_first(row) and not race.is_told(row, may_be_lost=True)
    ]
    if len(answers) != len(race.posts):
        faults.append(f"{len(answers)} answers to {len(race.posts)} posts")
    now = race.facts()
    if now not in (race.before, race.whole):
        faults.append(f"half saved: {dict(now)}, neither {dict(race.before)} nor {dict(race.whole)}")
    if first and (now != race.whole or not race.firsts(first)):
        faults.append(f"{len(first)} were told that it was they, and the database holds {dict(now)}")
    return faults


def judge_again(race: Race, answer: Answer, *, was_done: bool) -> list[str]:
    """What is wrong when somebody who was cut sends the same once more: by then it happens, or has."""
    is_told = race.is_told(answer) or (race.may_repeat and race.is_first(answer))
    is_right = is_told if was_done else race.is_first(answer)
    faults = [] if is_right else [f"sent again: {_describe(answer)}"]
    if (now := race.facts()) != race.whole:
        faults.append(f"sent again, the database holds {dict(now)}, not {dict(race.whole)}")
    return faults


def _describe(answer: Answer) -> str:
    where = f" to {answer.location}" if answer.location else ""
    words = answer.words[:400] or repr(answer.text[:200])
    return f"{answer.post.by} {dict(answer.post.said)}: {answer.status}{where} {words}"


# What kinds of races are made of.


def address(name: str, key: int) -> str:
    return reverse(f"assurance:{name}", kwargs={"pk": key})


def posts_by(
    world: World, users: Sequence[User], page: str, fill: Callable[[int], Mapping[str, Any]], *, to: str = ""
) -> list[Post]:
    """Each opens the page once; then they press by turns, until it is AT_ONCE times."""
    browsers = [world.browser(user) for user in users]
    shown = [browser.form(page, to) for browser in browsers]
    return [
        browsers[turn % len(users)].post(to or page, shown[turn % len(users)], fill(turn))
        for turn in range(AT_ONCE)
    ]


def events(verb: str, target: Model) -> int:
    kind = target._meta.label_lower
    return AuditEvent.objects.filter(verb=verb, target_type=kind, target_id=str(target.pk)).count()


def messages(case: Case, words: str) -> int:
    number = case.membership.number
    return Notification.objects.filter(subject__startswith=number, subject__contains=words).count()
