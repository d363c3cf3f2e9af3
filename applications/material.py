"""Which changes of a company's facts ask for a new declaration.

Material is what decides whether the company is in scope, who is bound, and which points apply to it: the
company's name, legal form and number, how it rents, whether it hires out commercial vehicles (point 8 of the
2018 edition), and its size in bands. An address or a trading name is kept up to date without a signature.
"""

from __future__ import annotations

from collections.abc import Callable

from applications.answers import Answers
from applications.choices import COMMERCIAL_CLASSES, FleetBand, LegalForm, RentalModel, band_of


def _in_words(value: str, words: type[LegalForm | RentalModel | FleetBand]) -> str:
    return str(dict(words.choices).get(value, value)) or "none"


def _rental_models(answers: Answers) -> str:
    models = [_in_words(value, RentalModel) for value in sorted(answers["rentals"]["models"])]
    return "; ".join(models) or "none"


def _hires_commercial(answers: Answers) -> str:
    fleet = answers["rentals"]["fleet"]
    return "yes" if any(fleet.get(value) for value in COMMERCIAL_CLASSES) else "no"


def _size(answers: Answers) -> str:
    total = sum(answers["rentals"]["fleet"].values())
    return _in_words(band_of(total), FleetBand) if total else "no vehicles"


MATERIAL: tuple[tuple[str, Callable[[Answers], str]], ...] = (
    ("Name", lambda a: str(a["company"]["name"])),
    ("Legal form", lambda a: _in_words(a["company"]["legal_form"], LegalForm)),
    ("Companies House number", lambda a: str(a["company"]["company_number"]) or "none"),
    ("How it rents", _rental_models),
    ("Hires out commercial vehicles", _hires_commercial),
    ("Size of the fleet", _size),
)
LONGEST = 200  # of DeclarationRequest.changes


def material_changes(signed: Answers, current: Answers) -> list[str]:
    """Each material fact that differs, as "Name: from this to that"; empty when none does."""
    found = []
    for label, read in MATERIAL:
        before, after = read(signed), read(current)
        if before != after:
            words = f"{label}: from {before} to {after}"
            found.append(words if len(words) <= LONGEST else f"{label} has changed")
    return found
