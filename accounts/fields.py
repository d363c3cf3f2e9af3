"""Form fields that every room uses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from accounts.dates import read_day, words_of_day
from accounts.words import cannot_be_kept, one_line, several_lines


def reword(field: forms.Field, **messages: str) -> None:
    """Say what is wrong in our words: messages by the code of the field's validators."""
    validators: list[Any] = list(field.validators)
    for validator in validators:
        if message := messages.get(getattr(validator, "code", "")):
            validator.message = message


class WordsField(forms.CharField):
    """What somebody types: one line, or several with `lines`.

    Errors speak of the field by its label, of a question as "Your answer", or as it is `called`.
    """

    def __init__(
        self, *, label: str, max_length: int, lines: bool = False, called: str = "", **kwargs: Any
    ) -> None:
        super().__init__(label=label, max_length=max_length, **kwargs)
        called = called or ("Your answer" if "?" in label else label.removesuffix(" (optional)"))
        self.tidy = several_lines if lines else one_line
        self.error_messages["unusable"] = f"{called} holds a character that cannot be used"
        self.validators = [
            validator
            for validator in self.validators
            if not isinstance(validator, ProhibitNullCharactersValidator)
        ]
        reword(self, max_length=f"{called} must be {max_length:,} characters or fewer")

    def to_python(self, value: Any) -> str:
        return self.tidy(super().to_python(value) or "")

    def run_validators(self, value: Any) -> None:
        if cannot_be_kept(value):
            raise ValidationError(self.error_messages["unusable"], code="unusable")
        super().run_validators(value)


class GovukDateWidget(forms.MultiWidget):
    """Day, month and year in three boxes."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"day": forms.TextInput, "month": forms.TextInput, "year": forms.TextInput}, attrs)

    def decompress(self, value: date | None) -> list[Any]:
        return [value.day, value.month, value.year] if value else [None, None, None]


class GovukDateField(forms.MultiValueField):
    """A date in any sensible way of writing: 6 12 2018, 06 Dec 18, 6 Rhagfyr 2018; also whole in one box."""

    widget = GovukDateWidget
    default_error_messages = {
        "invalid": "Enter a real date, like 6 12 2018",
        "incomplete": "Enter a day, a month and a year, like 6 12 2018",
    }

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", "For example, 6 12 2018")
        boxes = tuple(forms.Field(required=False) for _ in range(3))
        super().__init__(fields=boxes, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[str]) -> date | None:
        boxes = [str(part or "").strip() for part in data_list]
        if not any(boxes):
            if self.required:
                raise ValidationError(self.error_messages["required"], code="required")
            return None
        words = words_of_day(" ".join(boxes))
        if not all(boxes) and len(words) < 3:
            raise ValidationError(self.error_messages["incomplete"], code="incomplete")
        try:
            return read_day(words)
        except ValueError:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from None
