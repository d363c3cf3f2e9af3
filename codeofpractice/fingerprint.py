"""What a version says, as a digest: who confirms it confirms this, and nothing that came later."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from codeofpractice.answers import PointAnswer, answers_of_all
from codeofpractice.models import PlanVersion


def fingerprint_of(version: PlanVersion) -> str:
    """SHA-256 over the answers, measures, figures, evidence and confirmed passages, in a fixed order."""
    [answers] = answers_of_all([version])
    content = {"edition": version.edition.code, "points": [list(_said(answer)) for answer in answers]}
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _said(answer: PointAnswer) -> Iterator[Any]:
    row = answer.response
    yield answer.point.number
    yield [row.position, row.how_met, row.responsible_role, row.planned_for, row.not_applicable_reason]
    yield [[each.what, each.state, each.day, each.owner_role] for each in answer.measures]
    yield [[each.course, each.staff, each.trained, each.trained_on] for each in answer.trainings]
    yield [[each.file.sha256, each.title, each.effective_on, each.expires_on] for each in answer.evidence]
    yield [link.passage.text for link in answer.passages]
