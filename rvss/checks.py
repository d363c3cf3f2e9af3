"""What a wrong setting must not be found out by in production."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def scanner_is_named(**kwargs: Any) -> list[CheckMessage]:
    """Files wait for the scanner; without one they would wait for ever, and nobody would be told."""
    if settings.DEBUG or settings.CLAMD_SOCKET:
        return []
    return [Error("CLAMD_SOCKET is empty: uploaded files would never be scanned.", id="rvss.E001")]


@register()
def address_is_secure(**kwargs: Any) -> list[CheckMessage]:
    """Messages hold links to BASE_URL, and forms are accepted from it."""
    if not settings.SECURE or settings.BASE_URL.startswith("https://"):
        return []
    return [Error(f"BASE_URL is {settings.BASE_URL}; it must begin with https:// here.", id="rvss.E002")]


@register()
def mail_server_is_named(**kwargs: Any) -> list[CheckMessage]:
    """The settings refuse a start with Notify half set; a mail server without a name is found here."""
    sends_by_mail = settings.MESSAGES_VIA == "smtp" and not settings.EMAIL_SPOOL_DIR
    if settings.DEBUG or not sends_by_mail or settings.EMAIL_HOST:
        return []
    return [Error("EMAIL_HOST is empty: no message would leave.", id="rvss.E003")]
