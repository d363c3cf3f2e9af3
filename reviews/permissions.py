"""Who may see figures, and who makes the report of a review."""

from __future__ import annotations

from accounts.models import Role, User

FIGURE_READERS = frozenset({Role.PANEL, Role.ASSURER, Role.LEAD, Role.ADMINISTRATOR})


def can_see_figures(user: User) -> bool:
    """The department and the Advisory Panel see the figures in full, suppressed. The public sees take-up."""
    return user.role in FIGURE_READERS


def can_see_reports(user: User) -> bool:
    return user.role in FIGURE_READERS


def can_make_report(user: User) -> bool:
    return user.role == Role.LEAD


def can_write_words(user: User) -> bool:
    """The words of a report are the department's: those who check write, and leads."""
    return user.role in {Role.ASSURER, Role.LEAD}


def can_publish_report(user: User) -> bool:
    """Send it to the panel, sign it off, open it again, publish it."""
    return user.role == Role.LEAD


def can_comment_on_reports(user: User) -> bool:
    return user.role == Role.PANEL
