"""docs/personal-data.md, made from the register."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from rvss.personal_data import ROOMS, RULES

SOURCE = settings.BASE_DIR / "docs" / "personal-data.in.md"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    header = list(header)
    lines = [header, ["---"] * len(header), *map(list, rows)]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines]


def draw() -> str:
    """The words of docs/personal-data.in.md, with the tables put in."""
    words = SOURCE.read_text(encoding="utf-8")
    return words.replace("<!-- what is held -->", what_is_held()).replace("<!-- rules -->", rules())


def what_is_held() -> str:
    lines = ["## What is held", ""]
    header = ("what", "whose", "why", "how long", "then", "at an erasure")
    for name, room in ROOMS.items():
        rows = [
            [
                f"**{held.title}**: {held.what}",
                held.whose,
                held.why,
                held.kept,
                held.at_the_end,
                held.on_erasure,
            ]
            for held in room.holdings
        ]
        lines += [f"### `{name}/`", "", *table(header, rows), ""]
    return "\n".join(lines).strip()


def rules() -> str:
    rows = [[rule.what, rule.after, rule.action] for rule in RULES.values()]
    return "\n".join(["## What the monthly report lists", "", *table(("what", "when", "what happens"), rows)])
