"""Stops an upload while it streams, before it fills a disk."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class FilesTooLarge(RequestDataTooBig):
    """The files of a request, not its text."""


class StopAtLimit(FileUploadHandler):
    """Counts bytes over all files of a request; above twice the cap for one file it refuses the request."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.received += len(raw_data)
        if self.received > 2 * settings.UPLOAD_MAX_BYTES:
            raise FilesTooLarge("The files are larger than the service takes.")
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
