"""The register for machines: public, read-only, a page at a time."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import CursorPages
from applications.api.serializers import ProblemSerializer
from applications.choices import Region
from applications.models import Membership
from applications.querysets import MembershipQuerySet


class MemberSerializer(serializers.ModelSerializer[Membership]):
    name = serializers.CharField(source="company.name", read_only=True)
    trading_names = serializers.SerializerMethodField()
    town = serializers.CharField(source="company.town", read_only=True)
    regions = serializers.ListField(
        child=serializers.ChoiceField(choices=Region.choices),
        source="company.regions",
        read_only=True,
        help_text="ITL1 codes of the regions in which it rents",
    )
    member_since = serializers.DateField(source="started_on", read_only=True)

    class Meta:
        model = Membership
        fields = ["number", "name", "trading_names", "town", "regions", "member_since"]
        read_only_fields = ["number"]

    def get_trading_names(self, member: Membership) -> list[str]:
        return [row.name for row in member.company.trading_names.all()]


class MemberPages(CursorPages):
    ordering = "number"
    position_form = re.compile(r"RVSS-[0-9]{6,9}")


class RegisterApi(ListAPIView[Membership]):
    serializer_class = MemberSerializer
    pagination_class = MemberPages
    permission_classes = [AllowAny]
    authentication_classes: list[Any] = []

    @extend_schema(
        operation_id="register_list",
        summary="Members that agreed to be named",
        parameters=[
            OpenApiParameter("q", str, description="Words of a name, trading name or town, or a number"),
            OpenApiParameter("region", str, enum=list(Region.values), description="ITL1 code"),
        ],
        responses={
            200: MemberSerializer(many=True),
            (400, "application/problem+json"): ProblemSerializer,
            (429, "application/problem+json"): ProblemSerializer,
        },
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> MembershipQuerySet:
        found = Membership.objects.on_register().matching(self.request.query_params.get("q", ""))
        region = self.request.query_params.get("region", "")
        if region:
            found = found.filter(company__regions__contains=[region[:3]])
        return (
            found.select_related("company")
            .prefetch_related("company__trading_names")
            .defer("company__search", "company__search_terms")
        )
