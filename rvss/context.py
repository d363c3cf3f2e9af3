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
YOUR_DATA = ("What we hold about you", "data:yours")
NAME = "Rental Vehicle Security Scheme"


def service(request: HttpRequest) -> dict[str, Any]:
    """What every page shows around its content."""
    signed_in = getattr(request, "user", None) is not None and request.user.is_authenticated
    footer = [*FOOTER, YOUR_DATA] if signed_in else FOOTER
    return {
        "service": {
            "name": NAME,
            "brand": settings.GOVUK_BRAND,
            "navigation": navigation_for(request),
            "footer": [{"text": text, "href": reverse(name)} for text, name in footer],
        }
    }
