"""What GOV.UK Notify must be told, checked before the start. Standard library only."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
SHORTEST_TOKEN = 32
AT_HOME = frozenset({"localhost", "127.0.0.1", "::1"})


class WrongSetting(Exception):
    """A setting without which no message would leave; the message names it, and never quotes it."""


def check_notify(*, api_key: str, template_id: str, base_url: str, callback_token: str) -> None:
    """Raise WrongSetting for the first that is missing or malformed."""
    if not re.fullmatch(rf"\S+-{UUID}-{UUID}", api_key):
        raise WrongSetting("NOTIFY_API_KEY must be a whole key from Notify: its name, then two identifiers")
    if not re.fullmatch(UUID, template_id):
        raise WrongSetting("NOTIFY_TEMPLATE_ID must be the identifier of a template (8-4-4-4-12 digits)")
    address = urlsplit(base_url)
    secure = address.scheme == "https" or (address.scheme == "http" and address.hostname in AT_HOME)
    if not secure or not address.hostname:
        raise WrongSetting("NOTIFY_BASE_URL must begin with https://")
    if len(callback_token) < SHORTEST_TOKEN or re.search(r"\s", callback_token):
        raise WrongSetting(
            f"NOTIFY_CALLBACK_TOKEN must have at least {SHORTEST_TOKEN} characters and no blanks"
        )
