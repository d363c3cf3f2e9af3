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


def _set_scopes(_: Any, pdf: Any) -> None:
    """Say of each heading of a table whether it is that of a column or of a row: the writer does not.

    Those in the first row of a table, or of its part on a later page, are of columns.
    """
    headings = [made for made in pdf.objects if isinstance(made, dict) and made.get("S") == "/TH"]
    for heading in headings:
        row = _at(pdf, heading["P"])
        holder = _at(pdf, row["P"])
        is_column = holder["S"] == "/THead" or all(_at(pdf, kid).get("S") == "/TH" for kid in row["K"])
        heading["A"]["Scope"] = "/Column" if is_column else "/Row"


def _at(pdf: Any, reference: bytes) -> Any:
    return pdf.objects[int(reference.split()[0])]


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
    made: bytes = document.write_pdf(
        stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1", finisher=_set_scopes
    )
    return made
