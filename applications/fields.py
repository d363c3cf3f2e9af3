"""Form fields that take what people type and keep one form of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError


def squeeze(text: str) -> str:
    """One line, one blank between words, composed characters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def normalise_company_number(text: str) -> str:
    """01234567, SC012345 or R0001234; ValueError when it can be none of these.

    People leave out leading zeros and put in blanks; Companies House numbers have 8 characters.
    """
    compact = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text)).upper()
    match = re.fullmatch(r"(|[A-Z]{2}|R)([0-9]{1,8})", compact)
    if not match or int(match[2]) == 0:
        raise ValueError(text)
    digits = match[2].lstrip("0").rjust(8 - len(match[1]), "0")
    if len(match[1] + digits) != 8:
        raise ValueError(text)
    return match[1] + digits


def normalise_postcode(text: str) -> str:
    """ZE1 0AA from ze10aa; ValueError when it is not in the form of a UK postcode."""
    compact = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if not re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", compact):
        raise ValueError(text)
    return f"{compact[:-3]} {compact[-3:]}"


def normalise_telephone(text: str) -> str:
    """01632 960123 from +44 (0)1632 960-123; an extension is kept as x12. ValueError otherwise."""
    plain = unicodedata.normalize("NFKC", text).lower().strip()
    match = re.fullmatch(r"(.*?)(?:\s*(?:extension|ext\.?|x)\s*([0-9]{1,5}))?", plain)
    number, extension = (match[1], match[2]) if match else (plain, None)
    number = number.replace("(0)", "")
    compact = re.sub(r"[\s().\-/\u2010-\u2015]", "", number)
    compact = re.sub(r"^(\+|00)440?", "0", compact)
    if not re.fullmatch(r"0[1-35789][0-9]{7,9}", compact) or len(compact) < 10:
        raise ValueError(text)
    if compact.startswith("02"):
        parts = [compact[:3], compact[3:7], compact[7:]]
    elif compact[1] in "358":
        parts = [compact[:4], compact[4:7], compact[7:]]
    else:
        parts = [compact[:5], compact[5:]]
    return " ".join(parts) + (f" x{extension}" if extension else "")


def reword(field: forms.Field, **messages: str) -> None:
    """Say what is wrong in our words: messages by the code of the field's validators."""
    validators: list[Any] = list(field.validators)
    for validator in validators:
        if message := messages.get(getattr(validator, "code", "")):
            validator.message = message


class LineField(forms.CharField):
    """One line of text. `enter` is what to say when it is empty: "Enter the company's name"."""

    def __init__(self, *, label: str, enter: str = "", max_length: int, **kwargs: Any) -> None:
        kwargs.setdefault("required", bool(enter))
        super().__init__(label=label, max_length=max_length, **kwargs)
        self.error_messages["required"] = enter
        reword(
            self,
            max_length=f"{label} must be {max_length:,} characters or fewer",
            null_characters_not_allowed=f"{label} holds a character that cannot be used",
        )

    def to_python(self, value: Any) -> str:
        return squeeze(super().to_python(value) or "")


class ParagraphField(LineField):
    """Several lines; blank space at the ends goes, line breaks stay."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        text = forms.CharField.to_python(self, value) or ""
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()


class _NormalisedField(LineField):
    invalid = ""

    def normalise(self, value: str) -> str:
        raise NotImplementedError

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        if not text:
            return ""
        try:
            return self.normalise(text)
        except ValueError:
            raise ValidationError(self.invalid, code="invalid") from None


class CompanyNumberField(_NormalisedField):
    invalid = "Enter a Companies House number in the right form, like 01234567 or SC012345"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def normalise(self, value: str) -> str:
        return normalise_company_number(value)


class PostcodeField(_NormalisedField):
    invalid = "Enter a full UK postcode, like ZE1 0AA"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)

    def normalise(self, value: str) -> str:
        return normalise_postcode(value)


class TelephoneField(_NormalisedField):
    invalid = "Enter a UK telephone number, like 01632 960001 or +44 1632 960001"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def normalise(self, value: str) -> str:
        return normalise_telephone(value)


class CountField(forms.IntegerField):
    """A whole number that may be typed with commas; empty is 0."""

    def __init__(self, *, label: str, max_value: int = 1_000_000, **kwargs: Any) -> None:
        super().__init__(label=label, required=False, min_value=0, max_value=max_value, **kwargs)
        name = label[0].lower() + label[1:]
        self.error_messages["invalid"] = f"Number of {name} must be a whole number, like 12"
        reword(
            self,
            min_value=f"Number of {name} must be 0 or more",
            max_value=f"Number of {name} must be {max_value:,} or fewer",
        )

    def to_python(self, value: Any) -> int | None:
        if isinstance(value, str):
            value = re.sub(r"(?<=[0-9])[, ](?=[0-9])", "", value.strip())[:30]
        return super().to_python(value)

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0
