"""The audit chain of what was seeded. Events come in company by company and leave in order of time."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, models, reset_queries

from accounts.models import AuditEvent
from accounts.services import AUDIT_LOCK, FIRST_DIGEST, digest_event, label_of

BATCH = 5000
COLUMNS = ("at", "by_id", "verb", "target_type", "target_id", "target_label", "reason", "data")
TABLE = """
    CREATE TEMPORARY TABLE seeded_event (
        id bigint GENERATED ALWAYS AS IDENTITY, at timestamptz NOT NULL, by_id bigint, verb text NOT NULL,
        target_type text NOT NULL, target_id text NOT NULL, target_label text NOT NULL, reason text NOT NULL,
        data text NOT NULL
    ) ON COMMIT DROP
"""
COPY = """
    COPY seeded_event (at, by_id, verb, target_type, target_id, target_label, reason, data)
    FROM STDIN WITH (FORMAT csv, FORCE_NULL (by_id))
"""
IN_ORDER = """
    SELECT at, by_id, verb, target_type, target_id, target_label, reason, data
    FROM seeded_event ORDER BY at, id
"""


class Record:
    """Gathers events in a temporary table, since the memory of 100,000 companies' would not stay small."""

    def __init__(self) -> None:
        self._lines: list[tuple[Any, ...]] = []
        with connection.cursor() as cursor:
            cursor.execute(TABLE)

    def add(
        self,
        *,
        at: datetime,
        by: int | None,
        verb: str,
        target: models.Model,
        label: str = "",
        reason: str = "",
        **data: Any,
    ) -> None:
        """`label` saves the queries of a `str(target)` that reads other rows."""
        name = label or label_of(target)
        row = (at.isoformat(), by, verb, target._meta.label_lower, target.pk, name, reason, json.dumps(data))
        self._lines.append(row)
        if len(self._lines) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        text = io.StringIO()
        csv.writer(text, quoting=csv.QUOTE_ALL).writerows(self._lines)
        text.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(COPY, text)
        self._lines.clear()

    def write(self) -> int:
        """Append everything to the chain in order of time; returns how many links."""
        self._flush()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AUDIT_LOCK])
        last = AuditEvent.objects.order_by("-pk").values_list("digest", flat=True).first() or FIRST_DIGEST
        written = 0
        batch: list[AuditEvent] = []
        for row in self._in_order():
            batch.append(_link(row, last))
            last = batch[-1].digest
            if len(batch) == BATCH:
                AuditEvent.objects.bulk_create(batch)
                reset_queries()
                written += len(batch)
                batch = []
        AuditEvent.objects.bulk_create(batch)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE seeded_event")
        return written + len(batch)

    def _in_order(self) -> Iterator[tuple[Any, ...]]:
        with connection.chunked_cursor() as cursor:
            # So many rows a fetch; Django gives no name for the driver's attribute.
            cursor.cursor.itersize = BATCH
            cursor.execute(IN_ORDER)
            yield from cursor


def _link(row: tuple[Any, ...], previous_digest: str) -> AuditEvent:
    fields = dict(zip(COLUMNS, row, strict=True))
    event = AuditEvent(**fields | {"data": json.loads(fields["data"])}, previous_digest=previous_digest)
    event.digest = digest_event(event)
    return event
