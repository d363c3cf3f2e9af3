"""How results from partners look to programs, and what a program sends."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from applications.api.serializers import PartnerSerializer
from assurance.models import FindingResult, PartnerCheck, PartnerCheckKind, PartnerOutcome
from assurance.partner_columns import (
    LONGEST_INSPECTOR,
    LONGEST_REASON,
    LONGEST_REFERENCE,
    LONGEST_SUMMARY,
    MOST_POINTS,
)


class PartnerCheckSerializer(serializers.ModelSerializer[PartnerCheck]):
    partner = PartnerSerializer(source="body", read_only=True)
    membership = serializers.CharField(source="membership.number", read_only=True)
    kind_in_words = serializers.CharField(source="get_kind_display", read_only=True)
    outcome_in_words = serializers.CharField(source="get_outcome_display", read_only=True)
    edition = serializers.CharField(
        source="edition.code", read_only=True, allow_null=True, default=None, help_text="of the points"
    )
    points = serializers.SerializerMethodField(help_text="results by the number of the point")
    replaces = serializers.CharField(
        source="replaces.reference", read_only=True, allow_null=True, default=None,
        help_text="reference of the result that this one corrects",
    )  # fmt: skip
    replaced_by = serializers.SerializerMethodField(
        help_text="reference of its correction; with one it no longer counts"
    )

    class Meta:
        model = PartnerCheck
        fields = [
            "id", "partner", "reference", "membership", "kind", "kind_in_words", "inspected_on",
            "inspected_by", "outcome", "outcome_in_words", "summary", "edition", "points", "replaces",
            "correction_reason", "replaced_by", "source", "sha256", "sent_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"enum": FindingResult.values}})
    def get_points(self, result: PartnerCheck) -> dict[str, str]:
        return {str(finding.point.number): finding.result for finding in result.findings.all()}

    @extend_schema_field({"type": "string", "nullable": True})
    def get_replaced_by(self, result: PartnerCheck) -> str | None:
        correction = getattr(result, "replaced_by", None)
        return correction.reference if correction else None


def _text(description: str, most: int, **more: Any) -> dict[str, Any]:
    return {"type": "string", "maxLength": most, "description": description, **more}


RESULT_REQUEST: dict[str, Any] = {
    "type": "object",
    "required": ["reference", "membership", "kind", "inspected_on", "inspected_by", "outcome"],
    "additionalProperties": False,
    "properties": {
        "reference": _text("Your own, another for each result", LONGEST_REFERENCE, minLength=1),
        "membership": _text("Membership number of your member", 30, example="RVSS-000123"),
        "kind": {"type": "string", "enum": PartnerCheckKind.values},
        "inspected_on": {"type": "string", "format": "date"},
        "inspected_by": _text(
            "Organisation or role of the inspector, no name", LONGEST_INSPECTOR, minLength=1
        ),
        "outcome": {"type": "string", "enum": PartnerOutcome.values},
        "summary": _text("What was seen; the company and DfT read it", LONGEST_SUMMARY, nullable=True),
        "edition": _text("Code of the edition of which the points are", 40, nullable=True),
        "points": {
            "type": "object",
            "nullable": True,
            "maxProperties": MOST_POINTS,
            "additionalProperties": {"type": "string", "enum": FindingResult.values},
            "description": "Results by the number of the point, where points were looked at",
        },
        "replaces": _text(
            "Reference of an earlier result that this one corrects", LONGEST_REFERENCE, nullable=True
        ),
        "correction_reason": _text("Why the earlier one was wrong", LONGEST_REASON, nullable=True),
    },
}
