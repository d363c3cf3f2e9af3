"""Leads are told when the window of a review opens and before it closes, once each."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification
from reviews.models import Publication, ReminderKind, ReviewReminder, ReviewReport
from reviews.statistics import in_words
from reviews.window import Window, windows

BEFORE_CLOSING = timedelta(days=56)


def is_due(window: Window, kind: ReminderKind, today: date) -> bool:
    """From its day on, so that a run that was missed is made good, and until the window has closed."""
    first = window.opens if kind == ReminderKind.OPENS else window.closes - BEFORE_CLOSING
    return first <= today <= window.closes


def remind_of_windows(*, today: date | None = None) -> int:
    """Returns how many reminders were written. A review that is published needs none of its closing."""
    day = today or timezone.localdate()
    due = [(window, kind) for window in windows() for kind in ReminderKind if is_due(window, kind, day)]
    return sum(_remind(window, kind) for window, kind in due)


@transaction.atomic
def _remind(window: Window, kind: ReminderKind) -> bool:
    key = window.edition.pk if window.edition else None
    of_window = ReviewReport.objects.filter(edition=key, window_opens=window.opens)
    if kind == ReminderKind.CLOSES and of_window.filter(publication=Publication.PUBLISHED).exists():
        return False
    _, is_new = ReviewReminder.objects.get_or_create(edition=window.edition, kind=kind)
    if not is_new:
        return False
    for lead in User.objects.filter(role=Role.LEAD, is_active=True).order_by("pk"):
        queue_notification(to=lead.email, user=lead, subject=_subject(window, kind), body=_body(window))
    return True


def _subject(window: Window, kind: ReminderKind) -> str:
    if kind == ReminderKind.OPENS:
        return "A review of the scheme is due"
    return f"The review of the scheme is due by {in_words(window.closes)}"


def _body(window: Window) -> str:
    return (
        f"The review of {window.what} on {in_words(window.begins)} is due between {in_words(window.opens)} "
        f"and {in_words(window.closes)}.\n\n{settings.BASE_URL}{reverse('reviews:report_start')}\n"
    )
