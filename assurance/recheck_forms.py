"""What a lead asks for when results of partners are to be checked again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import LineField
from assurance.recheck_design import RecheckDesign


class RecheckForm(forms.Form):
    name = LineField(
        label="Name of the draw",
        enter="Enter a name for the draw",
        max_length=120,
        help_text="Like re-checks of autumn 2020",
    )
    received_from = GovukDateField(
        label="First day on which results came in",
        help_text="The day that counts is the one on which a result came in, not the day of the inspection. "
        "For example, 1 9 2020",
        error_messages={"required": "Enter the first day"},
    )
    received_to = GovukDateField(
        label="Last day on which results came in",
        help_text="This day counts. For example, 30 11 2020",
        error_messages={"required": "Enter the last day"},
    )
    percent = forms.IntegerField(
        label="What share of each partner’s results should be drawn, in per cent?",
        min_value=1,
        max_value=100,
        help_text="At least one of each partner’s is drawn",
        error_messages={
            "required": "Enter the share to be drawn",
            "invalid": "Enter a whole number, like 10",
            "min_value": "Draw at least 1 per cent",
            "max_value": "The share can be at most 100 per cent",
        },
    )
    seed = LineField(
        label="Seed (optional)",
        required=False,
        max_length=64,
        help_text="Give one that was published before the draw, so that anyone can repeat it. "
        "Without one, the service makes a random seed at the draw",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("received_from"), cleaned.get("received_to")
        if last and last > timezone.localdate():
            self.add_error("received_to", "The last day must be today or in the past")
        elif first and last and last < first:
            self.add_error("received_to", "The last day must be the same as or after the first day")
        return cleaned

    def as_design(self) -> RecheckDesign:
        return RecheckDesign(**self.cleaned_data)

    @property
    def as_hidden_inputs(self) -> list[tuple[str, str]]:
        """What was typed, by name, for the page that shows what would be drawn."""
        typed: Any = self.data
        parts = ("day", "month", "year")
        dates = {name: [f"{name}_{part}" for part in parts] for name in ("received_from", "received_to")}
        names = [each for name in self.fields for each in dates.get(name, [name])]
        return [(name, typed.get(name, "")) for name in names]
