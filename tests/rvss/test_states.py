"""Every state machine is complete, drawn, and kept by the database."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings

from rvss.states import MACHINES, Machine, draw_all


def test_the_diagrams_are_up_to_date() -> None:
    page = (settings.BASE_DIR / "docs" / "states.md").read_text(encoding="utf-8")
    assert page == draw_all(), "run manage.py draw_states"


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.title)
def test_each_state_has_its_row_in_the_table(machine: Machine) -> None:
    assert set(machine.transitions) == set(machine.states.values)
    followers = {str(to) for states in machine.transitions.values() for to in states}
    assert followers <= set(machine.states.values)


def test_each_table_with_a_status_has_a_trigger_and_a_diagram() -> None:
    with_status = [
        (model, field.name)
        for model in apps.get_models()
        if model.__module__.split(".")[0] in settings.INSTALLED_APPS
        for field in model._meta.fields
        if field.name in {"status", "publication"}
    ]
    without_trigger = {
        (model.__name__, name)
        for model, name in with_status
        if not any(t.name == f"{name}_machine" for t in getattr(model._meta, "triggers", []))
    }
    assert without_trigger == set()
    assert len(MACHINES) == len(with_status)
