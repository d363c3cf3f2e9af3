"""What a program sends in, checked for its form. What the rows say is checked by the dry run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import User
from applications.enrolling.columns import BY_KEY
from applications.enrolling.files import FileRefused, ReadFile, read_csv
from applications.models import TradeBody

MOST_FAULTS = 100  # told at once; the rest shows when these are put right
LONGEST_NAME = 200
KNOWN = {"rows", "name"}
Faults = dict[str, Any]


def read_enrolment(request: Request) -> tuple[ReadFile | list[tuple[int, dict[str, Any]]], str]:
    """What was sent and what it is called. Raises ValidationError, with a pointer to each fault."""
    if str(request.content_type).partition(";")[0].strip().lower() == "text/csv":
        # Without a body there is nothing to parse, and REST framework gives an empty object.
        content = request.data if isinstance(request.data, bytes) else b""
        try:
            return read_csv(content), "Sent as CSV"
        except FileRefused as refused:
            raise ValidationError(f"{refused}.") from None
    data = whole_object(request)
    faults: Faults = unknown_fields(data, KNOWN)
    name = data.get("name", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME:
        faults["name"] = f"Give the list a name of {LONGEST_NAME} characters or fewer, or none."
    rows = data.get("rows")
    if not isinstance(rows, list) or not rows:
        faults["rows"] = "Send a list of rows, one for each company."
    elif row_faults := _row_faults(rows):
        faults["rows"] = row_faults
    if faults:
        raise ValidationError(faults)
    return list(enumerate(rows or [], start=1)), str(name).strip() or "Sent as JSON"


def whole_object(request: Request) -> Mapping[str, Any]:
    if not isinstance(request.data, Mapping):
        raise ValidationError("Send a JSON object.")
    return request.data


def unknown_fields(data: Mapping[str, Any], known: set[str]) -> Faults:
    """A field that is misspelt is told, not passed over in silence."""
    names = ", ".join(sorted(known))
    return {
        key: f"There is no such field. Known are: {names}."
        for key in [*data][:MOST_FAULTS]
        if key not in known
    }


def partner_of(request: Request, user: User) -> TradeBody:
    """For whom the list is: the one partner that the person acts for, or that of several which is named."""
    bodies = {str(body.pk): body for body in user.trade_bodies.filter(is_partner=True)}
    named = request.query_params.get("partner")
    if named is not None:
        if named not in bodies:
            raise ValidationError({"partner": f"You act for no such partner. {_list_of(bodies)}"})
        return bodies[named]
    if len(bodies) != 1:
        raise ValidationError(
            {"partner": f"Say for which partner, as ?partner= in the address. {_list_of(bodies)}"}
        )
    return next(iter(bodies.values()))


def _list_of(bodies: Mapping[str, TradeBody]) -> str:
    if not bodies:
        return "Your account is tied to no approved partner: ask the department."
    return "Yours: " + "; ".join(f"{key} ({body.name})" for key, body in bodies.items()) + "."


def _row_faults(rows: list[Any]) -> Faults:
    faults: Faults = {}
    for place, row in enumerate(rows):
        if found := _faults_of(row):
            faults[str(place)] = found
        if len(faults) >= MOST_FAULTS:
            break
    return faults


def _faults_of(row: Any) -> str | Faults:
    if not isinstance(row, dict):
        return "A row is an object with a field for each column."
    found: Faults = {}
    for key, value in row.items():
        if key not in BY_KEY:
            found[key] = "There is no such column. The API's description lists the columns."
        elif not _is_cell(value) and not (isinstance(value, list) and all(map(_is_cell, value))):
            found[key] = "Give text, a number, or a list of these."
    return found


def _is_cell(value: Any) -> bool:
    return value is None or (isinstance(value, (str, int, float)) and not isinstance(value, bool))
