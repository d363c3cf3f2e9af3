"""Loading an edition of the Code of Practice from its YAML, and publishing it."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from accounts.transitions import TransitionRefused, change_status
from codeofpractice.edition_files import (
    EditionRefused,
    Row,
    comparable,
    content_of,
    find_correspondences,
    read_edition,
)
from codeofpractice.models import EDITION_TRANSITIONS, Correspondence, Edition, EditionStatus, Point
from codeofpractice.permissions import can_manage_editions

__all__ = ["EditionRefused", "check_edition", "load_edition", "publish_edition", "read_edition"]

NOT_YOURS = "Only an administrator can load or publish an edition"


@transaction.atomic
def load_edition(*, source: bytes, by: User | None = None, publish: bool = True) -> tuple[Edition, bool]:
    """Load an edition; the flag says whether anything changed. Loading the same file again changes nothing.

    An edition with a date is published, unless `publish` is False: then the date is a proposal. A published
    edition never changes: people have signed it. A file that says the same in another form changes nothing.
    Raises EditionRefused. `by` is None when it is loaded from the command line.
    """
    if by is not None:
        require(can_manage_editions(by), NOT_YOURS)
    content = read_edition(source)
    rows = find_correspondences(content)
    digest = hashlib.sha256(source).hexdigest()
    edition, made = _lock_or_make(content)
    said = content.get("published_on")
    published_on = date.fromisoformat(said) if said else None
    is_same = not made and content_of(edition) == comparable(content, rows)
    if edition.status == EditionStatus.PUBLISHED:
        if is_same and published_on in {None, edition.published_on}:
            return edition, False
        raise EditionRefused(
            f"{edition.title} is published and cannot change. Give the changed text a code of its own."
        )
    if is_same and edition.published_on == published_on and not (publish and published_on):
        return edition, False
    _write(edition, content, rows, published_on, digest)
    if publish and published_on:
        change_status(edition, EditionStatus.PUBLISHED, EDITION_TRANSITIONS)
        edition.save(update_fields=["status"])
    record_event(verb="edition.loaded", target=edition, by=by, data={"sha256": digest})
    return edition, True


def _lock_or_make(content: dict[str, Any]) -> tuple[Edition, bool]:
    _, made = Edition.objects.get_or_create(
        code=content["code"], defaults={"title": content["title"], "declaration": content["declaration"]}
    )
    return Edition.objects.select_for_update().get(code=content["code"]), made


def _write(
    edition: Edition, content: dict[str, Any], rows: list[Row], published_on: date | None, digest: str
) -> None:
    edition.title = content["title"]
    edition.published_on = published_on
    edition.rental_models = content["rental_models"]
    edition.declaration = content["declaration"]
    edition.source_sha256 = digest
    edition.save()
    edition.correspondences.all().delete()
    edition.points.all().delete()
    points = Point.objects.bulk_create(
        Point(edition=edition, **{name: value for name, value in point.items() if name != "corresponds"})
        for point in content["points"]
    )
    by_key = {point.key: point for point in points}
    Correspondence.objects.bulk_create(
        Correspondence(
            edition=edition,
            point=by_key[row.point] if row.point else None,
            earlier_edition=row.earlier,
            earlier_point=row.earlier_point,
            relation=row.relation,
            note=row.note,
        )
        for row in rows
    )


def check_edition(*, source: bytes) -> tuple[Edition, bool]:
    """What load_edition would do, with nothing left of it. Raises EditionRefused."""
    with transaction.atomic():
        found = load_edition(source=source)
        transaction.set_rollback(True)
    return found


@transaction.atomic
def publish_edition(*, edition: Edition, on: date, reason: str, digest: str, by: User) -> Edition:
    """Publish a draft on a day, today or later; from then on it never changes.

    `digest` is that of the text that was on the page: nobody publishes what they did not see. On the day,
    companies apply under it, and members' plans are moved on to it.
    """
    require(can_manage_editions(by), NOT_YOURS)
    locked = Edition.objects.select_for_update().get(pk=edition.pk)
    change_status(
        locked,
        EditionStatus.PUBLISHED,
        EDITION_TRANSITIONS,
        message="This edition is published already. Somebody may have been faster than you.",
    )
    if locked.source_sha256 != digest:
        raise TransitionRefused("The draft was loaded again after you opened the page. Look at it first.")
    if on < timezone.localdate():
        raise TransitionRefused("An edition is published today or later, not in the past.")
    locked.published_on = on
    locked.save(update_fields=["status", "published_on"])
    record_event(
        verb="edition.published",
        target=locked,
        by=by,
        reason=reason,
        data={"on": on.isoformat(), "sha256": digest},
    )
    return locked
