"""Tagged PDF (PDF/UA-1) from HTML: context in, bytes out; no query, no network.

It stands in this room because the later rooms print too, and imports go one way (ADR 10).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

NO_PICTURES: Mapping[str, bytes] = {}


class NotAllowed(FatalURLFetchingError):
    """The document asked for something that was not handed to it: it is not made at all."""


class HandedOnly(URLFetcher):
    """Answers for the pictures it was given under `chart:` names, and for nothing else on earth."""

    def __init__(self, pictures: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=())
        self._pictures = {f"chart:{name}": svg for name, svg in pictures.items()}

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        if url not in self._pictures:
            raise NotAllowed(f"The document asks for {url[:200]}")
        return URLFetcherResponse(url, self._pictures[url], {"Content-Type": "image/svg+xml"})


@cache
def _text_of(stylesheet: Path) -> str:
    return stylesheet.read_text(encoding="utf-8")


def render_pdf(
    *,
    template: str,
    context: Mapping[str, Any],
    stylesheet: Path,
    pictures: Mapping[str, bytes] = NO_PICTURES,
) -> bytes:
    """The template as PDF. Raises NotAllowed when it refers to anything but `pictures`."""
    fetcher = HandedOnly(pictures)
    html = render_to_string(template, dict(context))
    fonts = FontConfiguration()
    style = CSS(string=_text_of(stylesheet), font_config=fonts, url_fetcher=fetcher)
    document = HTML(string=html, url_fetcher=fetcher, base_url=None)
    made: bytes = document.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
    return made
