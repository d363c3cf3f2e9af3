"""What programs are offered: results of inspections, for approved partners with a token."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import CursorPages, TokenView, record_write, user_of
from accounts.idempotency import answer_once
from accounts.problems import Conflict
from applications.api.reading import partner_of
from assurance.api import describing
from assurance.api.reading import point_at, read_result
from assurance.api.serializers import PartnerCheckSerializer
from assurance.models import PartnerCheck, PartnerCheckSource, PartnerOutcome
from assurance.services import ResultRefused, record_partner_check

__all__ = ["PartnerCheckApi", "PartnerCheckListApi"]

READ, WRITE = "results:read", "results:write"


def own_results(request: Request) -> QuerySet[PartnerCheck]:
    visible = PartnerCheck.objects.visible_to(user_of(request))
    whole = visible.select_related("body", "membership", "edition", "replaces", "replaced_by")
    return whole.prefetch_related("findings__point")


def answer_with(result: PartnerCheck, status: int) -> Response:
    location = reverse("assurance:partner_check_api", kwargs={"pk": result.pk})
    return Response(PartnerCheckSerializer(result).data, status, headers={"Location": location})


class PartnerCheckListApi(TokenView, ListAPIView[PartnerCheck]):
    serializer_class = PartnerCheckSerializer
    pagination_class = CursorPages
    scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(**describing.LIST)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(**describing.SEND)
    def post(self, request: Request) -> Response:
        return answer_once(request, user_of(request), lambda: self._record(request))

    def _record(self, request: Request) -> Response:
        user = user_of(request)
        body = partner_of(request, user)
        facts = read_result(request)
        try:
            made, is_new = record_partner_check(
                body=body, facts=facts, source=PartnerCheckSource.API, by=user
            )
        except ResultRefused as refused:
            if refused.is_conflict:
                raise Conflict(f"{refused}.") from None
            raise ValidationError(point_at(refused.faults)) from None
        if is_new:
            record_write(request, target=made)
        return answer_with(own_results(request).get(pk=made.pk), 201 if is_new else 200)

    def get_queryset(self) -> QuerySet[PartnerCheck]:
        outcome = self.request.query_params.get("outcome", "")
        if outcome and outcome not in PartnerOutcome.values:
            known = ", ".join(PartnerOutcome.values)
            raise ValidationError({"outcome": f"There is no such outcome. Known are: {known}."})
        found = own_results(self.request)
        return found.filter(outcome=outcome) if outcome else found


class PartnerCheckApi(TokenView):
    scopes = {"GET": READ}

    @extend_schema(**describing.SHOW)
    def get(self, request: Request, pk: int) -> Response:
        result = own_results(request).filter(pk=pk).first()
        if result is None:
            raise Http404
        return Response(PartnerCheckSerializer(result).data)
