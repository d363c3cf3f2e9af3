"""The copy of somebody's data as a ZIP: JSON for machines, a page to read. Rows in, bytes out."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string

from accounts.holding import Holding, Row, Subject
from rvss.jinja import in_words, in_words_with_time

STYLESHEET = Path(__file__).parent / "copy.css"
# A page of 100,000 entries opens in no browser; the JSON has them all.
MOST_TO_READ = 1000


@dataclass(frozen=True)
class Section:
    holding: Holding
    rows: list[Row]

    @property
    def to_read(self) -> list[list[tuple[str, str]]]:
        return [
            [(key.replace("_", " ").capitalize(), as_text(value)) for key, value in row.items()]
            for row in self.rows[:MOST_TO_READ]
        ]

    @property
    def left_out(self) -> int:
        return max(len(self.rows) - MOST_TO_READ, 0)


def collect(subject: Subject, holdings: Iterable[Holding]) -> list[Section]:
    """Every kind of data, also where nothing is held: that is an answer, too."""
    return [Section(holding, list(holding.collect(subject))) for holding in holdings]


def as_text(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime):
        return in_words_with_time(value)
    if hasattr(value, "isoformat"):
        return in_words(value)
    return str(value)


def as_json(subject: Subject, sections: list[Section], made_at: datetime) -> str:
    made = {
        "service": "Rental Vehicle Security Scheme",
        "made_at": made_at,
        "about": {
            "person": subject.user.pk if subject.user else None,
            "addresses": sorted(subject.addresses),
        },
        "held": [
            {
                "key": section.holding.key,
                "title": section.holding.title,
                "what": section.holding.what,
                "why": section.holding.why,
                "kept": section.holding.kept,
                "at_the_end": section.holding.at_the_end,
                "rows": section.rows,
            }
            for section in sections
        ],
    }
    return json.dumps(made, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)


def make_zip(subject: Subject, sections: list[Section], made_at: datetime) -> bytes:
    page = render_to_string(
        "personal_data/copy.html",
        {
            "subject": subject,
            "addresses": sorted(subject.addresses),
            "sections": sections,
            "made_at": made_at,
            "style": STYLESHEET.read_text(encoding="utf-8"),
        },
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("read-me.html", page)
        archive.writestr("data.json", as_json(subject, sections, made_at))
    return packed.getvalue()
