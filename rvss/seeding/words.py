"""Names of people, places and firms. All are made up; postcodes have a region's first letters only."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from applications.choices import Region, VehicleClass

NAMES = yaml.safe_load((Path(__file__).parent / "names.yaml").read_text(encoding="utf-8"))
FIRST_NAMES = NAMES["first_names"].split()
LAST_NAMES = NAMES["last_names"].split()
JOB_TITLES = (
    "Director", "Managing director", "Operations manager", "Branch manager", "Fleet manager",
    "Security manager", "Compliance manager", "Owner", "Partner", "Company secretary",
)  # fmt: skip

# Region: the first letters of its postcodes, and towns that are on no map.
PLACES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Region.NORTH_EAST: (("NE", "SR", "DL"), ("Wearhaven", "Tynemoor", "Coalcliffe", "Hexbridge")),
    Region.NORTH_WEST: (("M", "L", "PR"), ("Rossenby", "Millbrough", "Fyldeport", "Kirkmere")),
    Region.YORKSHIRE: (("LS", "YO", "HU"), ("Aireworth", "Thirlby Vale", "Holderstead", "Calderwick")),
    Region.EAST_MIDLANDS: (("NG", "LE", "DE"), ("Soarford", "Trentholme", "Belvaston", "Peakwell")),
    Region.WEST_MIDLANDS: (("B", "WV", "CV"), ("Cannockby", "Ardenfield", "Blackforge", "Severnhill")),
    Region.EAST: (("NR", "CB", "IP"), ("Ousemarket", "Broadsea", "Fenstead", "Stourbury")),
    Region.LONDON: (("E", "SE", "NW"), ("Eastmere Wharf", "Larkfield Common", "Brockgate", "Wandleford")),
    Region.SOUTH_EAST: (("BN", "RG", "ME"), ("Downsbury", "Ottersby", "Medwater", "Weald Cross")),
    Region.SOUTH_WEST: (("BS", "EX", "PL"), ("Tamarford", "Quantock Regis", "Avonquay", "Porthennis")),
    Region.WALES: (("CF", "LL", "SA"), ("Llanfair-y-Bryn", "Aberllŷn", "Pont-y-Gof", "Trefeglwys Fach")),
    Region.SCOTLAND: (("EH", "G", "AB"), ("Inverlarich", "Kirkdoune", "Glenfarrar", "Strathbeg")),
    Region.NORTHERN_IRELAND: (("BT",), ("Ballyfinnan", "Carrickmore Quay", "Dromkeen", "Loughgarve")),
}
# Companies in each region out of a hundred, about as people are spread.
REGION_WEIGHTS = {
    Region.NORTH_EAST: 4, Region.NORTH_WEST: 11, Region.YORKSHIRE: 8, Region.EAST_MIDLANDS: 7,
    Region.WEST_MIDLANDS: 9, Region.EAST: 10, Region.LONDON: 13, Region.SOUTH_EAST: 14, Region.SOUTH_WEST: 9,
    Region.WALES: 5, Region.SCOTLAND: 8, Region.NORTHERN_IRELAND: 2,
}  # fmt: skip

HEADS = NAMES["heads"].split()
WELSH_HEADS = ("Llŷn", "Eryri", "Cwm Tawel", "Draig Goch", "Tŷ Gwyn", "Môr a Mynydd", "Brân", "Pont Wen")
ACCENTED_HEADS = (
    "Café Noir",
    "Bellevüe",
    "Étoile",
    "São Miguel",
    "Zażółć",
    "Ñandú",
    "Ålesby",
    "Caisteal Bàn",
)
PLAIN_TAILS = ("Vehicle Hire", "Car and Van Hire", "Self Drive", "Rentals", "Vehicle Rental", "Motor Hire")
TAILS_BY_CLASS = {
    VehicleClass.VAN: ("Van Hire", "Van Rental", "Van and Pick-up Hire"),
    VehicleClass.TRUCK: ("Truck Rental", "Commercial Hire"),
    VehicleClass.MINIBUS: ("Minibus Hire", "Minibus and Coach Hire"),
    VehicleClass.CAMPERVAN: ("Campers", "Motorhome Hire", "Campervan Holidays"),
    VehicleClass.HORSEBOX: ("Horsebox Hire",),
}
STREETS = (
    "Quay Road",
    "Station Approach",
    "Mill Lane",
    "Foundry Street",
    "Enterprise Way",
    "Canal Side",
    "High Road",
)
INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    telephone: str


def ascii_of(text: str) -> str:
    """Łukasz ap-Gwilym -> lukasz.ap-gwilym: what stands before the @."""
    plain = unicodedata.normalize("NFKD", text.lower().replace("ł", "l").replace("ø", "o"))
    kept = "".join(c if c.isascii() and (c.isalnum() or c in " -") else "" for c in plain)
    return kept.replace(" ", ".")


def make_person(rng: Random, unique: str) -> Person:
    name = f"{rng.choice(FIRST_NAMES)} {rng.choice(LAST_NAMES)}"
    return Person(
        name=name,
        email=f"{ascii_of(name)}.{unique}@example.co.uk",
        telephone=f"01632 960{rng.randrange(1000):03d}",
    )


def make_postcode(rng: Random, region: str) -> str:
    letters = rng.choice(PLACES[region][0])
    inward = f"{rng.randrange(10)}{rng.choice(INWARD_LETTERS)}{rng.choice(INWARD_LETTERS)}"
    return f"{letters}{rng.randrange(1, 30)} {inward}"


def make_firm_name(rng: Random, region: str, main_class: str) -> str:
    chance = rng.random()
    if region == Region.WALES and chance < 0.5:
        head = rng.choice(WELSH_HEADS)
    elif chance < 0.04:
        head = rng.choice(ACCENTED_HEADS)
    elif chance < 0.18:
        head = f"{rng.choice(LAST_NAMES)} and {rng.choice(('Sons', 'Daughters', 'Partners', 'Family'))}"
    elif chance < 0.38:
        head = rng.choice(PLACES[region][1])
    else:
        head = rng.choice(HEADS) + (f" {rng.choice(HEADS)}" if rng.random() < 0.45 else "")
    tails = TAILS_BY_CLASS.get(VehicleClass(main_class), PLAIN_TAILS) if rng.random() < 0.6 else PLAIN_TAILS
    return f"{head} {rng.choice(tails)}"
