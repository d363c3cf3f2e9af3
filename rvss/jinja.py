"""The Jinja environment of every page: the design system's macros, our filters and globals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from rvss.forms import error_list, field_parameters
from rvss.remembered import RememberingTemplate


def environment(**options: Any) -> Environment:
    options["undefined"] = ChainableUndefined
    loader = options.pop("loader")
    made = Environment(  # noqa: S701  Django passes autoescape=True
        loader=ChoiceLoader(
            [loader, PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
        ),
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
    made.template_class = RememberingTemplate
    made.globals |= {
        "url": url,
        "static": staticfiles_storage.url,
        "error_list": error_list,
        "field_parameters": field_parameters,
        "query": query,
        "query_with": query_with,
    }
    made.filters |= {
        "date": in_words,
        "datetime": in_words_with_time,
        "integer": integer,
        "percentage": percentage,
        "paragraphs": paragraphs,
    }
    return made


def url(name: str, **kwargs: Any) -> str:
    return reverse(name, kwargs=kwargs)


def query(parameters: dict[str, str]) -> str:
    return f"?{urlencode(parameters)}"


def query_with(query: QueryDict, **changes: Any) -> str:
    """The query string with some parameters changed; None takes one away."""
    pairs = [(key, value) for key, values in query.lists() if key not in changes for value in values]
    pairs += [(key, value) for key, value in changes.items() if value is not None]
    return f"?{urlencode(pairs)}"


def in_words(value: date | datetime | None) -> str:
    """6 December 2018, in London's day."""
    if not value:
        return ""
    return _day_in_words(timezone.localdate(value) if isinstance(value, datetime) else value)


@lru_cache(maxsize=4096)
def _day_in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def in_words_with_time(value: datetime | None) -> str:
    """6 December 2018 at 2:05pm, in London's time."""
    if not value:
        return ""
    local = timezone.localtime(value)
    clock = f"{local.hour % 12 or 12}:{local:%M}{'am' if local.hour < 12 else 'pm'}"
    return f"{in_words(value)} at {clock}"


def integer(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def percentage(value: float | None, digits: int = 0) -> str:
    """A share between 0 and 1 as a percentage."""
    return "" if value is None else f"{100 * value:.{digits}f}%"


def _marked(line: str, words: Iterable[str]) -> Markup:
    """A line with each whole word or phrase of `words` marked, the longer before the shorter."""
    wanted = "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)) if word)
    if not wanted:
        return escape(line)
    parts = re.split(rf"(?<!\w)({wanted})(?!\w)", line, flags=re.IGNORECASE)
    return Markup("").join(
        Markup('<mark class="rvss-why">{}</mark>').format(part) if position % 2 else escape(part)
        for position, part in enumerate(parts)
    )


def paragraphs(text: str | None, marking: Iterable[str] = ()) -> Markup:
    """What a person typed, safe, with their paragraphs and line breaks, and some of their words marked."""
    words = tuple(marking)
    blocks = [block for block in (text or "").replace("\r\n", "\n").split("\n\n") if block.strip()]
    return Markup("").join(
        Markup('<p class="govuk-body">{}</p>').format(
            Markup("<br>").join(_marked(line, words) for line in block.strip().split("\n"))
        )
        for block in blocks
    )
