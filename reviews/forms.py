from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from accounts.fields import GovukDateField


class MonthsShown(forms.Form):
    """How far back a page goes. It only leaves rows out: what is withheld is decided on the whole."""

    ALL = "all"

    months = forms.ChoiceField(
        label="Months shown",
        choices=[("12", "Last 12 months"), ("24", "Last 24 months"), (ALL, "Since the scheme was launched")],
        required=False,
        initial="24",
    )

    def chosen(self) -> int | None:
        """How many months, or None for all."""
        self.is_valid()
        value = self.cleaned_data.get("months") or "24"
        return None if value == self.ALL else int(value)


class ReportStart(forms.Form):
    period_from = GovukDateField(
        label="First day of the period", error_messages={"required": "Enter the first day of the period"}
    )
    period_to = GovukDateField(
        label="Last day of the period",
        help_text="This day counts. For example, 5 12 2019",
        error_messages={"required": "Enter the last day of the period"},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("period_from"), cleaned.get("period_to")
        if first and first < settings.SCHEME_LAUNCHED_ON:
            self.add_error("period_from", "The first day must not be before the scheme was launched")
        if first and last and last < first:
            self.add_error("period_to", "The last day must be the same as or after the first day")
        elif last and last > timezone.localdate():
            self.add_error("period_to", "The last day must be today or in the past")
        return cleaned
