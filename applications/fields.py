"""Form fields that take what people type and keep one form of it."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.fields import WordsField, reword
from accounts.words import DASHES, compact, without_invisible
from accounts.words import one_line as squeeze

__all__ = [
    "CompanyNumberField",
    "CountField",
    "EmailField",
    "LineField",
    "ParagraphField",
    "PostcodeField",
    "TelephoneField",
    "normalise_company_number",
    "normalise_postcode",
    "normalise_telephone",
    "reword",
    "squeeze",
]


def normalise_company_number(text: str) -> str:
    """01234567, SC012345 or R0001234; ValueError when it can be none of these.

    People leave out leading zeros and put in blanks; Companies House numbers have 8 characters.
    """
    match = re.fullmatch(r"(|[A-Z]{2}|R)([0-9]{1,8})", compact(text))
    if not match or int(match[2]) == 0:
        raise ValueError(text)
    digits = match[2].lstrip("0").rjust(8 - len(match[1]), "0")
    if len(match[1] + digits) != 8:
        raise ValueError(text)
    return match[1] + digits


def normalise_postcode(text: str) -> str:
    """ZE1 0AA from ze10aa; ValueError when it is not in the form of a UK postcode."""
    letters = compact(text)
    if not re.fullmatch(r"[A-Z]{1,2}[0-9][A-Z0-9]?[0-9][A-Z]{2}", letters):
        raise ValueError(text)
    return f"{letters[:-3]} {letters[-3:]}"


TELEPHONE = re.compile(
    r"(?:(?:tel(?:ephone)?|phone|mobile|mob|t|m)[.:\s]*)?(.*?)"
    r"(?:[\s,;]*(?:extension|extn|ext|x|#)[.:\s]*([0-9]{1,5}))?",
)


def normalise_telephone(text: str) -> str:
    """01632 960123 from +44 (0)1632 960-123; an extension is kept as x12. ValueError otherwise."""
    plain = unicodedata.normalize("NFKC", without_invisible(text)).lower().strip()
    match = TELEPHONE.fullmatch(plain)
    if not match:
        raise ValueError(text)
    number, extension = match.groups()
    number = re.sub(rf"[\s().{DASHES}/]", "", re.sub(r"\(\s*0\s*\)", "", number))
    number = re.sub(r"^(\+|00)440?", "0", number)
    if not re.fullmatch(r"0[1-35789][0-9]{8,9}", number):
        raise ValueError(text)
    if number.startswith("02"):
        parts = [number[:3], number[3:7], number[7:]]
    elif number[1] in "358":
        parts = [number[:4], number[4:7], number[7:]]
    else:
        parts = [number[:5], number[5:]]
    return " ".join(parts) + (f" x{extension}" if extension else "")


class LineField(WordsField):
    """One line of text. `enter` is what to say when it is empty: "Enter the company's name"."""

    def __init__(self, *, label: str, enter: str = "", max_length: int, **kwargs: Any) -> None:
        kwargs.setdefault("required", bool(enter))
        super().__init__(label=label, max_length=max_length, **kwargs)
        self.error_messages["required"] = enter


class ParagraphField(LineField):
    """Several lines; blank space at the ends goes, line breaks stay."""

    def __init__(self, *, rows: int = 5, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), lines=True, **kwargs)


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


class EmailField(forms.EmailField):
    def __init__(self, *, enter: str, **kwargs: Any) -> None:
        super().__init__(
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            error_messages={"required": enter},
            **kwargs,
        )
        reword(
            self,
            invalid="Enter an email address in the right form, like name@example.com",
            null_characters_not_allowed="Email address holds a character that cannot be used",
            max_length="Email address must be 254 characters or fewer",
        )

    def to_python(self, value: Any) -> str:
        return without_invisible(super().to_python(value) or "").strip()

    def clean(self, value: Any) -> str:
        """One error at a time: of an address that is too long it says nothing more that it looks wrong."""
        try:
            return str(super().clean(value))
        except ValidationError as error:
            raise ValidationError(error.error_list[-1:]) from None


# 1,200 and 1 200, as numbers are written here and elsewhere; but not 1,2, which somebody may mean as 1.2.
GROUPED = re.compile(r"[0-9]{1,3}(?:[, '\u2019][0-9]{3})+")


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
            value = unicodedata.normalize("NFKC", squeeze(value))[:60]
            if GROUPED.fullmatch(value):
                value = re.sub("[^0-9]", "", value)
        return super().to_python(value)

    def clean(self, value: Any) -> int:
        return super().clean(value) or 0
