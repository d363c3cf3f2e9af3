"""What the API promises about take-up, and what it gives."""

from __future__ import annotations

import io
import json
from contextlib import redirect_stderr

import jsonschema
from django.core.management import call_command
from django.test import Client

from reviews.services import take_snapshot
from tests.cast import Cast
from tests.reviews.make import seed_scheme


def test_the_answer_fits_its_description(client: Client, cast: Cast) -> None:
    said = io.StringIO()
    warned = io.StringIO()
    with redirect_stderr(warned):
        call_command("spectacular", "--format", "openapi-json", "--validate", stdout=said)
    assert "take" not in warned.getvalue()
    description = json.loads(said.getvalue())
    answer = description["paths"]["/api/v1/take-up/"]["get"]["responses"]["200"]
    schema = answer["content"]["application/json"]["schema"]
    value = description["components"]["schemas"]["Cell"]["properties"]["value"]
    if value.pop("nullable"):  # OpenAPI 3.0 says so; JSON Schema has a type for it
        value["oneOf"].append({"type": "null"})
    whole = {**schema, "components": description["components"]}
    empty = client.get("/api/v1/take-up/").json()
    seed_scheme(cast)
    take_snapshot()
    full = client.get("/api/v1/take-up/").json()
    jsonschema.validate(full, whole)
    assert empty == {"taken_at": None, "tables": []}
    cells = [cell for table in full["tables"] for row in table["rows"] for cell in row]
    assert {type(cell["value"]) for cell in cells} == {str, int, float, type(None)}
    assert all(cell["text"] in {"[c]", "[x]"} for cell in cells if cell["value"] is None)
