"""What DfT asks about the answers of an application, and what the company replies."""

from __future__ import annotations

from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import User
from applications.models.application import Application
from applications.querysets import ApplicationQuestionQuerySet


class ApplicationQuestion(models.Model):
    """A question on one section of the answers or one answer of it, and the company's reply.

    It is open until the company sends its replies to DfT, all at once: until then a reply can be changed.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="questions")
    section = models.CharField(max_length=40, help_text="key of the task-list section that it is about")
    answer_label = models.CharField(
        max_length=80, blank=True, help_text="which answer of the section; empty for all of it"
    )
    question = models.TextField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=TransactionNow())
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True, help_text="when the reply went to DfT")
    form_key = models.UUIDField(
        null=True,
        unique=True,
        editable=False,
        help_text="of the form that asked: sent again, it asks nothing new",
    )

    objects = ApplicationQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "section", "answer_label"],
                condition=Q(sent_at__isnull=True),
                name="one_open_question_per_answer",
            ),
            models.CheckConstraint(
                name="question_answered_with_who_when",
                condition=Q(answer="", answered_by__isnull=True, answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="question_sent_once_answered",
                condition=Q(sent_at__isnull=True) | Q(answered_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Question on {self.section} of {self.application_id}"
