"""Where files go is a matter of the environment: a folder, or S3-compatible storage."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import StorageHandler

KEYS = {"S3_ACCESS_KEY_ID": "a-key", "S3_SECRET_ACCESS_KEY": "a-secret"}


def storages_with(**given: str) -> dict[str, Any]:
    """STORAGES as a fresh process reads it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("S3_")}
    printed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import json; from rvss import settings; print(json.dumps(settings.STORAGES))",
        ],
        cwd=settings.BASE_DIR,
        env={**environment, **given},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(printed.stdout)


def test_a_folder_without_a_bucket(tmp_path: Path) -> None:
    assert storages_with(FILES_DIR=str(tmp_path))["default"] == {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path), "base_url": None},
    }


def test_a_bucket_with_the_machines_own_role() -> None:
    default = storages_with(S3_BUCKET="plans")["default"]
    assert default["BACKEND"] == "storages.backends.s3.S3Storage"
    assert default["OPTIONS"] == {
        "bucket_name": "plans",
        "endpoint_url": None,
        "region_name": "eu-west-2",
        "access_key": None,
        "secret_key": None,
        "addressing_style": "auto",
        "signature_version": "s3v4",
        "default_acl": None,
        "file_overwrite": False,
    }


def test_static_files_have_hashed_names_in_production_only() -> None:
    manifest = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    assert storages_with(MANIFEST_STATIC_FILES="true")["staticfiles"] == {"BACKEND": manifest}
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    assert storages_with(MANIFEST_STATIC_FILES="false")["staticfiles"] == {"BACKEND": plain}


class Bucket(BaseHTTPRequestHandler):
    """As much of the S3 protocol as storing, reading and removing one file takes."""

    protocol_version = "HTTP/1.1"
    kept: dict[str, bytes] = {}
    asked: list[tuple[str, str, str]] = []

    def _answer(self, status: int, body: bytes = b"", length: int | None = None) -> None:
        self.asked.append((self.command, self.path, self.headers.get("Authorization", "")))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.send_header("ETag", '"one"')
        self.send_header("Last-Modified", "Thu, 06 Dec 2018 09:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "aws-chunked":
            size, _, rest = body.partition(b"\r\n")
            body = rest[: int(size.split(b";")[0], 16)]
        self.kept[self.path] = body
        self._answer(200)

    def do_HEAD(self) -> None:
        found = self.kept.get(self.path)
        self._answer(200 if found is not None else 404, length=len(found or b""))

    def do_GET(self) -> None:
        found = self.kept.get(self.path.partition("?")[0])
        self._answer(200 if found is not None else 404, found or b"")

    def do_DELETE(self) -> None:
        self.kept.pop(self.path, None)
        self._answer(204)

    def log_message(self, *arguments: Any) -> None:
        return None


@pytest.fixture
def endpoint() -> Iterator[str]:
    Bucket.kept.clear()
    Bucket.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_file_goes_to_the_bucket_and_comes_back(endpoint: str) -> None:
    storage = StorageHandler(storages_with(S3_BUCKET="plans", S3_ENDPOINT_URL=endpoint, **KEYS))["default"]
    name = storage.save("2018/plan.pdf", ContentFile(b"a plan"))
    assert Bucket.kept == {"/plans/2018/plan.pdf": b"a plan"}
    with storage.open(name) as stored:
        assert stored.read() == b"a plan"
    # The same name again is a file of its own: nothing that was signed is written over.
    assert storage.save("2018/plan.pdf", ContentFile(b"another")) != name
    storage.delete(name)
    assert not storage.exists(name)
    for _, path, signature in Bucket.asked:
        assert path.startswith("/plans/")
        assert signature.startswith("AWS4-HMAC-SHA256 Credential=a-key/")
