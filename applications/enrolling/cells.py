"""How one cell of an enrolment is read, in any sensible way of writing. No database here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from applications.choices import LegalForm, Region, RentalModel
from applications.fields import (
    normalise_company_number,
    normalise_postcode,
    normalise_telephone,
    squeeze,
)

MOST_TRADING_NAMES = 20
MOST_VEHICLES = 1_000_000


class Fault(ValueError):
    """What is wrong with a cell and how to put it right, in words."""


def plain(text: str) -> str:
    """Letters and digits only, in small letters: how words are compared."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if c.isalnum())


def read_line(what: str, most: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > most:
            raise Fault(f"{what} has {len(text):,} characters. Shorten it to {most:,} or fewer")
        return text

    return read


def words_of(choices: Sequence[tuple[str, str]], also: Mapping[str, str]) -> dict[str, str]:
    known = {plain(value): value for value, _ in choices}
    known |= {plain(str(label)): value for value, label in choices}
    return known | {plain(word): value for word, value in also.items()}


LEGAL_FORMS = words_of(
    LegalForm.choices,
    {
        "limited": LegalForm.LIMITED_COMPANY,
        "ltd": LegalForm.LIMITED_COMPANY,
        "private limited company": LegalForm.LIMITED_COMPANY,
        "plc": LegalForm.LIMITED_COMPANY,
        "public limited company": LegalForm.LIMITED_COMPANY,
        "cyfyngedig": LegalForm.LIMITED_COMPANY,
        "self-employed": LegalForm.SOLE_TRADER,
        "individual": LegalForm.SOLE_TRADER,
    },
)
RENTAL_MODELS = words_of(
    RentalModel.choices,
    {
        "depot": RentalModel.COUNTER,
        "branch": RentalModel.COUNTER,
        "delivered": RentalModel.DELIVERY,
        "car club": RentalModel.CAR_CLUB,
        "peer to peer": RentalModel.PEER_TO_PEER,
        "p2p": RentalModel.PEER_TO_PEER,
    },
)
REGIONS = words_of(
    Region.choices,
    {
        "north east england": Region.NORTH_EAST,
        "north west england": Region.NORTH_WEST,
        "yorkshire": Region.YORKSHIRE,
        "yorkshire & the humber": Region.YORKSHIRE,
        "yorkshire and humber": Region.YORKSHIRE,
        "east": Region.EAST,
        "east england": Region.EAST,
        "greater london": Region.LONDON,
        "south east england": Region.SOUTH_EAST,
        "south west england": Region.SOUTH_WEST,
        "cymru": Region.WALES,
        "ulster": Region.NORTHERN_IRELAND,
    },
)


def labels_of(choices: Sequence[tuple[str, Any]]) -> tuple[str, ...]:
    return tuple(str(label) for _, label in choices)


def read_legal_form(text: str) -> str:
    if value := LEGAL_FORMS.get(plain(text)):
        return value
    raise Fault(f"This is no legal form. Write one of: {'; '.join(labels_of(LegalForm.choices))}")


def split_list(text: str, known: Mapping[str, str] | None = None) -> list[str]:
    """The entries of a cell: by semicolons, bars or lines; by commas where no known word holds one."""
    parts = [part.strip() for part in re.split(r"[;|\n]", text)]
    if known is not None:
        parts = [
            piece
            for part in parts
            for piece in ([part] if plain(part) in known else [word.strip() for word in part.split(",")])
        ]
    return list(dict.fromkeys(part for part in parts if part))


def read_several(known: Mapping[str, str], what: str, where: str) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        parts = split_list(text, known)
        wrong = [part for part in parts if plain(part) not in known]
        if wrong:
            named = "; ".join(f"“{part[:60]}”" for part in wrong[:3])
            raise Fault(f"{named} is no {what}. Use the words listed for {where}, with semicolons between")
        return tuple(dict.fromkeys(known[plain(part)] for part in parts))

    return read


def read_region(text: str) -> str:
    if value := REGIONS.get(plain(text)):
        return value
    raise Fault("This is no region. Write one of the 12 regions, like Wales or South East")


def read_trading_names(text: str) -> tuple[str, ...]:
    names = list({name.casefold(): squeeze(name) for name in split_list(text)}.values())
    if len(names) > MOST_TRADING_NAMES:
        raise Fault(f"These are {len(names)} trading names. Write {MOST_TRADING_NAMES} at most")
    if any(len(name) > 200 for name in names):
        raise Fault("A trading name has over 200 characters. Shorten it, or part names with semicolons")
    return tuple(names)


def read_number(text: str) -> str:
    try:
        return normalise_company_number(text)
    except ValueError:
        raise Fault(
            "This is no Companies House number. It has 8 characters, like 01234567 or SC012345"
        ) from None


def read_postcode(text: str) -> str:
    try:
        return normalise_postcode(text)
    except ValueError:
        raise Fault("This is no full UK postcode. Write it like ZE1 0AA") from None


def read_telephone(text: str) -> str:
    """A spreadsheet takes the 0 at the beginning for nothing, and leaves it out."""
    digits = re.sub(r"[\s().\-/]", "", text)
    try:
        return normalise_telephone(f"0{digits}" if re.fullmatch(r"[1-35789][0-9]{8,9}", digits) else text)
    except ValueError:
        was_number = re.search(r"[0-9]E\+", text, re.IGNORECASE)
        hint = ", and format the column as text in your spreadsheet" if was_number else ""
        raise Fault(f"This is no UK telephone number. Write it like 01632 960001{hint}") from None


_is_email = EmailValidator()


def read_email(text: str) -> str:
    address = re.sub(r"^mailto:", "", text.strip(" <>"), flags=re.IGNORECASE)
    try:
        _is_email(address)
    except ValidationError:
        raise Fault("This is no email address. Write one address, like name@example.com") from None
    if len(address) > 254:
        raise Fault("This email address has over 254 characters. Check it")
    return address


def read_count(text: str) -> int:
    compact = re.sub(r"(?<=[0-9])[, \u00a0](?=[0-9]{3}\b)", "", text)
    compact = re.sub(r"\.0+$", "", compact)
    if compact in {"", "-", "–"}:
        return 0
    if not re.fullmatch(r"[0-9]{1,12}", compact):
        raise Fault("This is no whole number. Write how many vehicles there are, like 12, or leave it empty")
    if int(compact) > MOST_VEHICLES:
        raise Fault(f"This is over {MOST_VEHICLES:,} vehicles. Check the number")
    return int(compact)
