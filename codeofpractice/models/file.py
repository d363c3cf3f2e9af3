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
    UNSCANNABLE = "unscannable", "Refused: it cannot be checked"


FILE_TRANSITIONS: Transitions = {
    FileStatus.WAITING: {FileStatus.CLEAN, FileStatus.INFECTED, FileStatus.UNSCANNABLE},
    # A later scan with newer signatures may find what an earlier one could not.
    FileStatus.CLEAN: {FileStatus.INFECTED},
    FileStatus.UNSCANNABLE: {FileStatus.WAITING},
    FileStatus.INFECTED: set(),
}


class StoredFile(models.Model):
    """An uploaded file under a random name. Nobody can open it until it is clean."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="files")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(db_default=TransactionNow())
    original_name = models.CharField(max_length=200)
    storage_name = models.CharField(max_length=100, unique=True)
    content_type = models.CharField(max_length=100, help_text="told from the content, not from the name")
    size = models.PositiveBigIntegerField(help_text="bytes")
    sha256 = models.CharField(max_length=64)
    status = models.CharField(max_length=12, choices=FileStatus.choices, default=FileStatus.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.TextField(blank=True)

    objects = StoredFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["id"], name="file_waiting", condition=Q(status="waiting"))]
        triggers = [state_machine("status", FILE_TRANSITIONS)]

    def __str__(self) -> str:
        return self.original_name
