"""What the API's description and docs/api.md show is what works."""

from __future__ import annotations

import io
import json
import re
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.core.management import call_command

from applications.models import Enrolment
from tests.applications.enrolments import work
from tests.applications.test_api_enrolments import LIST, Program
from tests.cast import Cast

GUIDE = Path(settings.BASE_DIR, "docs", "api.md").read_text()


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    said, warned = io.StringIO(), io.StringIO()
    with redirect_stderr(warned):
        call_command("spectacular", "--format", "openapi-json", "--validate", stdout=said)
    assert warned.getvalue() == ""
    return dict(json.loads(said.getvalue()))


def as_json_schema(found: Any) -> Any:
    """OpenAPI 3.0 has nullable; JSON Schema has a type for it."""
    if isinstance(found, list):
        return [as_json_schema(one) for one in found]
    if not isinstance(found, dict):
        return found
    made = {key: as_json_schema(value) for key, value in found.items() if key != "nullable"}
    return {"anyOf": [made, {"type": "null"}]} if found.get("nullable") is True else made


def operations(description: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_example_fits_its_schema(description: dict[str, Any]) -> None:
    components = {"components": as_json_schema(description["components"])}
    checked = 0
    for _, _, operation in operations(description):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (content for body in bodies for content in body.get("content", {}).values()):
            for example in content.get("examples", {}).values():
                jsonschema.validate(example["value"], as_json_schema(content["schema"]) | components)
                checked += 1
    assert checked >= 6


def test_operations_with_a_token_say_so_and_the_others_do_not(description: dict[str, Any]) -> None:
    assert description["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    for path, method, operation in operations(description):
        needs = "enrol" in path or "partner-checks" in path
        what = "enrolments" if "enrol" in path else "results"
        assert operation["security"] == ([{"token": []}] if needs else [{}])
        assert ("401" in operation["responses"]) == needs, path
        scope = "write" if method == "post" else "read"
        assert (f"Scope: `{what}:{scope}`." in operation.get("description", "")) == needs, path
        assert operation["summary"], path


def test_the_examples_are_lists_in_order(cast: Cast, description: dict[str, Any]) -> None:
    program = Program(cast.partner)
    content = description["paths"][LIST]["post"]["requestBody"]["content"]
    for kind, examples in content.items():
        (example,) = examples["examples"].values()
        body = example["value"] if kind == "text/csv" else json.dumps(example["value"])
        assert program.post(LIST, body.encode(), kind=kind).status_code == 202
        enrolment = work(Enrolment.objects.latest("pk"))
        assert (enrolment.status, list(enrolment.problems.values())) == ("ready", [])


def test_the_guide_is_true(cast: Cast, description: dict[str, Any]) -> None:
    program = Program(cast.partner)
    sent = re.search(r"-d '(\{\"name\".*?\})'", GUIDE, re.DOTALL)
    assert sent
    assert program.post(LIST, sent[1]).status_code == 202
    enrolment = work(Enrolment.objects.get())
    assert (enrolment.status, list(enrolment.problems.values())) == ("ready", [])
    refused = re.search(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert refused
    assert program.post(LIST, {"rows": [{"postcod": "ZE1 0AA"}]}).json() == json.loads(refused[1])
    named = {re.sub(r"/17/", "/{id}/", path) for path in re.findall(r"/api/v1/[\w/-]*", GUIDE)}
    assert named >= set(description["paths"])
    assert named <= set(description["paths"])
