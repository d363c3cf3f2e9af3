"""What the assurers can check, and what ties two of the department's people to companies."""

from __future__ import annotations

from datetime import date

from applications.choices import RentalModel, VehicleClass
from applications.duplicates import name_key
from assurance.models import AssurerSkills, InterestKind, StaffInterest
from codeofpractice.models import Edition
from rvss.seeding.staff import Staff

EVERY_MODEL, EVERY_CLASS = tuple(RentalModel.values), tuple(VehicleClass.values)
CARS_AND_VANS = (VehicleClass.CAR, VehicleClass.MINIBUS, VehicleClass.VAN)
# By turns: the rental models and vehicles, and how many checks at once.
SKILLS = (
    (EVERY_MODEL, EVERY_CLASS, 40),
    ((RentalModel.COUNTER, RentalModel.DELIVERY), EVERY_CLASS, 40),
    (EVERY_MODEL, CARS_AND_VANS, None),
)
FORMER_EMPLOYER = "Thistledown Self Drive Ltd"


def make_skills(staff: Staff, edition: Edition) -> None:
    """What is there already stays as it is."""
    for place, user in enumerate(staff.assurers):
        models, classes, capacity = SKILLS[place % len(SKILLS)]
        made = {"rental_models": sorted(models), "vehicle_classes": sorted(classes), "capacity": capacity}
        skills, is_new = AssurerSkills.objects.get_or_create(user=user, defaults=made)
        if is_new:
            skills.editions.add(edition)
    StaffInterest.objects.get_or_create(
        user=staff.assurers[-1],
        name_key=name_key(FORMER_EMPLOYER),
        defaults={
            "kind": InterestKind.EMPLOYER,
            "name": FORMER_EMPLOYER,
            "since": date(2011, 9, 1),
            "until": date(2016, 4, 30),
            "recorded_by": staff.assurers[-1],
        },
    )
