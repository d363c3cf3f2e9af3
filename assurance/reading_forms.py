"""Forms of second readings: who reads, what they find, and what a lead settles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Role, User
from applications.fields import ParagraphField
from assurance.models import FindingResult, SecondFinding, SecondReading
from assurance.permissions import can_take_reading
from assurance.services.readings import Disagreement
from codeofpractice.models import Point


def results_for(point: Point) -> list[tuple[str, str]]:
    return [
        choice
        for choice in FindingResult.choices
        if point.may_be_not_applicable or choice[0] != FindingResult.NOT_APPLICABLE
    ]


class SecondFindingForm(forms.Form):
    result = forms.ChoiceField(
        label="What did you find?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say what you found"},
    )
    note = ParagraphField(
        label="Note",
        enter="Enter a note that says what you saw",
        max_length=10_000,
        help_text="What you saw and why it leads to your result. The company does not see it",
    )

    def __init__(self, point: Point, found: SecondFinding | None, *args: Any, **kwargs: Any) -> None:
        if found is not None:
            kwargs["initial"] = {"result": found.result, "note": found.note}
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = results_for(point)  # type: ignore[attr-defined]


class ReadingGiveForm(forms.Form):
    to = forms.ChoiceField(
        label="Which assurer should read the plan a second time?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an assurer"},
    )

    def __init__(self, reading: SecondReading, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assurers = User.objects.filter(role=Role.ASSURER, is_active=True).order_by("name", "pk")
        self.able = {
            str(user.pk): user for user in assurers if can_take_reading(user, reading, is_free=False)
        }
        self.fields["to"].choices = [(key, str(user)) for key, user in self.able.items()]  # type: ignore[attr-defined]


class SettlementForm(forms.Form):
    """What holds at one point on which the two readers differ; `prefix` keeps the points apart."""

    result = forms.ChoiceField(
        label="What holds?", widget=forms.RadioSelect, error_messages={"required": "Say what holds"}
    )
    reason = ParagraphField(label="Reason", enter="Enter the reason", max_length=4000, rows=3)

    def __init__(self, row: Disagreement, data: Any = None) -> None:
        super().__init__(data, prefix=f"point-{row.point.number}")
        self.row = row
        result, reason = self.fields["result"], self.fields["reason"]
        result.choices = results_for(row.point)  # type: ignore[attr-defined]
        result.label = f"What holds at point {row.point.number}?"
        reason.label = f"Reason at point {row.point.number}"
        result.error_messages["required"] = f"Say what holds at point {row.point.number}"
        reason.error_messages["required"] = f"Enter the reason at point {row.point.number}"


def settlement_forms(rows: Sequence[Disagreement], data: Any = None) -> list[SettlementForm]:
    return [SettlementForm(row, data) for row in rows if row.settled is None]
