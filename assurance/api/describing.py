"""What the API's description says of results from partners."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from applications.api.describing import KEY, PARTNER, READING, refusals
from assurance.api.serializers import RESULT_REQUEST, PartnerCheckSerializer
from assurance.models import PartnerOutcome

EXAMPLE = {
    "reference": "INSP-2026-0042",
    "membership": "RVSS-000123",
    "kind": "on_site",
    "inspected_on": "2026-05-06",
    "inspected_by": "Field audit team",
    "outcome": "met_with_actions",
    "summary": "Training records of two branches are missing.",
    "edition": "2018",
    "points": {"1": "met", "4": "partly"},
}
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[200, 201], description="Address of the result"
)
SEND: dict[str, Any] = {
    "operation_id": "partner_check_send",
    "summary": "Send the result of an inspection of one of your members",
    "description": "A result never changes. The same content with the same reference again makes nothing and "
    "finds what there is (200); other content with it is refused (409). To correct a result, send one with a "
    "new reference that names it in `replaces`, and the reason. Scope: `results:write`.",
    "parameters": [KEY, PARTNER, LOCATION],
    "request": {"application/json": RESULT_REQUEST},
    "responses": {
        201: OpenApiResponse(PartnerCheckSerializer, description="Kept"),
        200: OpenApiResponse(PartnerCheckSerializer, description="This result was sent before"),
        **refusals((400, 401, 403, 409, 411, 413, 415, 422, 429)),
    },
    "examples": [
        OpenApiExample("A result", EXAMPLE, request_only=True, media_type="application/json"),
        OpenApiExample(
            "Kept",
            EXAMPLE | {
                "id": 17,
                "partner": {"id": 3, "name": "Association of Vehicle Hirers"},
                "kind_in_words": "On-site inspection",
                "outcome_in_words": "Met with actions",
                "replaces": None,
                "correction_reason": "",
                "replaced_by": None,
                "source": "api",
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "sent_at": "2026-05-07T09:30:00+01:00",
            },
            response_only=True,
            status_codes=["201"],
        ),
    ],
}  # fmt: skip
LIST: dict[str, Any] = {
    "operation_id": "partner_check_list",
    "summary": "Results that you sent",
    "description": "The newest first, 100 a page. Scope: `results:read`.",
    "parameters": [
        OpenApiParameter("outcome", str, enum=PartnerOutcome.values, description="Only those with it")
    ],
    "responses": {200: PartnerCheckSerializer(many=True), **refusals((400, 401, 403, 429))},
}
SHOW: dict[str, Any] = {
    "operation_id": "partner_check_show",
    "summary": "One result",
    "description": "Scope: `results:read`.",
    "parameters": [OpenApiParameter("id", int, OpenApiParameter.PATH, description="of the result")],
    "responses": {200: PartnerCheckSerializer, **refusals(READING)},
}
