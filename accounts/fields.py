"""Form fields that every room uses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


class GovukDateWidget(forms.MultiWidget):
    """Day, month and year in three boxes."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"day": forms.TextInput, "month": forms.TextInput, "year": forms.TextInput}, attrs)

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]


MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


class GovukDateField(forms.MultiValueField):
    """A date in any sensible way of writing: 6 12 2018, 06 December 2018, 6 dec 18."""

    widget = GovukDateWidget
    default_error_messages = {
        "invalid": "Enter a real date, like 6 12 2018",
        "incomplete": "Enter a day, a month and a year, like 6 12 2018",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "For example, 6 12 2018")
        super().__init__(
            fields=(forms.CharField(), forms.CharField(), forms.CharField()),
            require_all_fields=False,
            **kwargs,
        )

    def compress(self, data_list: list[str]) -> date | None:
        if not data_list or not any(data_list):
            return None
        day, month, year = (str(part or "").strip().lower() for part in data_list)
        if month[:3] in MONTHS:
            month = str(MONTHS.index(month[:3]) + 1)
        if len(year) == 2:
            year = f"20{year}"
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
