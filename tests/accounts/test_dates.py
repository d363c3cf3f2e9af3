# ruff: noqa: RUF001 - characters that look like others are the point here
"""A day in any sensible way of writing it."""

from __future__ import annotations

from datetime import date

import pytest
from django import forms
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.dates import ENGLISH, WELSH
from accounts.fields import GovukDateField

LAUNCH = date(2018, 12, 6)
FULLWIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


class Form(forms.Form):
    day = GovukDateField()


def read(day: str, month: str = "", year: str = "") -> date | str:
    form = Form({"day_day": day, "day_month": month, "day_year": year})
    return form.cleaned_data["day"] if form.is_valid() else form.errors["day"][0]


@pytest.mark.parametrize(
    "typed",
    [
        ("6", "12", "2018"),
        ("06", "12", "18"),
        (" 6 ", "Dec", "2018"),
        ("6th", "december", "2018"),
        ("6", "Rhagfyr", "2018"),
        ("6", "rhag.", "'18"),
        ("6\u00a0", "\u200b12", "２０１８"),
        ("6 December 2018",),
        ("Thursday, 6 December 2018",),
        ("Thurs 6th of December, 2018",),
        ("6 Rhagfyr 2018",),
        ("06/12/18",),
        ("06/12/2018",),
        ("6.12.2018",),
        ("6-Dec-2018",),
        ("6–12–2018",),
        ("2018-12-06",),
        ("6/12", "", "2018"),
        ("", "", "6 12 2018"),
    ],
)
def test_ways_of_writing_the_day_of_the_launch(typed: tuple[str, ...]) -> None:
    assert read(*typed) == LAUNCH


@pytest.mark.parametrize(
    "typed",
    [
        ("31", "2", "2018"),
        ("29", "Feb", "2019"),
        ("0", "1", "2018"),
        ("6", "13", "2018"),
        ("6", "12", "218"),
        ("6", "12", "0018"),
        ("6", "12", "9" * 400),
        ("6", "Ma", "2018"),
        ("6", "Decemberish", "2018"),
        ("six", "12", "2018"),
        ("6\x00", "12", "2018"),
        ("6 7", "12", "2018"),
        ("-6", "12", "1e3"),
        ("½", "12", "2018"),
    ],
)
def test_what_is_no_day(typed: tuple[str, ...]) -> None:
    assert read(*typed) == "Enter a real date, like 6 12 2018"


@pytest.mark.parametrize("typed", [("6", "12", ""), ("", "12", "2018"), ("6 December",), ("/",)])
def test_a_part_that_is_missing(typed: tuple[str, ...]) -> None:
    assert read(*typed) == "Enter a day, a month and a year, like 6 12 2018"


days = st.dates(min_value=date(1900, 1, 1), max_value=date(2999, 12, 31))
separators = st.sampled_from([" ", "/", ".", "-", "–", "\u00a0", " / ", ", "])
written_months = st.sampled_from([ENGLISH.split(), WELSH.split()]).flatmap(
    lambda names: st.integers(3, 12).map(lambda letters: [name[:letters] for name in names])
)


@given(day=days, names=written_months, between=separators, wide=st.booleans(), upper=st.booleans())
@example(day=LAUNCH, names=ENGLISH.split(), between=" ", wide=False, upper=True)
def test_every_day_with_its_month_in_words(
    day: date, names: list[str], between: str, wide: bool, upper: bool
) -> None:
    name = names[day.month - 1]
    text = between.join([str(day.day), name.upper() if upper else name, str(day.year)])
    assert read(text.translate(FULLWIDTH) if wide else text) == day


@given(day=days, between=separators, padded=st.booleans(), wide=st.booleans())
def test_every_day_in_figures_in_one_box_or_in_three(
    day: date, between: str, padded: bool, wide: bool
) -> None:
    parts = [f"{part:02}" if padded else str(part) for part in (day.day, day.month, day.year)]
    if wide:
        parts = [part.translate(FULLWIDTH) for part in parts]
    assert read(*parts) == day
    assert read(between.join(parts)) == day


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_anything_else_is_a_day_or_an_error(day: str, month: str, year: str) -> None:
    assert isinstance(read(day, month, year), date | str)
