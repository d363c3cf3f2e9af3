"""State machines: one table beside the model serves the service, the database and the diagrams."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pgtrigger
from django.db import models

Transitions = Mapping[str, Iterable[str]]


class TransitionRefused(Exception):
    """The row is no longer in a state that allows this; the message says so to the person.

    Views let it rise: the middleware answers 409 with the message and a way on.
    """


def change_status(
    obj: models.Model, to: str, transitions: Transitions, *, field: str = "status", message: str = ""
) -> None:
    """Set the field on a locked row, or raise TransitionRefused. Does not save."""
    current = getattr(obj, field)
    if to not in set(transitions.get(current, ())):
        name = obj._meta.verbose_name
        label = getattr(obj, f"get_{field}_display")()
        raise TransitionRefused(
            message or f"This {name} is now: {label}. Somebody may have been faster than you."
        )
    setattr(obj, field, to)


def state_machine(field: str, transitions: Transitions) -> pgtrigger.FSM:
    """A trigger that refuses what the table does not have, also for bulk updates and raw SQL."""
    pairs = [(str(old), str(new)) for old, news in transitions.items() for new in sorted(map(str, news))]
    return pgtrigger.FSM(name=f"{field}_machine", field=field, transitions=pairs)


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE: a row of the record is written once."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'this table is append-only';",
        ),
    ]
