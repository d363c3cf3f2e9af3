"""The recognised security contact, its deputy, and what they were asked and said."""

from __future__ import annotations

from datetime import timedelta

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import Q

from accounts.models import Notification
from accounts.transitions import Transitions, state_machine
from applications.models.company import Company
from applications.querysets import ContactConfirmationQuerySet, SecurityContactQuerySet

ANSWER_WITHIN = timedelta(days=28)


class SecurityContactKind(models.TextChoices):
    CONTACT = "contact", "Recognised security contact"
    DEPUTY = "deputy", "Deputy"


class ContactStanding(models.TextChoices):
    """What is known of a contact. Who has confirmed stays so while they are asked again."""

    UNASKED = "unasked", "Not asked yet"
    WAITING = "waiting", "Asked to confirm"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Says it is not them"
    MISSED = "missed", "Did not answer"


class SecurityContact(models.Model):
    """Who the contact was, and from when to when: a change closes the row and opens another.

    The contact of a day is the row with since <= day < until; a row that ends on the day on which it began
    was a correction.
    """

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="security_contacts")
    kind = models.CharField(max_length=10, choices=SecurityContactKind.choices)
    name = models.CharField("full name", max_length=150)
    job_title = models.CharField(max_length=120)
    email = models.EmailField("email address")
    telephone = models.CharField("telephone number", max_length=20)
    since = models.DateField()
    until = models.DateField(null=True, blank=True, help_text="the day on which another took over")
    standing = models.CharField(
        max_length=10, choices=ContactStanding.choices, default=ContactStanding.UNASKED
    )
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="last confirmed by their own click")
    details_removed_at = models.DateTimeField(
        null=True, blank=True, help_text="when name, address and telephone were removed; the dates stay"
    )

    objects = SecurityContactQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "-since", "-pk"]
        indexes = [
            models.Index(
                fields=["id"],
                name="contact_unsettled",
                condition=Q(until__isnull=True, standing__in=["waiting", "refused", "missed"]),
            ),
            models.Index(
                fields=["confirmed_at"],
                name="contact_to_confirm_again",
                condition=Q(until__isnull=True, standing="confirmed"),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "kind"],
                condition=Q(until__isnull=True),
                name="one_current_contact_of_a_kind",
            ),
            models.CheckConstraint(
                name="contact_ends_after_start",
                condition=Q(until__isnull=True) | Q(until__gte=models.F("since")),
            ),
            models.CheckConstraint(
                name="contact_confirmed_with_time",
                condition=~Q(standing="confirmed") | Q(confirmed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="contact_details_removed_of_past_only",
                condition=Q(details_removed_at__isnull=True)
                | Q(until__isnull=False, email="", telephone="", job_title=""),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="no_two_at_a_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("since", "until", "kind", "company_id"),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM applications_securitycontact other
                        WHERE other.company_id = NEW.company_id AND other.kind = NEW.kind
                        AND other.id <> NEW.id
                        AND daterange(other.since, other.until) && daterange(NEW.since, NEW.until)
                    ) THEN
                        RAISE EXCEPTION 'two contacts of one kind on one day';
                    END IF;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    @property
    def is_confirmed(self) -> bool:
        return self.standing == ContactStanding.CONFIRMED


class ConfirmationStatus(models.TextChoices):
    WAITING = "waiting", "Waiting for an answer"
    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Says it is not them"
    MISSED = "missed", "Not answered in time"
    SUPERSEDED = "superseded", "Asked again, or replaced"


CONFIRMATION_TRANSITIONS: Transitions = {
    ConfirmationStatus.WAITING: {
        ConfirmationStatus.CONFIRMED,
        ConfirmationStatus.REFUSED,
        ConfirmationStatus.MISSED,
        ConfirmationStatus.SUPERSEDED,
    },
    # A late click is still the contact's own.
    ConfirmationStatus.MISSED: {
        ConfirmationStatus.CONFIRMED,
        ConfirmationStatus.REFUSED,
        ConfirmationStatus.SUPERSEDED,
    },
    ConfirmationStatus.CONFIRMED: set(),
    ConfirmationStatus.REFUSED: set(),
    ConfirmationStatus.SUPERSEDED: set(),
}


class ContactConfirmation(models.Model):
    """One time that a contact was asked whether it is them, and what they answered."""

    contact = models.ForeignKey(SecurityContact, on_delete=models.PROTECT, related_name="confirmations")
    status = models.CharField(
        max_length=10, choices=ConfirmationStatus.choices, default=ConfirmationStatus.WAITING
    )
    asked_at = models.DateTimeField(db_default=TransactionNow())
    reminders = models.PositiveSmallIntegerField(default=0)
    message = models.ForeignKey(
        Notification,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="the newest message that asked; tells whether it arrived",
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="why it is not them")

    objects = ContactConfirmationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["asked_at"], name="confirmation_waiting", condition=Q(status="waiting"))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["contact"], condition=Q(status="waiting"), name="one_waiting_confirmation"
            ),
            models.CheckConstraint(
                name="confirmation_answered_with_time",
                condition=Q(status__in=["confirmed", "refused"], answered_at__isnull=False)
                | Q(status__in=["waiting", "missed", "superseded"], answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="confirmation_refused_with_reason", condition=~Q(status="refused") | ~Q(reason="")
            ),
        ]
        triggers = [state_machine("status", CONFIRMATION_TRANSITIONS)]

    def __str__(self) -> str:
        return f"Confirmation {self.pk} of contact {self.contact_id}"
