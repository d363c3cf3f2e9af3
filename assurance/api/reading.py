"""What a program sends as one result, read as a row of a file is; with a pointer to each fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from applications.api.reading import Faults, unknown_fields, whole_object
from assurance.partner_columns import MOST_POINTS, read_row
from assurance.partner_results import ResultFacts

FIELDS = (
    "reference", "membership", "kind", "inspected_on", "inspected_by", "outcome", "summary", "edition",
    "replaces", "correction_reason",
)  # fmt: skip
KNOWN = {*FIELDS, "points"}


def read_result(request: Request) -> ResultFacts:
    """Raises ValidationError."""
    data = whole_object(request)
    faults = unknown_fields(data, KNOWN)
    cells: dict[str, str] = {}
    for name in FIELDS:
        value = data.get(name)
        if value is not None and not isinstance(value, str):
            faults[name] = "Give text, or leave it out."
        elif value is not None:
            cells[name] = value
    points, faults_of_points = _read_points(data.get("points"))
    if faults_of_points:
        faults["points"] = faults_of_points
    facts, problems = read_row(cells | points)
    found = point_at({problem.column: problem.text for problem in problems})
    faults = _together(found, faults)
    if faults or facts is None:
        raise ValidationError(faults)
    return facts


def _read_points(points: Any) -> tuple[dict[str, str], Any]:
    if points is None:
        return {}, {}
    if not isinstance(points, dict):
        return {}, "Give an object with a result for each number of a point."
    cells: dict[str, str] = {}
    faults: Faults = {}
    for number, result in points.items():
        if not (number.isascii() and number.isdigit() and len(number) < 4 and 0 < int(number) <= MOST_POINTS):
            faults[number] = f"The number of a point is 1 to {MOST_POINTS}."
        elif str(int(number)) != number:
            faults[number] = "Write the number without a 0 in front."
        elif not isinstance(result, str):
            faults[number] = "Give the result as text."
        else:
            cells[f"point_{number}"] = result
    return cells, dict(list(faults.items())[:MOST_POINTS])


def point_at(faults: Mapping[str, str]) -> Faults:
    """By field, as sentences; those of points together."""
    found: Faults = {}
    for key, words in faults.items():
        if key.startswith("point_"):
            found.setdefault("points", {})[key.removeprefix("point_")] = f"{words}."
        else:
            found[key or "non_field_errors"] = f"{words}."
    return found


def _together(found: Faults, more: Faults) -> Faults:
    """What is wrong with the form of a field says more than that it is empty."""
    points = [part for part in (found.get("points"), more.get("points")) if part]
    merged = {**found, **more}
    if len(points) == 2 and all(isinstance(part, dict) for part in points):
        merged["points"] = points[0] | points[1]
    return merged
