"""What the API's description says of enrolments: words, examples, and every answer that may come."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from applications.api.serializers import (
    ENROLMENT_REQUEST,
    IMPORT_REQUEST,
    EnrolledCompanySerializer,
    EnrolmentProblemSerializer,
    EnrolmentRowSerializer,
    EnrolmentSerializer,
    ProblemSerializer,
)
from applications.enrolling.columns import COLUMNS
from applications.models import EnrolledStatus, EnrolmentStatus

PROBLEM = "application/problem+json"
WHAT = {
    400: "What was sent cannot be used; `errors` points to each fault. Nothing was saved",
    401: "No token, or one that does not work",
    403: "The token has not the scope",
    404: "Not there, or another partner's",
    409: "Not possible as things stand",
    411: "Sent in chunks, without Content-Length",
    413: "Larger than 5 MB",
    415: "Neither JSON nor CSV",
    422: "The Idempotency-Key came with another request before",
    429: "Too many requests; `Retry-After` says when to go on",
}
READING = (400, 401, 403, 404, 429)
WRITING = (400, 401, 403, 404, 409, 411, 413, 415, 422, 429)


def refusals(codes: tuple[int, ...]) -> dict[Any, Any]:
    return {(code, PROBLEM): OpenApiResponse(ProblemSerializer, description=WHAT[code]) for code in codes}


ID = OpenApiParameter("id", int, OpenApiParameter.PATH, description="of the enrolment")
KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 8, "maxLength": 80, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="Any text of 8 to 80 visible ASCII characters, a UUID say. Sent again within 7 days with the "
    "same request, it gets the same answer, and nothing is done twice",
)
PARTNER = OpenApiParameter(
    "partner", str, description="Id of the partner for whom the list is; only for who acts for several"
)
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[200, 202], description="Address of the enrolment"
)

# Not quite the example of the template, which is refused as such.
EXAMPLE_CELLS = {column.key: column.example for column in COLUMNS} | {"reference": "M-0043"}
EXAMPLE_ROW = {key: cell for key, cell in EXAMPLE_CELLS.items() if cell}
EXAMPLE_CSV = "\r\n".join(
    ",".join(f'"{cell}"' for cell in line)
    for line in ([column.header for column in COLUMNS], EXAMPLE_CELLS.values())
)
EXAMPLE_ENROLMENT = {
    "id": 17,
    "partner": {"id": 3, "name": "Association of Vehicle Hirers"},
    "source": "api",
    "name": "Members in May",
    "status": "checking",
    "status_in_words": "Being checked",
    "progress": {"done": 0, "of": 5000},
    "row_count": 5000,
    "checked_count": 0,
    "faulty_count": 0,
    "imported_count": 0,
    "ignored_columns": [],
    "sent_at": "2026-05-06T09:30:00+01:00",
    "import_at": None,
    "done_at": None,
    "problems": "/api/v1/enrolments/17/problems/",
    "rows": "/api/v1/enrolments/17/rows/",
}
NEW = OpenApiExample("Taken in", EXAMPLE_ENROLMENT, response_only=True, status_codes=["202"])

LIST: dict[str, Any] = {
    "operation_id": "enrolment_list",
    "summary": "Enrolments that you sent",
    "description": "The newest first. Scope: `enrolments:read`.",
    "parameters": [
        OpenApiParameter("status", str, enum=EnrolmentStatus.values, description="Only those in this state")
    ],
    "responses": {200: EnrolmentSerializer(many=True), **refusals((400, 401, 403, 429))},
}
SEND: dict[str, Any] = {
    "operation_id": "enrolment_send",
    "summary": "Send in a list of companies for a dry run",
    "description": "The rows are taken in and checked; nobody is enrolled, and nobody is told. Ask the "
    "address in `Location` until `status` is `ready` or `faulty`. The same list sent again finds the "
    "enrolment that there is (200). JSON rows have the keys of the columns; CSV has their headings in its "
    "first line. At most 10,000 rows and 5 MB. Scope: `enrolments:write`.",
    "parameters": [KEY, PARTNER, LOCATION],
    "request": {"application/json": ENROLMENT_REQUEST, "text/csv": {"type": "string", "minLength": 1}},
    "responses": {
        202: OpenApiResponse(EnrolmentSerializer, description="Taken in; the check is under way"),
        200: OpenApiResponse(EnrolmentSerializer, description="This list was sent before"),
        **refusals((400, 401, 403, 409, 411, 413, 415, 422, 429)),
    },
    "examples": [
        OpenApiExample(
            "JSON", {"name": "Members in May", "rows": [EXAMPLE_ROW]}, request_only=True,
            media_type="application/json",
        ),
        OpenApiExample("CSV", EXAMPLE_CSV, request_only=True, media_type="text/csv"),
        NEW,
    ],
}  # fmt: skip
SHOW: dict[str, Any] = {
    "operation_id": "enrolment_show",
    "summary": "State and progress of an enrolment",
    "description": "Scope: `enrolments:read`.",
    "parameters": [ID],
    "responses": {200: EnrolmentSerializer, **refusals(READING)},
}
IMPORT: dict[str, Any] = {
    "operation_id": "enrolment_import",
    "summary": "Enrol the companies of a checked list",
    "description": "Rows without faults are enrolled, and their companies asked to confirm. Where rows have "
    "faults, say that they are to be left out, or send a better list. Asked for twice, it is done once. "
    "Scope: `enrolments:write`.",
    "parameters": [ID, KEY, LOCATION],
    "request": {"application/json": IMPORT_REQUEST},
    "responses": {
        202: OpenApiResponse(EnrolmentSerializer, description="The import is under way"),
        200: OpenApiResponse(EnrolmentSerializer, description="It is done already"),
        **refusals(WRITING),
    },
    "examples": [
        OpenApiExample(
            "Leave rows with faults out", {"leave_out_faulty": True}, request_only=True,
            media_type="application/json",
        ),
        OpenApiExample(
            "Being enrolled",
            EXAMPLE_ENROLMENT | {
                "status": "importing", "status_in_words": "Being enrolled", "checked_count": 5000,
                "faulty_count": 200, "progress": {"done": 0, "of": 4800},
                "import_at": "2026-05-06T09:41:00+01:00",
            },
            response_only=True,
            status_codes=["202"],
        ),
    ],
}  # fmt: skip
PROBLEMS: dict[str, Any] = {
    "operation_id": "enrolment_problems",
    "summary": "What is wrong with the rows of an enrolment",
    "description": "In the order of the rows, 100 a page. Scope: `enrolments:read`.",
    "parameters": [ID],
    "responses": {200: EnrolmentProblemSerializer(many=True), **refusals(READING)},
    "examples": [
        OpenApiExample(
            "A postcode",
            {
                "row": 12,
                "column": "postcode",
                "heading": "Postcode",
                "written": "ZE1",
                "problem": "Enter a full UK postcode, like ZE1 0AA",
            },
            response_only=True,
        )
    ],
}
ROWS: dict[str, Any] = {
    "operation_id": "enrolment_rows",
    "summary": "What became of each row of an enrolment",
    "description": "In the order in which they were sent, 100 a page. Scope: `enrolments:read`.",
    "parameters": [ID],
    "responses": {200: EnrolmentRowSerializer(many=True), **refusals(READING)},
}
COMPANIES: dict[str, Any] = {
    "operation_id": "enrolled_companies",
    "summary": "Companies that you enrolled, and whether they have confirmed",
    "description": "In the order in which they were enrolled, 100 a page. Scope: `enrolments:read`.",
    "parameters": [
        OpenApiParameter("status", str, enum=EnrolledStatus.values, description="Only those in this state"),
        OpenApiParameter("q", str, description="Words of the name, number, address or your reference"),
    ],
    "responses": {200: EnrolledCompanySerializer(many=True), **refusals((400, 401, 403, 429))},
}
