"""Loading an edition of the Code of Practice from its YAML."""

from __future__ import annotations

import hashlib
import re
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from jsonschema import Draft202012Validator, FormatChecker

from accounts.models import User
from accounts.services import record_event
from applications.choices import RentalModel
from codeofpractice.models import Applicability, Edition, EditionStatus, Point

SCHEMA = Path(__file__).resolve().parent.parent / "editions" / "schema.yaml"


class EditionRefused(Exception):
    """The file cannot be loaded; the message names each key at fault, a line each."""


def read_edition(source: bytes) -> dict[str, Any]:
    """The checked content of an edition's YAML. Raises EditionRefused."""
    try:
        content = yaml.safe_load(source)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise EditionRefused(f"This is not YAML: {error}") from error
    content = _dates_as_text(content)
    schema = yaml.safe_load(SCHEMA.read_bytes())
    schema["properties"]["rental_models"]["items"]["enum"] = list(RentalModel.values)
    schema["properties"]["points"]["items"]["properties"]["applies_to"]["enum"] = list(Applicability.values)
    faults = [
        f"{'.'.join(map(str, error.absolute_path)) or 'the file'}: {error.message}"
        for error in sorted(
            Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(content),
            key=lambda error: [str(part) for part in error.absolute_path],
        )
    ] or _repeated(content["points"])
    if faults:
        raise EditionRefused("\n".join(faults))
    return dict(content)


def _dates_as_text(content: Any) -> Any:
    if isinstance(content, dict) and isinstance(content.get("published_on"), date):
        return content | {"published_on": content["published_on"].isoformat()}
    return content


def _repeated(points: list[dict[str, Any]]) -> list[str]:
    faults = []
    for name in ("number", "key"):
        seen: set[Any] = set()
        for place, point in enumerate(points):
            if point[name] in seen:
                faults.append(f"points.{place}.{name}: {point[name]} is there twice")
            seen.add(point[name])
    return faults


def in_paragraphs(text: str) -> str:
    """The lines of a paragraph joined; blank lines part paragraphs."""
    return "\n\n".join(" ".join(block.split()) for block in re.split(r"\n\s*\n", text.strip()))


@transaction.atomic
def load_edition(*, source: bytes, by: User | None = None) -> tuple[Edition, bool]:
    """Load an edition; the flag says whether anything changed. Loading the same file again changes nothing.

    An edition with a date is published, and a published edition never changes: people have signed it.
    Raises EditionRefused. `by` is None when it is loaded from the command line.
    """
    content = read_edition(source)
    digest = hashlib.sha256(source).hexdigest()
    edition = Edition.objects.select_for_update().filter(code=content["code"]).first()
    if edition is not None and edition.source_sha256 == digest:
        return edition, False
    if edition is not None and edition.status == EditionStatus.PUBLISHED:
        raise EditionRefused(
            f"{edition.title} is published and cannot change. Give the changed text a code of its own."
        )
    edition = edition or Edition(code=content["code"])
    published_on = content.get("published_on")
    edition.title = content["title"]
    edition.status = EditionStatus.PUBLISHED if published_on else EditionStatus.DRAFT
    edition.published_on = date.fromisoformat(published_on) if published_on else None
    edition.rental_models = content["rental_models"]
    edition.declaration = in_paragraphs(content["declaration"])
    edition.source_sha256 = digest
    edition.save()
    edition.points.all().delete()
    Point.objects.bulk_create(
        Point(
            edition=edition,
            **{
                key: in_paragraphs(value) if isinstance(value, str) else value for key, value in point.items()
            },
        )
        for point in content["points"]
    )
    record_event(verb="edition.loaded", target=edition, by=by, data={"sha256": digest})
    return edition, True
