"""A file that takes too much time or memory, and a worker that is killed, leave nobody waiting."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import zlib
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, connections

from codeofpractice import tasks
from codeofpractice.files import DOCX
from codeofpractice.limited import Limits, read_limited, unpack_limited
from codeofpractice.models import FileStatus, PlanDocument, ReadingStatus, StoredFile
from codeofpractice.reading.document import ReadingRefused
from codeofpractice.reading.extract import read_document
from codeofpractice.services.locks import working_on
from codeofpractice.unpacking import CannotUnpack
from rvss.fuzz.uploads.files import docx, pdf
from tests.cast import build_cast
from tests.codeofpractice.uploads import upload

MEGABYTE = 1024 * 1024
LONG = docx(document=b"<a>" + b"<b>x</b>" * 2_000_000 + b"</a>")


def test_reading_apart_finds_what_reading_finds() -> None:
    assert read_limited(docx(), DOCX.content_type) == read_document(docx(), DOCX.content_type)


@pytest.mark.parametrize("limits", [Limits(seconds=1), Limits(memory=150 * MEGABYTE)], ids=["time", "memory"])
def test_a_file_that_takes_too_much_is_refused_in_words(limits: Limits) -> None:
    with pytest.raises(ReadingRefused, match=r"[Ss]ave .* and upload"):
        read_limited(LONG, DOCX.content_type, limits=limits)


def test_unpacking_has_limits_too() -> None:
    with pytest.raises(CannotUnpack, match=r"limit|MemoryError"):
        unpack_limited(pdf(b"\0" * (59 * MEGABYTE)), limits=Limits(memory=120 * MEGABYTE))


def test_no_secret_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    real = subprocess.run

    def look(*args: Any, **options: Any) -> Any:
        seen.update(options["env"])
        return real(*args, **options)

    monkeypatch.setattr(subprocess, "run", look)
    unpack_limited(pdf())
    assert set(seen) == {"PATH", "PYTHONHASHSEED", "LC_ALL"}


WORKER = """
import os, sys, time
import django
django.setup()
from codeofpractice import tasks
def wait(*args):
    print("working", flush=True)
    time.sleep(120)
setattr(tasks, sys.argv[1], wait)
getattr(tasks, sys.argv[2])(int(sys.argv[3]))
"""


def killed_in(step: str, task: str, pk: int) -> None:
    """A worker of its own that stands still in the step, and is killed there with kill -9."""
    address = os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + str(connection.settings_dict["NAME"])
    environment = os.environ | {"DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "rvss.settings"}
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, step, task, str(pk)],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "working\n"
    worker.send_signal(signal.SIGKILL)
    worker.wait(10)
    worker.stdout.close()


def until_free(model: Any, pk: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with working_on(model, pk) as mine:
            if mine:
                return
        time.sleep(0.05)
    raise AssertionError("the lock of a dead worker stands")


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_over_a_file_is_replaced_and_at_last_the_file_is_given_up() -> None:
    cast = build_cast()
    stored = StoredFile.objects.create(
        company=cast.alpha,
        uploaded_by=cast.owner,
        original_name="plan.docx",
        storage_name=default_storage.save("test/killed", upload(docx())),
        content_type=DOCX.content_type,
        size=1,
        sha256="0" * 64,
    )
    document = PlanDocument.objects.create(version=cast.draft_version, file=stored, added_by=cast.owner)

    killed_in("_look_at", "scan_file", stored.pk)
    until_free(StoredFile, stored.pk)
    stored.refresh_from_db()
    assert (stored.status, stored.scan_began_at is None) == (FileStatus.WAITING, False)
    tasks.scan_file(stored.pk)
    stored.refresh_from_db()
    assert (stored.status, stored.scans_broken_off) == (FileStatus.CLEAN, 1)

    for _ in range(2):
        killed_in("_read", "read_plan_document", document.pk)
        until_free(PlanDocument, document.pk)
        document.refresh_from_db()
        assert document.status == ReadingStatus.READING
    tasks.read_plan_document(document.pk)
    document.refresh_from_db()
    assert (document.status, document.attempts) == (ReadingStatus.READ, 3), document.last_error

    default_storage.delete(stored.storage_name)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_a_worker_has_is_left_to_it() -> None:
    cast = build_cast()
    stored = StoredFile.objects.create(
        company=cast.alpha, uploaded_by=cast.owner, original_name="a", storage_name="test/none",
        content_type=DOCX.content_type, size=1, sha256="0" * 64,
    )  # fmt: skip
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            key = [zlib.crc32(StoredFile._meta.db_table.encode()) - 2**31, stored.pk]
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        tasks.scan_file(stored.pk)
    finally:
        other.close()
    stored.refresh_from_db()
    assert (stored.attempts, stored.scan_began_at) == (0, None)
