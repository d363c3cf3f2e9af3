"""How enrolments look to programs, and how they are described."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field, inline_serializer
from rest_framework import serializers

from applications.enrolling.columns import COLUMNS, Column, header_of
from applications.models import EnrolledCompany, Enrolment, EnrolmentProblem, EnrolmentRow, TradeBody


class PartnerSerializer(serializers.ModelSerializer[TradeBody]):
    class Meta:
        model = TradeBody
        fields = ["id", "name"]
        read_only_fields = fields


class ProgressSerializer(serializers.Serializer[Any]):
    done = serializers.IntegerField(read_only=True)
    of = serializers.IntegerField(read_only=True)


class EnrolmentSerializer(serializers.ModelSerializer[Enrolment]):
    partner = PartnerSerializer(source="body", read_only=True)
    name = serializers.CharField(source="file_name", read_only=True)
    status_in_words = serializers.CharField(source="get_status_display", read_only=True)
    progress = serializers.SerializerMethodField(help_text="of the check, then of the import, in rows")
    problems = serializers.SerializerMethodField(help_text="where the problems are")
    rows = serializers.SerializerMethodField(help_text="where it is said what became of each row")

    class Meta:
        model = Enrolment
        fields = [
            "id", "partner", "source", "name", "status", "status_in_words", "progress", "row_count",
            "checked_count", "faulty_count", "imported_count", "ignored_columns", "sent_at", "import_at",
            "done_at", "problems", "rows",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, enrolment: Enrolment) -> dict[str, int]:
        done, of = enrolment.progress
        return {"done": done, "of": of}

    def get_problems(self, enrolment: Enrolment) -> str:
        return reverse("applications:enrolment_problems_api", kwargs={"pk": enrolment.pk})

    def get_rows(self, enrolment: Enrolment) -> str:
        return reverse("applications:enrolment_rows_api", kwargs={"pk": enrolment.pk})


class EnrolmentProblemSerializer(serializers.ModelSerializer[EnrolmentProblem]):
    row = serializers.IntegerField(
        source="row.number",
        read_only=True,
        help_text="as a spreadsheet counts lines; of JSON, the first row is 1",
    )
    column = serializers.CharField(read_only=True, help_text="empty for the whole row")
    heading = serializers.SerializerMethodField()
    problem = serializers.CharField(
        source="text", read_only=True, help_text="what is wrong, and how to put it right"
    )

    class Meta:
        model = EnrolmentProblem
        fields = ["row", "column", "heading", "written", "problem"]
        read_only_fields = fields

    def get_heading(self, problem: EnrolmentProblem) -> str:
        return header_of(problem.column)


class EnrolmentRowSerializer(serializers.ModelSerializer[EnrolmentRow]):
    row = serializers.IntegerField(source="number", read_only=True)
    outcome_in_words = serializers.CharField(source="get_outcome_display", read_only=True)
    company = serializers.IntegerField(
        source="enrolled_id", read_only=True, allow_null=True, help_text="id among the enrolled companies"
    )

    class Meta:
        model = EnrolmentRow
        fields = ["row", "name", "outcome", "outcome_in_words", "reason", "company"]
        read_only_fields = fields


class EnrolledCompanySerializer(serializers.ModelSerializer[EnrolledCompany]):
    """The partner's own words: of a company that was here before, nothing that the partner did not say."""

    partner = serializers.IntegerField(source="body_id", read_only=True)
    kind_in_words = serializers.CharField(source="get_kind_display", read_only=True)
    status_in_words = serializers.CharField(source="get_status_display", read_only=True)
    enrolment = serializers.IntegerField(source="enrolment_id", read_only=True)

    class Meta:
        model = EnrolledCompany
        fields = [
            "id", "partner", "reference", "name", "company_number", "email", "kind", "kind_in_words",
            "status", "status_in_words", "enrolment", "enrolled_at", "settled_at",
        ]  # fmt: skip
        read_only_fields = fields


# Made so because a serializer has an attribute `errors` of its own.
ProblemSerializer = inline_serializer(
    "Problem",
    {
        "type": serializers.CharField(read_only=True),
        "title": serializers.CharField(read_only=True),
        "status": serializers.IntegerField(read_only=True),
        "detail": serializers.CharField(read_only=True, help_text="in words for people"),
        "errors": inline_serializer(
            "Fault",
            {
                "pointer": serializers.CharField(read_only=True, help_text="JSON pointer into what was sent"),
                "detail": serializers.CharField(read_only=True),
            },
            many=True,
            read_only=True,
        ),
    },
)


def _cell(column: Column) -> dict[str, Any]:
    words = f" One of: {', '.join(column.words)}." if column.words else ""
    needed = " Needed." if column.required else ""
    one = [{"type": "string"}, {"type": "number"}]
    return {
        "oneOf": [*one, {"type": "array", "items": {"oneOf": one}}],
        "nullable": True,
        "description": f"{column.header}: {column.hint}.{words}{needed}",
        "example": column.example,
    }


ENROLMENT_REQUEST = {
    "type": "object",
    "required": ["rows"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "maxLength": 200, "description": "What you call the list"},
        "rows": {
            "type": "array",
            "minItems": 1,
            "maxItems": 10_000,
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {column.key: _cell(column) for column in COLUMNS},
            },
        },
    },
}
IMPORT_REQUEST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "leave_out_faulty": {
            "type": "boolean",
            "default": False,
            "description": "Enrol the rows without faults, and leave the others out",
        }
    },
}
