"""The made-up second edition: seven points, its own numbers, one rental model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from codeofpractice.models import Edition
from codeofpractice.services import load_edition

FILE = Path(__file__).parent / "editions" / "made-up.yaml"
NUMBERS = [11, 12, 20, 25, 31, 47, 52]


def content(**changes: Any) -> dict[str, Any]:
    return yaml.safe_load(FILE.read_bytes()) | changes


def source(**changes: Any) -> bytes:
    return yaml.safe_dump(content(**changes), allow_unicode=True).encode()


def load_made_up(**changes: Any) -> Edition:
    """Loaded, and published unless published_on=None is said. The 2018 edition must be there."""
    made = content(**changes)
    if made["published_on"] is None:
        del made["published_on"]
    return load_edition(source=yaml.safe_dump(made, allow_unicode=True).encode())[0]
