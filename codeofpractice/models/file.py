from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.transitions import Transitions, state_machine
from applications.models import Company
from codeofpractice.querysets import StoredFileQuerySet


class FileStatus(models.TextChoices):
    WAITING = "waiting", "Being checked"
    CLEAN = "clean", "Ready"
    INFECTED = "infected", "Refused: it holds a virus"
    ENCRYPTED = "encrypted", "Refused: it has a password"
    UNSCANNABLE = "unscannable", "Refused: it cannot be checked"


FILE_TRANSITIONS: Transitions = {
    FileStatus.WAITING: {
        FileStatus.CLEAN,
        FileStatus.INFECTED,
        FileStatus.ENCRYPTED,
        FileStatus.UNSCANNABLE,
    },
    # A later scan with newer signatures may find what an earlier one could not.
    FileStatus.CLEAN: {FileStatus.INFECTED},
    FileStatus.ENCRYPTED: {FileStatus.WAITING},
    FileStatus.UNSCANNABLE: {FileStatus.WAITING},
    FileStatus.INFECTED: set(),
}
# What happened, and what to do next: said wherever the file is named to who uploaded it.
FILE_WORDS: dict[str, str] = {
    FileStatus.INFECTED: "The virus scanner found something harmful in the file, so nobody can open it. "
    "Remove it here, and have the computer that it came from checked.",
    FileStatus.ENCRYPTED: "The file, or a file inside it, is protected with a password, so the virus scanner "
    "could not look inside and nobody can open it. Save a copy without the password, and upload that.",
    FileStatus.UNSCANNABLE: "The virus scanner could not look at all of the file, so nobody can open it. "
    "Have it checked again, or save a copy without macros and attachments, and upload that.",
}


class StoredFile(models.Model):
    """An uploaded file under a random name. Nobody can open it until it is clean."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="files")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_held_by_dft = models.BooleanField(
        default=False, help_text="of an assurer about the company, whose people do not see it"
    )
    uploaded_at = models.DateTimeField(db_default=TransactionNow())
    original_name = models.CharField(max_length=200)
    storage_name = models.CharField(max_length=100, unique=True)
    content_type = models.CharField(max_length=100, help_text="told from the content, not from the name")
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=FileStatus.choices, default=FileStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)
    scan_began_at = models.DateTimeField(
        null=True, blank=True, help_text="when a worker took it up; empty once it has said what it found"
    )
    scans_broken_off = models.PositiveSmallIntegerField(default=0, help_text="how many workers died over it")

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["id"], name="file_waiting", condition=Q(status="waiting"))]
        triggers = [state_machine("status", FILE_TRANSITIONS)]

    def __str__(self) -> str:
        return self.original_name

    @property
    def words(self) -> str:
        """Why nobody can open it and what to do; empty while it is being checked, and once it is clean."""
        return FILE_WORDS.get(self.status, "")

    def name_for(self, user: User | None) -> str:
        """Its name; until it is clean, only for who uploaded it."""
        if self.status == FileStatus.CLEAN or self.uploaded_by == user:
            return self.original_name
        return f"A file that {self.uploaded_by.name} uploaded"
