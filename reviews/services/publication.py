"""From the draft of a report to its publication: words, comments, sign-off. Figures are never touched."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role, User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from reviews.models import (
    PUBLICATION_TRANSITIONS,
    Publication,
    ReportAnswer,
    ReportComment,
    ReportStatus,
    ReportStep,
    ReportText,
    ReviewReport,
)
from reviews.permissions import can_comment_on_reports, can_publish_report, can_write_words
from reviews.sections import newest_words, unwritten_sections, writable_keys
from reviews.services.reports import queue_again

NOT_YOURS = "Only a lead assurer decides on a report of a review"
OPEN_TO_WORDS = {Publication.DRAFT, Publication.CONSULTATION}


class NotYet(Exception):
    """Something must come first; the message says what, to the person."""


class StaleWords(Exception):
    """Somebody saved other words after the page was opened; `current` is the newest version."""

    def __init__(self, current: ReportText) -> None:
        super().__init__(f"Version {current.version} came in between")
        self.current = current


def _lock(report: ReviewReport) -> ReviewReport:
    return ReviewReport.objects.select_for_update().get(pk=report.pk)


@transaction.atomic
def write_section(*, report: ReviewReport, section: str, words: str, seen: int, by: User) -> ReportText:
    """A new version of a section's words. `seen` is the version that the page showed, 0 for none.

    Raises StaleWords when there is a newer one with other words; the same words again make no version.
    """
    require(can_write_words(by), "Only those who check and lead assurers write the words of a report")
    locked = _lock(report)
    if not locked.takes_words or section not in writable_keys(locked):
        raise TransitionRefused(f"This report is now: {locked.get_publication_display()}. Its words stay.")
    current = ReportText.objects.filter(report=locked, section=section).first()
    if current is not None and current.words == words:
        return current
    if current is not None and current.version != seen:
        raise StaleWords(current)
    made = ReportText.objects.create(
        report=locked,
        section=section,
        version=current.version + 1 if current else 1,
        words=words,
        by=by,
        at=timezone.now(),
    )
    record_event(
        verb="report.words_written",
        target=locked,
        by=by,
        data={"section": section, "version": made.version},
    )
    return made


@transaction.atomic
def consult_panel(*, report: ReviewReport, reason: str, by: User) -> ReviewReport:
    """Give the draft to the panel. The document is written anew with the words so far."""
    require(can_publish_report(by), NOT_YOURS)
    locked = _lock(report)
    _must_be_ready(locked)
    _step(locked, Publication.CONSULTATION, reason, by)
    queue_again(locked)
    _tell(Role.PANEL, locked, "A draft report of the review is open for comments")
    return locked


@transaction.atomic
def comment_on_report(*, report: ReviewReport, section: str, words: str, by: User) -> ReportComment:
    """The same words to the same section by the same person are one comment."""
    require(can_comment_on_reports(by), "Only members of the Advisory Panel comment on a draft")
    locked = _lock(report)
    if locked.publication != Publication.CONSULTATION:
        raise TransitionRefused(f"This report is now: {locked.get_publication_display()}.")
    if section and section not in writable_keys(locked):
        raise TransitionRefused("This report has no such section.")
    same = ReportComment.objects.filter(report=locked, section=section, words=words, by=by).first()
    if same is not None:
        return same
    made = ReportComment.objects.create(report=locked, section=section, words=words, by=by, at=timezone.now())
    record_event(verb="report.commented", target=locked, by=by, data={"comment": made.pk, "section": section})
    return made


@transaction.atomic
def answer_comment(*, comment: ReportComment, words: str, by: User) -> ReportAnswer:
    require(can_write_words(by), "Only those who check and lead assurers answer comments")
    locked = _lock(comment.report)
    if locked.publication not in OPEN_TO_WORDS:
        raise TransitionRefused(f"This report is now: {locked.get_publication_display()}.")
    if ReportAnswer.objects.filter(comment=comment).exists():
        raise TransitionRefused("Somebody has answered this comment already.")
    made = ReportAnswer.objects.create(comment=comment, words=words, by=by, at=timezone.now())
    record_event(verb="report.comment_answered", target=locked, by=by, data={"comment": comment.pk})
    return made


@transaction.atomic
def sign_report(*, report: ReviewReport, reason: str, by: User) -> ReviewReport:
    """Sign the words off, by a lead who wrote none of them. The document is written with them.

    Raises NotYet while a section that must have words has none, and while a comment has no answer.
    """
    require(can_publish_report(by), NOT_YOURS)
    locked = _lock(report)
    _must_be_ready(locked)
    words = newest_words(locked)
    if any(text.by_id == by.pk for text in words.values()):
        raise NotYet("You wrote some of these words. Another lead assurer must sign the report off.")
    missing = unwritten_sections(locked, words)
    if missing:
        raise NotYet(f"These sections have no words yet: {', '.join(missing)}.")
    unanswered = ReportComment.objects.filter(report=locked, answer=None).count()
    if unanswered:
        raise NotYet(f"{unanswered} of the panel’s comments must be answered first.")
    _step(locked, Publication.SIGNED, reason, by)
    queue_again(locked)
    return locked


@transaction.atomic
def reopen_report(*, report: ReviewReport, reason: str, by: User) -> ReviewReport:
    """Back to a draft, from the panel or after the sign-off, which must then be given again."""
    require(can_publish_report(by), NOT_YOURS)
    locked = _lock(report)
    _step(locked, Publication.DRAFT, reason, by)
    return locked


@transaction.atomic
def publish_report(*, report: ReviewReport, reason: str, by: User) -> ReviewReport:
    """For everybody, for good. A published report on the same launch or edition is replaced by it."""
    require(can_publish_report(by), NOT_YOURS)
    locked = _lock(report)
    _must_be_ready(locked)
    earlier = (
        ReviewReport.objects.select_for_update()
        .filter(edition=locked.edition_id, publication=Publication.PUBLISHED)
        .first()
    )
    if earlier is not None:
        earlier.replaced_by = locked
        _step(earlier, Publication.REPLACED, reason, by)
    locked.published_at = timezone.now()
    _step(locked, Publication.PUBLISHED, reason, by)
    return locked


def _must_be_ready(locked: ReviewReport) -> None:
    if locked.status != ReportStatus.READY or locked.tables is None:
        raise TransitionRefused(
            f"The document of this report is not ready: {locked.get_status_display().lower()}."
        )


def _step(locked: ReviewReport, to: Publication, reason: str, by: User) -> None:
    before = locked.publication
    change_status(locked, to, PUBLICATION_TRANSITIONS, field="publication")
    locked.save()
    ReportStep.objects.create(report=locked, to=to, reason=reason, by=by, at=timezone.now())
    record_event(verb=f"report.{to}", target=locked, by=by, reason=reason, data={"from": str(before)})


def _tell(role: Role, report: ReviewReport, subject: str) -> None:
    address = f"{settings.BASE_URL}{reverse('reviews:report', kwargs={'pk': report.pk})}"
    for person in User.objects.filter(role=role, is_active=True).order_by("pk"):
        queue_notification(
            to=person.email,
            user=person,
            subject=subject,
            body=f"You can read the draft and comment on it.\n\n{address}\n",
        )
