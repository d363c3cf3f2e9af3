"""Our Jinja environment draws every component exactly as the design system's own fixtures say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.template import engines
from lxml import etree, html

COMPONENTS = Path(settings.BASE_DIR) / "node_modules" / "govuk-frontend" / "dist" / "govuk" / "components"
Tree = tuple[str, tuple[tuple[str, str], ...], tuple[Any, ...]]


def fixtures() -> Iterator[Any]:
    for path in sorted(COMPONENTS.glob("*/fixtures.json")):
        made = json.loads(path.read_text())
        for fixture in made["fixtures"]:
            yield pytest.param(made["component"], fixture, id=f"{made['component']}: {fixture['name']}")


def macro_name(component: str) -> str:
    return "govuk" + "".join(word.capitalize() for word in component.split("-"))


def tree_of(markup: str) -> tuple[Any, ...]:
    """The parsed markup, without the blanks in which two template engines may differ."""
    return _children(html.fragment_fromstring(markup, create_parent="main"))


def _children(element: html.HtmlElement) -> tuple[Any, ...]:
    found: list[Any] = [" ".join((element.text or "").split())]
    for child in element:
        if child.tag is not etree.Comment:
            found.append(_node(child))
        found.append(" ".join((child.tail or "").split()))
    return tuple(part for part in found if part != "")


def _node(element: html.HtmlElement) -> Tree:
    attributes = {name: " ".join(value.split()) for name, value in element.attrib.items()}
    return (element.tag, tuple(sorted(attributes.items())), _children(element))


@pytest.mark.parametrize(("component", "fixture"), list(fixtures()))
def test_component_as_in_its_fixture(component: str, fixture: dict[str, Any]) -> None:
    macro = macro_name(component)
    template = engines["jinja2"].env.from_string(
        f'{{% from "govuk_frontend_jinja/components/{component}/macro.html" import {macro} %}}'
        f"{{{{ {macro}(parameters) }}}}"
    )
    assert tree_of(template.render(parameters=fixture["options"])) == tree_of(fixture["html"])


def test_every_fixture_was_tried() -> None:
    assert len(list(fixtures())) == 657
