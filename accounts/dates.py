"""Days from any sensible way of writing them, in British order."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from accounts.words import without_invisible

ENGLISH = "january february march april may june july august september october november december"
WELSH = "ionawr chwefror mawrth ebrill mai mehefin gorffennaf awst medi hydref tachwedd rhagfyr"
MONTHS = [ENGLISH.split(), WELSH.split()]
SHORTEST = 3  # letters of a month's name that say which it is
WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
FILLERS = {"the", "of"}
LONGEST = 60
DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?")
YEAR = re.compile(r"['‘’]?([0-9]{2}|[0-9]{4})")  # noqa: RUF001 - the curly signs are what phones type
FIRST_YEAR, LAST_YEAR = 1900, 2999


def words_of_day(text: str) -> list[str]:
    """Its parts, without what says nothing: "Thursday, 6th of December 2018" has three."""
    plain = unicodedata.normalize("NFKC", without_invisible(text)).lower()
    words = [word for word in re.split(r"[\s.,/\\_\-\u2010-\u2015\u2212]+", plain) if word]
    return [word for word in words if word not in FILLERS and not _is_weekday(word)]


def read_day(words: list[str]) -> date:
    """6 December 2018 from [6, December, 2018], [06, 12, 18] or [2018, 12, 06]. ValueError otherwise."""
    if len(words) != 3 or sum(map(len, words)) > LONGEST:
        raise ValueError(words)
    if len(words[0]) == 4 and words[0].isdigit():
        words = words[::-1]
    day, year = DAY.fullmatch(words[0]), YEAR.fullmatch(words[2])
    if not day or not year:
        raise ValueError(words)
    found = date(int(year[1]) + (2000 if len(year[1]) == 2 else 0), _month(words[1]), int(day[1]))
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(words)
    return found


def _month(word: str) -> int:
    if re.fullmatch(r"[0-9]{1,2}", word):
        return int(word)
    if len(word) >= SHORTEST:
        for names in MONTHS:
            for number, name in enumerate(names, start=1):
                if name.startswith(word):
                    return number
    raise ValueError(word)


def _is_weekday(word: str) -> bool:
    return len(word) >= SHORTEST and any(name.startswith(word) for name in WEEKDAYS)
