"""What a made-up company is like: a wide spread of small firms, a few with thousands of vehicles."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from random import Random

from accounts.models import User
from applications.choices import LegalForm, RentalModel, VehicleClass, band_of
from applications.duplicates import match_key
from applications.models import (
    Company,
    CompanyPerson,
    FleetCount,
    PersonLevel,
    SecurityContact,
    SecurityContactKind,
    Site,
    TradingName,
)
from applications.searching import search_words
from rvss.seeding import words

# Smallest and largest fleet of a band, and how many companies in a thousand have one of that size.
FLEETS = ((1, 10, 470), (11, 50, 345), (51, 250, 135), (251, 1000, 40), (1001, 9000, 10))
MAIN_CLASSES = (
    (VehicleClass.CAR, 52), (VehicleClass.VAN, 25), (VehicleClass.MINIBUS, 7), (VehicleClass.CAMPERVAN, 8),
    (VehicleClass.TRUCK, 5), (VehicleClass.HORSEBOX, 2), (VehicleClass.OTHER, 1),
)  # fmt: skip
MODELS = (
    ([RentalModel.COUNTER], 62),
    ([RentalModel.COUNTER, RentalModel.DELIVERY], 22),
    ([RentalModel.DELIVERY], 8),
    ([RentalModel.CAR_CLUB], 5),
    ([RentalModel.PEER_TO_PEER], 3),
)
NO_DEPUTY = ("One person runs the company.", "The office has two people, and one does not deal with hirers.")


@dataclass(slots=True)
class Firm:
    """The rows of one company before they are in the database. `bodies` are indexes of trade bodies."""

    company: Company
    people: list[words.Person]
    trading_names: list[TradingName]
    fleet: list[FleetCount]
    sites: list[Site]
    contacts: list[SecurityContact]
    bodies: list[int]
    is_forgotten: bool = False  # its draft went, and with it the people who acted for it


def pick(rng: Random, weighted: tuple[tuple[object, int], ...]) -> object:
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def make_firm(rng: Random, number: int) -> Firm:
    """`number` counts companies, so that addresses and company numbers are given once."""
    region = rng.choices(list(words.REGION_WEIGHTS), list(words.REGION_WEIGHTS.values()))[0]
    fleet = _fleet(rng)
    main_class = max(fleet, key=lambda value: fleet[value])
    size = sum(fleet.values())
    company = _company(rng, number, str(region), main_class, size)
    people = [words.make_person(rng, f"{number}{letter}") for letter in "abc"[: _people(rng, size)]]
    trading = _trading_names(rng, company)
    sites = _sites(rng, company, size)
    company.search_terms = (
        search_words(
            company.name,
            *[row.name for row in trading],
            company.company_number,
            company.town,
            company.postcode,
        )
        + f" {company.postcode.replace(' ', '').lower()}"
    )
    company.match_key = match_key(name=company.name, postcode=company.postcode)
    return Firm(
        company=company,
        people=people,
        trading_names=trading,
        fleet=[
            FleetCount(company=company, vehicle_class=key, vehicles=value) for key, value in fleet.items()
        ],
        sites=sites,
        contacts=_contacts(rng, company, people, number),
        bodies=_bodies(rng, company, size),
    )


def _fleet(rng: Random) -> dict[str, int]:
    low, high, _ = rng.choices(FLEETS, [weight for *_, weight in FLEETS])[0]
    # Small fleets are commoner within a band, too.
    size = low + int((high - low + 1) * rng.random() ** 2)
    main = str(pick(rng, MAIN_CLASSES))
    others = [value for value in (VehicleClass.CAR, VehicleClass.VAN, VehicleClass.TRUCK) if value != main]
    shares = {main: 1.0}
    if size > 4 and rng.random() < 0.55:
        shares[str(rng.choice(others))] = rng.uniform(0.1, 0.7)
    left, fleet = size, {}
    for value in list(shares)[1:]:
        fleet[value] = max(1, int(size * shares[value] / sum(shares.values())))
        left -= fleet[value]
    return {main: left, **fleet}


def _people(rng: Random, size: int) -> int:
    return 1 if size <= 10 or rng.random() < 0.6 else (2 if size <= 250 else 3)


def _company(rng: Random, number: int, region: str, main_class: str, size: int) -> Company:
    legal_form = str(
        rng.choices(list(LegalForm.values), (90, 3, 3, 4, 1) if size > 50 else (62, 9, 3, 25, 1))[0]
    )
    registered = legal_form in {LegalForm.LIMITED_COMPANY, LegalForm.LLP}
    name = words.make_firm_name(rng, region, main_class)
    suffix = {LegalForm.LIMITED_COMPANY: " Ltd", LegalForm.LLP: " LLP"}.get(LegalForm(legal_form), "")
    regions = {region}
    if size > 50:
        regions.update(rng.sample(list(words.PLACES), rng.randint(0, 2 if size <= 250 else 7)))
    return Company(
        public_id=uuid.UUID(int=rng.getrandbits(128), version=4),
        name=name + suffix,
        legal_form=legal_form,
        # Real numbers have not come that far.
        company_number=f"{90000000 + number:08d}" if registered else "",
        address_line_1=f"{rng.randint(1, 180)} {rng.choice(words.STREETS)}",
        town=rng.choice(words.PLACES[region][1]),
        postcode=words.make_postcode(rng, region),
        rental_models=[str(value) for value in pick(rng, MODELS)],  # type: ignore[attr-defined]
        regions=sorted(map(str, regions)),
        home_region=region,
        fleet_size=size,
        fleet_band=band_of(size),
    )


def _trading_names(rng: Random, company: Company) -> list[TradingName]:
    if rng.random() < 0.7:
        company.no_trading_names = True
        return []
    return [TradingName(company=company, name=f"{company.town} {rng.choice(words.PLAIN_TAILS)}")]


def _sites(rng: Random, company: Company, size: int) -> list[Site]:
    sites = [Site(company=company, name=f"{company.town} depot", postcode=company.postcode)]
    more = 0 if size <= 10 else min(size // 60 + rng.randint(0, 1), 12)
    for place in range(more):
        region = rng.choice(company.regions)
        town = rng.choice(words.PLACES[region][1])
        sites.append(
            Site(
                company=company, name=f"{town} branch {place + 2}", postcode=words.make_postcode(rng, region)
            )
        )
    return sites


def _contacts(
    rng: Random, company: Company, people: list[words.Person], number: int
) -> list[SecurityContact]:
    chosen = [people[0] if rng.random() < 0.6 else words.make_person(rng, f"{number}s")]
    if company.fleet_size > 10 and rng.random() < 0.75:
        chosen.append(words.make_person(rng, f"{number}d"))
    else:
        company.no_deputy_reason = rng.choice(NO_DEPUTY)
    return [
        SecurityContact(
            company=company,
            kind=kind,
            name=person.name,
            job_title=rng.choice(words.JOB_TITLES),
            email=person.email,
            telephone=person.telephone,
        )
        for kind, person in zip(
            (SecurityContactKind.CONTACT, SecurityContactKind.DEPUTY), chosen, strict=False
        )
    ]


def _bodies(rng: Random, company: Company, size: int) -> list[int]:
    """The first trade body is the approved partner, to which larger companies belong more often."""
    found = [0] if rng.random() < (0.12 if size <= 10 else 0.35 if size <= 50 else 0.6) else []
    if rng.random() < 0.08:
        found.append(rng.choice((1, 2)))
    company.no_trade_body = not found
    return found


def make_company_people(firm: Firm, users: list[User]) -> list[CompanyPerson]:
    levels = (PersonLevel.OWNER, PersonLevel.EDITOR, PersonLevel.VIEWER)
    return [
        CompanyPerson(company=firm.company, user=user, level=level)
        for user, level in zip(users, levels, strict=False)
        if not firm.is_forgotten
    ]
