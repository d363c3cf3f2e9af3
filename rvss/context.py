from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from rvss.navigation import navigation_for

FOOTER = [
    ("Accessibility statement", "accessibility"),
    ("Cookies", "cookies"),
    ("Privacy", "privacy"),
]
NAME = "Rental Vehicle Security Scheme"


def service(request: HttpRequest) -> dict[str, Any]:
    """What every page shows around its content."""
    return {
        "service": {
            "name": NAME,
            "brand": settings.GOVUK_BRAND,
            "navigation": navigation_for(request),
            "footer": [{"text": text, "href": reverse(name)} for text, name in FOOTER],
        }
    }
