"""An edition's YAML: read, checked against the schema and against the editions that it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker

from applications.choices import RentalModel, VehicleClass
from codeofpractice.models import Asked, Edition, EditionStatus, Point, Relation

SCHEMA = Path(__file__).resolve().parent / "editions" / "schema.yaml"
MAX_BYTES = 1024 * 1024
MAX_DEPTH = 24
TOO_DEEP = "the file: it is nested too deep"


class EditionRefused(Exception):
    """The file cannot be loaded; the message names each key at fault, a line each."""


@dataclass(frozen=True)
class Row:
    """One correspondence as the file states it. `point` is a key of the file; None when the other is gone."""

    point: str | None
    earlier: Edition
    earlier_point: Point | None
    relation: Relation
    note: str = ""


def in_paragraphs(text: str) -> str:
    """The lines of a paragraph joined; blank lines part paragraphs."""
    return "\n\n".join(" ".join(block.split()) for block in re.split(r"\n\s*\n", text.strip()))


def read_edition(source: bytes) -> dict[str, Any]:
    """The checked content of an edition's YAML. Raises EditionRefused."""
    content = _dates_as_text(_parse(source))
    if _is_deep(content):
        raise EditionRefused(TOO_DEEP)
    errors = _validator().iter_errors(content)
    faults = [
        f"{'.'.join(map(str, error.absolute_path)) or 'the file'}: {error.message[:300]}"
        for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
    ] or _repeated(content["points"])
    if faults:
        raise EditionRefused("\n".join(faults))
    return _tidy(content)


def _parse(source: bytes) -> Any:
    if len(source) > MAX_BYTES:
        raise EditionRefused("The file is larger than 1 MB. An edition is text alone.")
    try:
        # A few lines of references to references open to gigabytes; an edition has no use for them.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(source)):
            raise EditionRefused("the file: write each text out; references (*) are not read")
        return yaml.safe_load(source)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        raise EditionRefused(f"This is not YAML: {error}") from error
    except RecursionError:
        raise EditionRefused(TOO_DEEP) from None


def _is_deep(content: Any, left: int = MAX_DEPTH) -> bool:
    inside = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    return left == 0 or any(_is_deep(each, left - 1) for each in inside)


def _dates_as_text(content: Any) -> Any:
    if isinstance(content, dict) and isinstance(content.get("published_on"), date):
        return content | {"published_on": content["published_on"].isoformat()}
    return content


def _validator() -> Draft202012Validator:
    schema = yaml.safe_load(SCHEMA.read_bytes())
    schema["$defs"]["rental_model"]["enum"] = list(RentalModel.values)
    schema["$defs"]["asked"]["enum"] = list(Asked.values)
    schema["$defs"]["vehicle_class"]["enum"] = list(VehicleClass.values)
    return Draft202012Validator(schema, format_checker=FormatChecker())


def _repeated(points: list[dict[str, Any]]) -> list[str]:
    faults = []
    for name in ("number", "key"):
        seen: set[Any] = set()
        for place, point in enumerate(points):
            if point[name] in seen:
                faults.append(f"points.{place}.{name}: {point[name]} is there twice")
            seen.add(point[name])
    return faults


def _tidy(content: dict[str, Any]) -> dict[str, Any]:
    points = [
        {
            "number": point["number"],
            "key": point["key"],
            "title": point["title"].strip(),
            "requirement": in_paragraphs(point["requirement"]),
            "good_evidence": in_paragraphs(point["good_evidence"]),
            "applies_when": point.get("applies_when", {}),
            "asks_for": sorted(point.get("asks_for", [])),
            "corresponds": point.get("corresponds", []),
        }
        for point in content["points"]
    ]
    return content | {
        "title": content["title"].strip(),
        "declaration": in_paragraphs(content["declaration"]),
        "points": points,
        "gone": content.get("gone", []),
    }


def find_correspondences(content: dict[str, Any]) -> list[Row]:
    """What the file says about earlier editions. Raises EditionRefused, also for what it leaves unsaid."""
    stated = list(_stated(content))
    codes = {entry["edition"] for _, _, entry in stated}
    editions = {row.code: row for row in Edition.objects.filter(code__in=codes).prefetch_related("points")}
    faults: list[str] = []
    rows: list[Row] = []
    for place, key, entry in stated:
        row = _row(key, entry, editions, content["code"])
        if isinstance(row, Row):
            rows.append(row)
        else:
            faults.append(f"{place}.{row}")
    faults = faults or [*_contradictions(rows), *_unsaid(content, rows)]
    if faults:
        raise EditionRefused("\n".join(faults))
    return rows


def _stated(content: dict[str, Any]) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    for place, point in enumerate(content["points"]):
        for n, entry in enumerate(point["corresponds"]):
            yield f"points.{place}.corresponds.{n}", point["key"], entry
    for n, entry in enumerate(content["gone"]):
        yield f"gone.{n}", None, entry


def _row(key: str | None, entry: dict[str, Any], editions: dict[str, Edition], own: str) -> Row | str:
    code = entry["edition"]
    earlier = editions.get(code)
    if code == own:
        return "edition: an edition does not correspond to itself"
    if earlier is None or earlier.status != EditionStatus.PUBLISHED:
        return f"edition: no edition {code} is published"
    relation = Relation(entry.get("relation", Relation.GONE))
    note = in_paragraphs(entry.get("note", ""))
    if relation == Relation.NEW:
        return Row(key, earlier, None, relation, note)
    name = "key" if "key" in entry else "number"
    found = [point for point in earlier.points.all() if getattr(point, name) == entry[name]]
    if not found:
        return f"{name}: the edition {code} has no point {entry[name]}"
    return Row(key, earlier, found[0], relation, note)


def _contradictions(rows: list[Row]) -> list[str]:
    faults = []
    stated = Counter(
        (row.point, row.earlier.code, row.earlier_point and row.earlier_point.key) for row in rows
    )
    for (point, code, earlier), times in stated.items():
        if times > 1:
            faults.append(f"{point or 'gone'}: {earlier or 'new'} of the edition {code} is there twice")
    of_point = {(row.point, row.earlier.code) for row in rows if row.point and row.earlier_point}
    kept = {row.earlier_point.pk for row in rows if row.point and row.earlier_point}
    for row in rows:
        if row.relation == Relation.NEW and (row.point, row.earlier.code) in of_point:
            faults.append(f"{row.point}: it cannot be new and correspond to the edition {row.earlier.code}")
        if row.relation == Relation.GONE and row.earlier_point and row.earlier_point.pk in kept:
            faults.append(f"gone: {row.earlier_point.key} has a point that corresponds to it")
    return faults


def _unsaid(content: dict[str, Any], rows: list[Row]) -> Iterator[str]:
    """An edition that is named is accounted for in full: otherwise a member's text could fall between."""
    for code, earlier in {row.earlier.code: row.earlier for row in rows}.items():
        said = {row.point for row in rows if row.earlier.code == code}
        for place, point in enumerate(content["points"]):
            if point["key"] not in said:
                yield f"points.{place}.corresponds: say what it is against the edition {code}, or new"
        met = {row.earlier_point.pk for row in rows if row.earlier_point}
        for old in earlier.points.all():
            if old.pk not in met:
                yield f"gone: {old.key} of the edition {code} has no point that corresponds to it"


def content_of(edition: Edition) -> dict[str, Any]:
    """What is loaded, in a form that compares equal with `comparable` of the file that it came from."""
    rows = edition.correspondences.select_related("point", "earlier_point", "earlier_edition")
    names = ("number", "key", "title", "requirement", "good_evidence", "applies_when", "asks_for")
    return {
        "title": edition.title,
        "declaration": edition.declaration,
        "rental_models": sorted(edition.rental_models),
        "points": [{name: getattr(point, name) for name in names} for point in edition.points.all()],
        "correspondences": sorted(
            (
                row.earlier_edition.code,
                row.point.key if row.point else "",
                row.earlier_point.key if row.earlier_point else "",
                row.relation,
                row.note,
            )
            for row in rows
        ),
    }


def comparable(content: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    points = [{k: v for k, v in point.items() if k != "corresponds"} for point in content["points"]]
    return {
        "title": content["title"],
        "declaration": content["declaration"],
        "rental_models": sorted(content["rental_models"]),
        "points": sorted(points, key=lambda point: point["number"]),
        "correspondences": sorted(
            (
                row.earlier.code,
                row.point or "",
                row.earlier_point.key if row.earlier_point else "",
                str(row.relation),
                row.note,
            )
            for row in rows
        ),
    }
