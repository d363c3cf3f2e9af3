"""Take-up for machines: public, read-only, suppressed as every page is."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from applications.api.serializers import ProblemSerializer
from reviews.published import read_published
from reviews.statistics import Cell


class ColumnSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(read_only=True)
    heading = serializers.CharField(source="label", read_only=True)
    kind = serializers.ChoiceField(choices=["text", "count", "percent"], read_only=True)


class CellSerializer(serializers.Serializer[Cell]):
    value = serializers.SerializerMethodField("read_value", help_text="null where a symbol stands for it")
    text = serializers.CharField(
        read_only=True, help_text="as pages show it; [c] is withheld, [x] is not available"
    )

    @extend_schema_field({"oneOf": [{"type": "number"}, {"type": "string"}], "nullable": True})
    def read_value(self, cell: Cell) -> int | float | str | None:
        return cell.value


class TableSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    note = serializers.CharField(read_only=True, help_text="the denominator and the method")
    columns = ColumnSerializer(many=True, read_only=True)
    rows = serializers.ListField(child=CellSerializer(many=True), read_only=True)


class TakeUpSerializer(serializers.Serializer[Any]):
    taken_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="null until figures have been counted"
    )
    tables = TableSerializer(many=True, read_only=True)


class TakeUpApi(APIView):
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    @extend_schema(
        operation_id="take_up",
        summary="Take-up of the scheme",
        description="Counts below 5, and those that would let one be worked out, are withheld.",
        responses={
            200: TakeUpSerializer,
            (400, "application/problem+json"): ProblemSerializer,
            (429, "application/problem+json"): ProblemSerializer,
        },
    )
    def get(self, request: Request) -> Response:
        published = read_published(for_public=True)
        data: Any = published or {"taken_at": None, "tables": []}
        return Response(TakeUpSerializer(data).data)
