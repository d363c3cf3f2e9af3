"""Saving a section that somebody else, or the same person in another tab, may have saved meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from applications.answers import digest_of, snapshot
from applications.models import Application, ApplicationStatus
from applications.services.locks import lock_application


class StaleAnswers(Exception):
    """The section was saved with other answers since the page was opened; nothing was saved now."""


def why_not_changed(application: Application) -> str:
    """In words for the company, of a section that is not open to changes."""
    if application.status == ApplicationStatus.QUESTION:
        return (
            "DfT has not asked about this section, so its answers stay as they were signed. "
            "You can reply to DfT’s questions, and change the answers that they are about."
        )
    sent = "This application has been sent, so its" if application.submitted_at else "Its"
    return f"{sent} answers can no longer be changed here. It is now: {application.get_status_display()}."


@transaction.atomic
def save_section(
    *, application: Application, section: str, seen: str, save: Callable[[Application], object]
) -> None:
    """Call a `set_...` service under the company's lock, unless it would undo what the person has not seen.

    `seen` is the digest of the section's answers on the page (`section_digest`); `save` gets the application
    as it stands now, `with_answers()`. To save what is saved already (a double click) undoes nothing. Raises
    StaleAnswers, and saves nothing.
    """
    lock_application(application)
    current = _fetch(application)
    before = section_digest(current, section)
    if not seen or seen == before:
        save(current)
        return
    with transaction.atomic():
        save(current)
        if section_digest(_fetch(application), section) != before:
            raise StaleAnswers


def section_digest(application: Application, section: str) -> str:
    """Of the answers of one section. Fetch the application `with_answers()` first."""
    return digest_of(snapshot(application)[section])


def _fetch(application: Application) -> Application:
    return Application.objects.with_answers().defer("company__search").get(pk=application.pk)
