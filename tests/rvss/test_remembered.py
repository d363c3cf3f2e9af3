"""A component that was drawn before is not drawn again, and never takes the place of another."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import engines
from markupsafe import Markup

from rvss.remembered import COMPONENTS, LONGEST, remember

JINJA = engines["jinja2"].env  # type: ignore[attr-defined]


def macro_of(component: str, name: str) -> Any:
    template = JINJA.get_template(f"govuk_frontend_jinja/components/{component}/macro.html")
    return getattr(template.module, name)


def counting() -> tuple[Any, list[Any]]:
    calls: list[Any] = []

    def macro(*args: Any, **kwargs: Any) -> Markup:
        calls.append((args, kwargs))
        return Markup("<b>{}</b>").format(args)

    return remember(macro), calls


def test_equal_parameters_are_drawn_once() -> None:
    macro, calls = counting()
    assert macro({"text": "Member", "classes": "a"}) == macro({"text": "Member", "classes": "a"})
    assert len(calls) == 1


@pytest.mark.parametrize(
    "other",
    [{"text": "Lapsed"}, {"text": "Member", "classes": "b"}, {"text": None}, {"text": Markup("Member")}],
)
def test_other_parameters_are_drawn_anew(other: dict[str, Any]) -> None:
    macro, calls = counting()
    macro({"text": "Member"})
    macro(other)
    assert len(calls) == 2


def test_what_is_long_or_holds_a_block_is_not_kept() -> None:
    macro, calls = counting()
    for _ in range(2):
        macro({"text": "x" * LONGEST})
        macro({"text": "x"}, caller=str)
    assert len(calls) == 4


def test_text_and_markup_stay_apart_in_a_real_component() -> None:
    tag = macro_of("tag", "govukTag")
    assert "&lt;b&gt;" in tag({"text": "<b>"})
    assert "<b>" in tag({"html": Markup("<b>")})
    assert "&lt;b&gt;" in tag({"text": "<b>"})


def test_only_components_without_typed_text_are_remembered() -> None:
    assert not COMPONENTS & {
        "input",
        "textarea",
        "radios",
        "checkboxes",
        "inset-text",
        "summary-list",
        "file-upload",
    }
    assert hasattr(macro_of("tag", "govukTag"), "__wrapped__")
    assert not hasattr(macro_of("input", "govukInput"), "__wrapped__")
