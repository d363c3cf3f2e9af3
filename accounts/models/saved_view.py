"""What a person keeps of a list: its filters and order, under a name."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models.functions import Lower

from accounts.models.account import User
from accounts.querysets import SavedViewQuerySet


class SavedView(models.Model):
    """A person's own name for the filters and the order of a list. Nobody else sees it."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=60, help_text="name of the list's address, like applications:queue")
    name = models.CharField(max_length=60)
    query = models.CharField(
        max_length=2000,
        blank=True,
        help_text="as the list writes it; empty is the list as it comes",
    )
    is_default = models.BooleanField(default=False, help_text="the list opens with it")
    created_at = models.DateTimeField(db_default=TransactionNow())

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint("owner", "page", Lower("name"), name="saved_view_name_once"),
            models.UniqueConstraint(
                fields=["owner", "page"],
                condition=models.Q(is_default=True),
                name="one_default_view_of_a_list",
            ),
            models.CheckConstraint(condition=~models.Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def record_label(self) -> str:
        return f"Saved view {self.pk}"
