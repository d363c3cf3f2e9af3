"""One file on its way: the page, the scanner, the reader, and what the person sees at the end."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from codeofpractice import tasks
from codeofpractice.models import FileStatus, PlanDocument, ReadingStatus, StoredFile

# Where a file may end. None of them leaves a person with a page that only waits.
ENDS = ("refused", "infected", "encrypted", "unscannable", "released", "read", "unreadable")
NEXT_STEP = re.compile(
    r"\b(?:save|upload|check|choose|take|remove|open|split|must be|have it|answer)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Upload:
    name: str
    content: bytes
    filename: str = "plan.pdf"
    content_type: str = "application/pdf"
    as_plan: bool = True
    harmful: bool = False  # whoever opened it could come to harm, so it must never be released


@dataclass(frozen=True)
class Outcome:
    end: str
    words: str = ""

    @property
    def is_released(self) -> bool:
        return self.end in {"released", "read", "unreadable"}

    @property
    def fault(self) -> str:
        """What the service did wrong; empty when nothing."""
        if self.end not in ENDS:
            return f"it ended as: {self.end} {self.words}"
        if self.end not in {"read", "released"} and not NEXT_STEP.search(self.words):
            return f"no next step in: {self.words!r}"
        return ""


class Pipeline:
    """Sends files into one draft, as its owner, and takes each out again."""

    def __init__(self, client: Client, number: str) -> None:
        self.client = client
        self.address = f"/plans/{number}"
        client.raise_request_exception = False

    def send(self, upload: Upload) -> Outcome:
        before = StoredFile.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        data: dict[str, object] = {
            "file": SimpleUploadedFile(upload.filename, upload.content, upload.content_type)
        }
        if not upload.as_plan:
            data |= {"points": ["3"], "title": "Evidence"}
        page = "documents" if upload.as_plan else "evidence"
        response = self.client.post(f"{self.address}/{page}/", data)
        stored = StoredFile.objects.filter(pk__gt=before).first()
        if response.status_code == 200 and stored is None:
            return Outcome("refused", self._sentence(response.content))
        if response.status_code != 302 or stored is None:
            return Outcome("error", f"{response.status_code}")
        try:
            return self._follow(stored)
        finally:
            self._take_out(stored)

    def _sentence(self, page: bytes) -> str:
        found = BeautifulSoup(page, "html.parser").select(".govuk-error-message")
        return " ".join(" ".join(part.get_text().split()) for part in found)

    def _follow(self, stored: StoredFile) -> Outcome:
        try:
            tasks.scan_file(stored.pk)
            stored.refresh_from_db()
            document = PlanDocument.objects.filter(file=stored).first()
            if document is not None and stored.status == FileStatus.CLEAN:
                tasks.read_plan_document(document.pk)
        except Exception as error:  # a task that dies is a fault to be counted
            return Outcome("error", repr(error))
        opened = self.client.get(f"/files/{stored.pk}/").status_code
        if (opened == 200) != (stored.status == FileStatus.CLEAN) or opened not in {200, 404}:
            return Outcome("error", f"{stored.status}, but a download answers {opened}")
        if document is None:
            end = "released" if stored.status == FileStatus.CLEAN else str(stored.status)
            return self._seen(Outcome(end, stored.words))
        document.refresh_from_db()
        if stored.status != FileStatus.CLEAN:
            return self._seen(Outcome(str(stored.status), document.reason), document)
        end = {ReadingStatus.READ: "read", ReadingStatus.UNREADABLE: "unreadable"}.get(
            ReadingStatus(document.status), f"{document.status}: {document.last_error}"
        )
        return self._seen(Outcome(end, document.reason), document)

    def _seen(self, outcome: Outcome, document: PlanDocument | None = None) -> Outcome:
        """The outcome, if the page that the person looks at says the same."""
        page = f"{self.address}/documents/{document.pk}/" if document else f"{self.address}/"
        response = self.client.get(page)
        text = " ".join(BeautifulSoup(response.content, "html.parser").get_text().split())
        if response.status_code != 200 or " ".join(outcome.words.split()) not in text:
            return Outcome("error", f"{page} answers {response.status_code} and does not say it")
        return outcome

    def _take_out(self, stored: StoredFile) -> None:
        PlanDocument.objects.filter(file=stored).delete()
        for evidence in stored.evidence.all():
            evidence.delete()
        default_storage.delete(stored.storage_name)
