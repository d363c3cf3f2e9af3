"""Results of inspections that approved partners make of their members, and DfT's re-checks of some."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.functions import TransactionNow
from django.db import models
from django.db.models import F, Q

from accounts.models import User
from accounts.transitions import append_only
from applications.models import Membership, TradeBody
from assurance.models.check import FindingResult
from assurance.models.partner_list import PartnerCheckList
from assurance.models.selection import Selection
from assurance.querysets import PartnerCheckQuerySet
from codeofpractice.models import Edition, Point


class PartnerCheckKind(models.TextChoices):
    ON_SITE = "on_site", "On-site inspection"
    DESKTOP = "desktop", "Desktop audit"


class PartnerOutcome(models.TextChoices):
    MET = "met", "Met"
    MET_WITH_ACTIONS = "met_with_actions", "Met with actions"
    NOT_MET = "not_met", "Not met"


class PartnerCheckSource(models.TextChoices):
    FORM = "form", "On the page"
    FILE = "file", "In a file"
    API = "api", "Through the API"


class PartnerCheck(models.Model):
    """One result as the partner sent it. A correction is a row of its own that replaces an earlier one.

    A correction may be about another member: a wrong membership number is what is mistaken most easily.
    """

    body = models.ForeignKey(TradeBody, on_delete=models.PROTECT, related_name="partner_checks")
    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="partner_checks")
    reference = models.CharField(max_length=60, help_text="the partner's own")
    kind = models.CharField(max_length=8, choices=PartnerCheckKind.choices)
    inspected_on = models.DateField()
    inspected_by = models.CharField(max_length=150, help_text="an organisation or a role")
    outcome = models.CharField(max_length=20, choices=PartnerOutcome.choices)
    summary = models.TextField(blank=True)
    edition = models.ForeignKey(
        Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="of which the results by point speak; none without such results",
    )  # fmt: skip
    points_count = models.PositiveSmallIntegerField(default=0, help_text="results by point; no more can come")
    replaces = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    correction_reason = models.TextField(blank=True)
    sha256 = models.CharField(max_length=64, help_text="over what was said, whichever way it came")
    source = models.CharField(max_length=4, choices=PartnerCheckSource.choices)
    sent_in = models.ForeignKey(
        PartnerCheckList, null=True, blank=True, on_delete=models.PROTECT, related_name="results"
    )
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(db_default=TransactionNow())

    objects = PartnerCheckQuerySet.as_manager()

    class Meta:
        verbose_name = "result from a partner"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["body", "-id"], name="partner_check_by_body"),
            models.Index(fields=["membership", "-inspected_on", "-id"], name="partner_check_by_member"),
            models.Index(fields=["outcome", "-id"], name="partner_check_by_outcome"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["body", "reference"], name="partner_reference_once"),
            models.CheckConstraint(name="partner_check_has_reference", condition=~Q(reference="")),
            models.CheckConstraint(name="partner_check_has_inspector", condition=~Q(inspected_by="")),
            models.CheckConstraint(
                name="partner_correction_has_reason",
                condition=Q(replaces__isnull=True, correction_reason="")
                | (Q(replaces__isnull=False) & ~Q(correction_reason="")),
            ),
            models.CheckConstraint(name="partner_check_replaces_another", condition=~Q(replaces=F("id"))),
            models.CheckConstraint(
                name="partner_check_in_a_list_by_file",
                condition=Q(source="file", sent_in__isnull=False)
                | (~Q(source="file") & Q(sent_in__isnull=True)),
            ),
            models.CheckConstraint(
                name="partner_points_of_an_edition",
                condition=Q(edition__isnull=True, points_count=0)
                | Q(edition__isnull=False, points_count__gt=0),
            ),
        ]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="from_a_partner",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM applications_tradebody WHERE id = NEW.body_id AND is_partner
                    ) THEN
                        RAISE EXCEPTION 'only an approved partner sends results';
                    END IF;
                    IF NEW.inspected_on > (now() AT TIME ZONE 'Europe/London')::date THEN
                        RAISE EXCEPTION 'an inspection is not in the future';
                    END IF;
                    IF NEW.replaces_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM assurance_partnercheck
                        WHERE id = NEW.replaces_id AND body_id = NEW.body_id
                    ) THEN
                        RAISE EXCEPTION 'a partner corrects its own results only';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Result {self.reference} from {self.body}"

    @property
    def record_label(self) -> str:
        return f"Result {self.pk} from a partner"


class PartnerFinding(models.Model):
    """What the partner found at one point."""

    check_of = models.ForeignKey(PartnerCheck, on_delete=models.PROTECT, related_name="findings")
    point = models.ForeignKey(Point, on_delete=models.PROTECT, related_name="+")
    result = models.CharField(max_length=15, choices=FindingResult.choices)

    class Meta:
        ordering = ["point__number"]
        constraints = [
            models.UniqueConstraint(fields=["check_of", "point"], name="one_partner_finding_per_point")
        ]
        triggers = [
            *append_only(),
            # Rows that the same command has written before this one are seen here.
            pgtrigger.Trigger(
                name="sent_with_check",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM assurance_partnercheck sent
                        JOIN codeofpractice_point point ON point.edition_id = sent.edition_id
                        WHERE sent.id = NEW.check_of_id AND point.id = NEW.point_id
                    ) THEN
                        RAISE EXCEPTION 'the point is not of the edition of which the result speaks';
                    END IF;
                    IF (
                        SELECT count(*) FROM assurance_partnerfinding WHERE check_of_id = NEW.check_of_id
                    ) >= (
                        SELECT points_count FROM assurance_partnercheck WHERE id = NEW.check_of_id
                    ) THEN
                        RAISE EXCEPTION 'a result does not change once it was sent';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point}: {self.get_result_display()}"


class Recheck(models.Model):
    """A selection by which DfT checks again what a partner has checked, and which result was drawn.

    The result stays the one that held at the draw: a partner may correct it afterwards, and what DfT finds
    is compared with what the partner had said before.
    """

    partner_check = models.OneToOneField(PartnerCheck, on_delete=models.PROTECT, related_name="recheck")
    selection = models.OneToOneField(Selection, on_delete=models.PROTECT, related_name="recheck")

    class Meta:
        verbose_name = "re-check"
        ordering = ["pk"]
        triggers = [
            *append_only(),
            pgtrigger.Trigger(
                name="of_the_same_member",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM assurance_partnercheck sent
                        JOIN assurance_selection drawn ON drawn.membership_id = sent.membership_id
                        WHERE sent.id = NEW.partner_check_id AND drawn.id = NEW.selection_id
                    ) THEN
                        RAISE EXCEPTION 'a re-check is of the member that the partner has checked';
                    END IF;
                    IF NOT EXISTS (
                        SELECT 1 FROM assurance_selection drawn
                        JOIN assurance_selectionround round ON round.id = drawn.round_id
                        WHERE drawn.id = NEW.selection_id AND drawn.kind = 'random'
                            AND round.results_from IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'a re-check is drawn at random in a round of re-checks';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # A correction is about the same inspection, and that is checked again once.
            pgtrigger.Trigger(
                name="of_one_that_holds",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM assurance_partnercheck WHERE replaces_id = NEW.partner_check_id
                    ) THEN
                        RAISE EXCEPTION 'a result that was corrected is not checked again';
                    END IF;
                    IF EXISTS (
                        WITH RECURSIVE earlier(id) AS (
                            SELECT replaces_id FROM assurance_partnercheck WHERE id = NEW.partner_check_id
                            UNION SELECT sent.replaces_id FROM assurance_partnercheck sent
                            JOIN earlier ON sent.id = earlier.id
                        )
                        SELECT 1 FROM assurance_recheck
                        WHERE partner_check_id IN (SELECT id FROM earlier)
                    ) THEN
                        RAISE EXCEPTION 'the inspection was checked again before it was corrected';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Re-check of {self.partner_check}"
