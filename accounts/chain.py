"""Walking the chain of the record, to find what was changed behind the service's back."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.models import AuditEvent
from accounts.services import FIRST_DIGEST, digest_event


@dataclass(frozen=True)
class Walk:
    """How many links hold from the first one on, and what is wrong with the next, if anything is."""

    sound: int
    last_digest: str
    broken: AuditEvent | None = None
    problem: str = ""


def verify_chain() -> Walk:
    """Read every event in order. Events cut off at the end leave no trace here: compare the last digest
    with one that was noted elsewhere."""
    previous, sound = FIRST_DIGEST, 0
    for event in AuditEvent.objects.order_by("pk").iterator(chunk_size=2000):
        if event.previous_digest != previous:
            return Walk(
                sound, previous, event, "it does not follow the event before it: one is gone or was put in"
            )
        if event.digest != digest_event(event):
            return Walk(sound, previous, event, "its content is not what was recorded")
        previous, sound = event.digest, sound + 1
    return Walk(sound, previous)
