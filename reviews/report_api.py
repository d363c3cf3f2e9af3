"""Published reviews for machines: public, read-only, the same cells as page and document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applications.api.serializers import ProblemSerializer
from reviews.api import TableSerializer
from reviews.models import ReviewReport
from reviews.reading import Reading, read_report

PROBLEM = (400, "application/problem+json"), (429, "application/problem+json")
MOST = 100


class ReviewSerializer(serializers.Serializer[ReviewReport]):
    id = serializers.IntegerField(source="pk", read_only=True)
    period_from = serializers.DateField(read_only=True)
    period_to = serializers.DateField(read_only=True, help_text="the last day that counts")
    published_at = serializers.DateTimeField(read_only=True)
    replaced_by = serializers.IntegerField(
        source="replaced_by_id", read_only=True, allow_null=True, help_text="the review that replaced it"
    )
    tables_sha256 = serializers.CharField(read_only=True, help_text="of the tables as they were frozen")


class PartSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(read_only=True)
    paragraphs = serializers.ListField(child=serializers.CharField(), read_only=True)


class SectionSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    parts = PartSerializer(many=True, read_only=True, help_text="the department’s words")
    tables = serializers.SerializerMethodField("names", help_text="names of the tables that stand in it")

    def names(self, section: Any) -> list[str]:
        return [table.name for table in section.tables]


class WholeReviewSerializer(serializers.Serializer[Reading]):
    review = ReviewSerializer(source="report", read_only=True)
    as_of = serializers.DateTimeField(read_only=True, help_text="figures as they stood at this moment")
    sections = SectionSerializer(many=True, read_only=True)
    tables = TableSerializer(many=True, read_only=True)


class ReviewsApi(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    @extend_schema(
        operation_id="reviews",
        summary="Published reviews of the scheme",
        description="The newest first, 100 at most. Replaced ones are among them, and say by which.",
        responses={200: ReviewSerializer(many=True)} | dict.fromkeys(PROBLEM, ProblemSerializer),
    )
    def get(self, request: Request) -> Response:
        rows: Any = ReviewReport.objects.public().light()[:MOST]
        return Response(ReviewSerializer(rows, many=True).data)


class ReviewApi(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    @extend_schema(
        operation_id="review",
        summary="One published review",
        description="Every table and the words. Small counts are withheld.",
        responses={200: WholeReviewSerializer}
        | dict.fromkeys((*PROBLEM, (404, "application/problem+json")), ProblemSerializer),
    )
    def get(self, request: Request, pk: int) -> Response:
        report = ReviewReport.objects.public().filter(pk=pk).first()
        if report is None:
            raise NotFound
        return Response(WholeReviewSerializer(read_report(report)).data)
