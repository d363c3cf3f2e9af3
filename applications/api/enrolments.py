"""Bulk enrolment for an approved partner's programs: the services that the pages call, with a token."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.generics import ListAPIView, RetrieveAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import CursorPages, TokenView, record_write, user_of
from accounts.idempotency import answer_once
from accounts.parsers import CsvParser, StrictJSONParser
from applications.api import describing
from applications.api.reading import partner_of, read_enrolment, unknown_fields, whole_object
from applications.api.serializers import (
    EnrolledCompanySerializer,
    EnrolmentProblemSerializer,
    EnrolmentRowSerializer,
    EnrolmentSerializer,
)
from applications.enrolling.files import ReadFile
from applications.models import (
    EnrolledCompany,
    EnrolledStatus,
    Enrolment,
    EnrolmentProblem,
    EnrolmentRow,
    EnrolmentSource,
    EnrolmentStatus,
)
from applications.services import RowsRefused, receive_enrolment, start_import

READ, WRITE = "enrolments:read", "enrolments:write"


def get_enrolment(request: Request, pk: int) -> Enrolment:
    found = Enrolment.objects.visible_to(user_of(request)).select_related("body")
    return get_object_or_404(found, pk=pk)


def answer_with(enrolment: Enrolment, status: int) -> Response:
    location = reverse("applications:enrolment_api", kwargs={"pk": enrolment.pk})
    return Response(EnrolmentSerializer(enrolment).data, status, headers={"Location": location})


def chosen(request: Request, choices: Any) -> str:
    """The status that is asked for, or empty. Raises ValidationError."""
    status = request.query_params.get("status", "")
    if status and status not in choices.values:
        raise ValidationError({"status": f"There is no such status. Known are: {', '.join(choices.values)}."})
    return str(status)


class EnrolmentListApi(TokenView, ListAPIView[Enrolment]):
    serializer_class = EnrolmentSerializer
    pagination_class = CursorPages
    parser_classes = [StrictJSONParser, CsvParser]
    scopes = {"GET": READ, "POST": WRITE}

    @extend_schema(**describing.LIST)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(**describing.SEND)
    def post(self, request: Request) -> Response:
        return answer_once(request, user_of(request), lambda: self._receive(request))

    def _receive(self, request: Request) -> Response:
        user = user_of(request)
        body = partner_of(request, user)
        found, name = read_enrolment(request)
        more: dict[str, Any] = {"rows": found}
        if isinstance(found, ReadFile):
            more = {"rows": found.rows, "sha256": found.sha256, "ignored_columns": found.ignored_columns}
        try:
            enrolment, is_new = receive_enrolment(
                body=body, file_name=name, by=user, source=EnrolmentSource.API, **more
            )
        except RowsRefused as refused:
            raise ValidationError(str(refused)) from None
        if is_new:
            record_write(request, target=enrolment)
        return answer_with(enrolment, 202 if is_new else 200)

    def get_queryset(self) -> QuerySet[Enrolment]:
        found = Enrolment.objects.visible_to(user_of(self.request)).select_related("body")
        status = chosen(self.request, EnrolmentStatus)
        return found.filter(status=status) if status else found


class EnrolmentApi(TokenView, RetrieveAPIView[Enrolment]):
    serializer_class = EnrolmentSerializer
    scopes = {"GET": READ}

    @extend_schema(**describing.SHOW)
    def get(self, request: Request, pk: int) -> Response:
        return Response(EnrolmentSerializer(get_enrolment(request, pk)).data)


class EnrolmentImportApi(TokenView):
    scopes = {"POST": WRITE}

    @extend_schema(**describing.IMPORT)
    def post(self, request: Request, pk: int) -> Response:
        return answer_once(request, user_of(request), lambda: self._start(request, pk))

    def _start(self, request: Request, pk: int) -> Response:
        enrolment = get_enrolment(request, pk)
        started = start_import(
            enrolment=enrolment, leave_out_faulty=self._leave_out_faulty(request), by=user_of(request)
        )
        if started.import_at != enrolment.import_at:
            record_write(request, target=started)
        return answer_with(started, 200 if started.status == EnrolmentStatus.DONE else 202)

    def _leave_out_faulty(self, request: Request) -> bool:
        data = whole_object(request)
        faults = unknown_fields(data, {"leave_out_faulty"})
        leave_out = data.get("leave_out_faulty", False)
        if not isinstance(leave_out, bool):
            faults["leave_out_faulty"] = "Say true or false."
        if faults:
            raise ValidationError(faults)
        return bool(leave_out)


class EnrolmentProblemListApi(TokenView, ListAPIView[EnrolmentProblem]):
    serializer_class = EnrolmentProblemSerializer
    scopes = {"GET": READ}

    class pagination_class(CursorPages):  # noqa: N801 - the name that REST framework asks for
        ordering = "pk"

    @extend_schema(**describing.PROBLEMS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[EnrolmentProblem]:
        enrolment = get_enrolment(self.request, self.kwargs["pk"])
        return enrolment.problems.select_related("row").defer("row__cells")


class EnrolmentRowListApi(TokenView, ListAPIView[EnrolmentRow]):
    serializer_class = EnrolmentRowSerializer
    scopes = {"GET": READ}

    class pagination_class(CursorPages):  # noqa: N801
        ordering = "number"

    @extend_schema(**describing.ROWS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[EnrolmentRow]:
        return get_enrolment(self.request, self.kwargs["pk"]).rows.defer("cells")


class EnrolledCompanyListApi(TokenView, ListAPIView[EnrolledCompany]):
    serializer_class = EnrolledCompanySerializer
    scopes = {"GET": READ}

    class pagination_class(CursorPages):  # noqa: N801
        ordering = "pk"

    @extend_schema(**describing.COMPANIES)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[EnrolledCompany]:
        found = EnrolledCompany.objects.visible_to(user_of(self.request))
        status = chosen(self.request, EnrolledStatus)
        found = found.filter(status=status) if status else found
        return found.matching(self.request.query_params.get("q", ""))
