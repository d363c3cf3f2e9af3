# ruff: noqa: RUF001 - characters that look like others are the point here
from __future__ import annotations

import pytest
from django import forms
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from applications import fields


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("01234567", "01234567"),
        ("1234567", "01234567"),
        (" 0123 4567 ", "01234567"),
        ("sc012345", "SC012345"),
        ("SC 12345", "SC012345"),
        ("NI-012345", "NI012345"),
        ("oc301234", "OC301234"),
        ("r0001234", "R0001234"),
        ("０１２３４５６７", "01234567"),
        ("SC–012–345", "SC012345"),
        ("\u00a0012\u00a034\u00a0567\u200b", "01234567"),
    ],
)
def test_company_numbers_in_odd_forms(typed: str, kept: str) -> None:
    assert fields.normalise_company_number(typed) == kept


@pytest.mark.parametrize("typed", ["0", "00000000", "123456789", "ABC12345", "SC1234567", "٠١٢٣x", "-"])
def test_what_is_no_company_number(typed: str) -> None:
    with pytest.raises(ValidationError, match="like"):
        fields.CompanyNumberField(label="Number").clean(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("ZE1 0AA", "ZE1 0AA"),
        ("ze10aa", "ZE1 0AA"),
        (" sw1a  1aa ", "SW1A 1AA"),
        ("m1-1ae", "M1 1AE"),
        ("ＺＥ１ ０ＡＡ", "ZE1 0AA"),
        ("ze1—0aa", "ZE1 0AA"),
        ("ZE1\u00a00AA\u200e", "ZE1 0AA"),
    ],
)
def test_postcodes_in_odd_forms(typed: str, kept: str) -> None:
    assert fields.normalise_postcode(typed) == kept


@pytest.mark.parametrize("typed", ["ZE1", "12345", "ZE1 0A", "ZZZ1 1AA", "ZE1 0AAA"])
def test_what_is_no_postcode(typed: str) -> None:
    with pytest.raises(ValidationError, match="like"):
        fields.PostcodeField(label="Postcode").clean(typed)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("01632960001", "01632 960001"),
        ("01632 960 001", "01632 960001"),
        ("+44 (0)1632 960001", "01632 960001"),
        ("+441632960001", "01632 960001"),
        ("0044 1632 960001", "01632 960001"),
        ("(01632) 960-001", "01632 960001"),
        ("01632 960001 ext. 12", "01632 960001 x12"),
        ("020 7946 0001", "020 7946 0001"),
        ("0800 960001", "0800 960 001"),
        ("07700 900123", "07700 900123"),
        ("01632–960–001", "01632 960001"),
        ("Tel: 01632 960001", "01632 960001"),
        ("+44 ( 0 ) 1632 960001", "01632 960001"),
        ("01632/960001, extn: 12", "01632 960001 x12"),
        ("01632 960001 #12", "01632 960001 x12"),
        ("\u202a+44\u00a01632\u00a0960001\u202c", "01632 960001"),
        ("０１６３２ ９６０００１", "01632 960001"),
    ],
)
def test_telephone_numbers_in_odd_forms(typed: str, kept: str) -> None:
    assert fields.normalise_telephone(typed) == kept
    assert len(kept) <= 20


@pytest.mark.parametrize("typed", ["12", "999", "+1 202 555 0100", "01632 96000a", "016329600011223344"])
def test_what_is_no_uk_telephone_number(typed: str) -> None:
    with pytest.raises(ValidationError, match="like"):
        fields.TelephoneField(label="Telephone").clean(typed)


class ExampleForm(forms.Form):
    name = fields.LineField(label="Name", enter="Enter the name", max_length=20)
    more = fields.ParagraphField(label="More", max_length=50)
    vans = fields.CountField(label="Vans")


def test_text_is_tidied_and_composed() -> None:
    form = ExampleForm({"name": "  Lly\u0302n \t Hire ", "more": "a\r\nb  ", "vans": "1,200"})
    assert form.is_valid()
    assert form.cleaned_data == {"name": "Llŷn Hire", "more": "a\nb", "vans": 1200}


@pytest.mark.parametrize(
    ("data", "errors"),
    [
        ({"name": ""}, {"name": ["Enter the name"]}),
        ({"name": "x" * 21}, {"name": ["Name must be 20 characters or fewer"]}),
        ({"name": "a\x00b"}, {"name": ["Name holds a character that cannot be used"]}),
        ({"name": "a", "vans": "-1"}, {"vans": ["Number of vans must be 0 or more"]}),
        ({"name": "a", "vans": "many"}, {"vans": ["Number of vans must be a whole number, like 12"]}),
        ({"name": "a", "vans": "9" * 5000}, {"vans": ["Number of vans must be 1,000,000 or fewer"]}),
        ({"name": "a", "more": "y" * 51}, {"more": ["More must be 50 characters or fewer"]}),
    ],
)
def test_each_error_says_what_to_do(data: dict[str, str], errors: dict[str, list[str]]) -> None:
    form = ExampleForm(data)
    assert form.errors == errors


def test_an_empty_count_is_none_of_them() -> None:
    form = ExampleForm({"name": "a"})
    assert form.is_valid()
    assert form.cleaned_data["vans"] == 0


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        (fields.CompanyNumberField(label="Number"), "12 monkeys"),
        (fields.PostcodeField(label="Postcode"), "nowhere"),
        (fields.TelephoneField(label="Telephone"), "ring me"),
    ],
)
def test_a_wrong_form_is_refused_with_an_example(field: forms.Field, typed: str) -> None:
    with pytest.raises(ValidationError) as caught:
        field.clean(typed)
    assert "like" in caught.value.messages[0]
    assert field.clean("") == ""


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("1,200", 1200),
        ("1 200", 1200),
        ("1\u00a0200", 1200),
        ("1\u202f200", 1200),
        ("1’200", 1200),
        ("１２", 12),
        (" 12 ", 12),
        ("12.0", 12),
        ("1,000,000", 1_000_000),
    ],
)
def test_counts_in_odd_forms(typed: str, kept: int) -> None:
    assert fields.CountField(label="Vans").clean(typed) == kept


@pytest.mark.parametrize("typed", ["1,2", "1.5", "12 vans", "1,2000", "½", "0x10"])
def test_what_is_no_count(typed: str) -> None:
    with pytest.raises(ValidationError, match="whole number"):
        fields.CountField(label="Vans").clean(typed)


@given(st.integers(0, 1_000_000), st.sampled_from([",", " ", "\u00a0", "\u2009", "'"]))
def test_every_count_with_its_thousands_parted(number: int, between: str) -> None:
    assert fields.CountField(label="Vans").clean(f"{number:,}".replace(",", between)) == number


letters = st.sampled_from("ABCDEFGHJKLMNPRSTUVWY")
digits = st.sampled_from("0123456789")
blanks = st.sampled_from(["", " ", "\u00a0", "-", "–", ".", "\u200b", "  "])


@st.composite
def postcodes(draw: st.DrawFn) -> str:
    """The six forms of a UK postcode, as written officially."""
    area = "".join(draw(st.lists(letters, min_size=1, max_size=2)))
    district = draw(digits) + draw(st.one_of(st.just(""), digits, letters))
    return f"{area}{district} {draw(digits)}{draw(letters)}{draw(letters)}"


@given(postcodes(), st.data())
def test_every_postcode_however_it_is_parted(postcode: str, data: st.DataObject) -> None:
    parted = "".join(letter + data.draw(blanks) for letter in postcode.replace(" ", ""))
    field = fields.PostcodeField(label="Postcode")
    assert field.clean(parted.lower()[:20]) == postcode or len(parted) > 20


@given(
    st.sampled_from(["01632", "020", "0800", "0113", "07700", "0300", "029"]),
    st.text("0123456789", min_size=10, max_size=10),
    st.sampled_from(["", "0", "+44", "+44 ", "0044", "+44 (0)", "(0"]),
    st.one_of(st.none(), st.integers(0, 99999)),
    st.data(),
)
def test_every_telephone_number_however_it_is_parted(
    area: str, rest: str, start: str, extension: int | None, data: st.DataObject
) -> None:
    national = (area + rest)[:11]
    typed = {"": "0", "(0": "(0"}.get(start, start) + national[1:5] + (")" if start == "(0" else "")
    typed += "".join(data.draw(blanks) + digit for digit in national[5:])
    typed += "" if extension is None else f" ext. {extension}"
    kept = fields.normalise_telephone(typed)
    assert kept.replace(" ", "") == national + ("" if extension is None else f"x{extension}")
    assert len(kept) <= 20
    assert fields.normalise_telephone(kept) == kept


@given(st.sampled_from(["", "SC", "NI", "OC", "R"]), st.integers(1, 999_999), st.data())
def test_every_company_number_however_it_is_parted(prefix: str, number: int, data: st.DataObject) -> None:
    kept = prefix + str(number).rjust(8 - len(prefix), "0")
    parted = "".join(letter + data.draw(blanks) for letter in prefix + str(number))
    assert fields.normalise_company_number(parted.lower()) == kept
    assert fields.normalise_company_number(kept) == kept


@given(st.text(max_size=40))
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    for field in (
        fields.CompanyNumberField(label="Number"),
        fields.PostcodeField(label="Postcode"),
        fields.TelephoneField(label="Telephone"),
        fields.CountField(label="Vans"),
        fields.EmailField(enter="Enter the address"),
    ):
        try:
            field.clean(text)
        except ValidationError as error:
            if len(error.messages) > 1:
                pytest.fail(f"{text!r} is told {error.messages}")
