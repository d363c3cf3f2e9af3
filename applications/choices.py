"""The fixed words of the application form."""

from __future__ import annotations

from django.db import models


class LegalForm(models.TextChoices):
    LIMITED_COMPANY = "limited_company", "Limited company"
    PARTNERSHIP = "partnership", "Partnership"
    LLP = "llp", "Limited liability partnership"
    SOLE_TRADER = "sole_trader", "Sole trader"
    OTHER = "other", "Something else"


class RentalModel(models.TextChoices):
    COUNTER = "counter", "From a counter or depot"
    DELIVERY = "delivery", "Delivered to the hirer"
    CAR_CLUB = "car_club", "Car club, unlocked by app or card"
    PEER_TO_PEER = "peer_to_peer", "Peer-to-peer platform"


class VehicleClass(models.TextChoices):
    CAR = "car", "Cars"
    MINIBUS = "minibus", "Minibuses"
    CAMPERVAN = "campervan", "Campervans and motorhomes"
    VAN = "van", "Vans and pick-ups up to 3.5 tonnes"
    TRUCK = "truck", "Goods vehicles over 3.5 tonnes"
    HORSEBOX = "horsebox", "Horseboxes"
    OTHER = "other", "Other vehicles"


# Point 8 of the 2018 edition speaks to goods vehicles of any kind.
COMMERCIAL_CLASSES = frozenset({VehicleClass.VAN, VehicleClass.TRUCK, VehicleClass.HORSEBOX})


class Region(models.TextChoices):
    """The twelve ITL1 regions of the Office for National Statistics."""

    NORTH_EAST = "TLC", "North East"
    NORTH_WEST = "TLD", "North West"
    YORKSHIRE = "TLE", "Yorkshire and The Humber"
    EAST_MIDLANDS = "TLF", "East Midlands"
    WEST_MIDLANDS = "TLG", "West Midlands"
    EAST = "TLH", "East of England"
    LONDON = "TLI", "London"
    SOUTH_EAST = "TLJ", "South East"
    SOUTH_WEST = "TLK", "South West"
    WALES = "TLL", "Wales"
    SCOTLAND = "TLM", "Scotland"
    NORTHERN_IRELAND = "TLN", "Northern Ireland"


class FleetBand(models.TextChoices):
    """Size of a company by the vehicles it hires out."""

    MICRO = "micro", "1 to 10 vehicles"
    SMALL = "small", "11 to 50 vehicles"
    MEDIUM = "medium", "51 to 250 vehicles"
    LARGE = "large", "251 to 1,000 vehicles"
    VERY_LARGE = "very_large", "Over 1,000 vehicles"


FLEET_BAND_UPPER_BOUNDS = (
    (10, FleetBand.MICRO),
    (50, FleetBand.SMALL),
    (250, FleetBand.MEDIUM),
    (1000, FleetBand.LARGE),
)


def band_of(fleet_size: int) -> FleetBand:
    for upper, band in FLEET_BAND_UPPER_BOUNDS:
        if fleet_size <= upper:
            return band
    return FleetBand.VERY_LARGE
