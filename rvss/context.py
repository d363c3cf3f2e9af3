from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from rvss.navigation import navigation_for

NAME = "Rental Vehicle Security Scheme"


def service(request: HttpRequest) -> dict[str, Any]:
    """What every page shows around its content."""
    return {
        "service": {
            "name": NAME,
            "brand": settings.GOVUK_BRAND,
            "navigation": navigation_for(request),
            "footer": [],
        }
    }
