# ruff: noqa: RUF001 - characters that look like others are the point here
"""What is typed and pasted, made fit to keep."""

from __future__ import annotations

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from accounts.fields import WordsField
from accounts.words import cannot_be_kept, one_line, several_lines

NAMES = [
    "Siân Ŵyn Llŷr-Prydderch",
    "Zażółć Gęślą-Jaźń",
    "Nguyễn Thị Ánh Tuyết",
    "محمد عبد الله",
    "می‌خواهم",  # Persian: with a joiner in the middle of the word
    "李小龍",
    "O’Dálaigh",
    "O'Neill",
    "Ó",
    "क्‍षमा",  # Hindi: with another joiner
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch-Cholmondeley-Featherstonehaugh",
    "Björk 𝒜 🚐",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_name_is_kept_as_it_is_written(name: str, form: str) -> None:
    field = WordsField(label="Full name", max_length=150)
    assert field.clean(unicodedata.normalize(form, name)) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("\ufeffQuay\u00adside\u200b Hire\u2060", "Quayside Hire"),
        ("\u202eeriH yauQ\u202c", "eriH yauQ"),
        ("Quay\u00a0\u2009\tHire\u3000Ltd\x0b", "Quay Hire Ltd"),
        ("\u200d\u200c", ""),
        ("Quay \u200dHire", "Quay Hire"),
    ],
)
def test_what_nobody_sees_is_taken_out(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


def test_lines_end_in_one_way() -> None:
    assert several_lines("  a\r\nb\rc\x0bd\u2028e\x85f\n\n") == "a\nb\nc\nd\ne\nf"


@pytest.mark.parametrize("bad", [0x00, 0x07, 0x1B, 0x7F, 0x9F, 0xD800, 0xFFFD, 0xFFFF, 0x1FFFE])
@pytest.mark.parametrize("lines", [True, False])
def test_what_cannot_be_kept_is_refused(bad: int, lines: bool) -> None:
    field = WordsField(label="Why?", max_length=150, lines=lines)
    with pytest.raises(ValidationError) as caught:
        field.clean(f"Quay{chr(bad)}side")
    assert caught.value.messages == ["Your answer holds a character that cannot be used"]


@given(st.text())
def test_what_is_kept_stays_as_it_is_and_can_be_stored(text: str) -> None:
    for tidy in (one_line, several_lines):
        kept = tidy(text)
        assert tidy(kept) == kept
        if not cannot_be_kept(kept):
            assert "\x00" not in kept
            kept.encode()
