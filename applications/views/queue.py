"""DfT's queue of applications, as a page and as CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views import View

from accounts.lists import FilteredList, ListFilter
from accounts.models import User
from accounts.services import require
from applications import forms
from applications.models import Application
from applications.paging import take_sorted
from applications.permissions import can_assign_applications, can_see_queue
from applications.queue import ORDERS, find_applications
from applications.queue_rows import COLUMNS, QueueRow, read_rows, rows_by_key
from applications.spreadsheets import csv_response
from applications.views.fetch import signed_in


class ApplicationQueue(FilteredList):
    page = "applications:queue"
    noun = "applications"
    refusal = "Only DfT staff see the queue of applications"
    filter_form = forms.QueueFilter
    template_name = "applications/application_queue.html"

    def may_see(self, user: User) -> bool:
        return can_see_queue(user)

    def found(self, request: HttpRequest, chosen: ListFilter) -> dict[str, Any]:
        user, today = signed_in(request), timezone.localdate()
        visible = Application.objects.visible_to(user)
        page = take_sorted(
            find_applications(user, chosen.chosen, today),
            ORDERS[chosen.chosen["sort"]],
            request.GET,
            lambda keys: rows_by_key(visible, keys, today),
            chosen.query,
        )
        return {
            "page": page,
            "may_assign": can_assign_applications(user),
            "all_picked": request.GET.get("pick") == "all",
        }


HEADER = (
    "Company",
    "Reference",
    "Companies House number",
    "Town",
    "Region of the main office",
    "Vehicles",
    "Sent",
    "Working days since sent, or until decided",
    "Due",
    "Time left",
    "Status",
    "Assigned to",
    "Enrolled by",
)


class QueueDownload(View):
    """What the filters find, in the order of the page, as CSV; streamed, whatever its length."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        user, today = signed_in(request), timezone.localdate()
        require(can_see_queue(user), ApplicationQueue.refusal)
        chosen = forms.QueueFilter(request.GET, user).chosen
        found = find_applications(user, chosen, today).order_by(*ORDERS[chosen["sort"]].fields)
        rows = read_rows(found.values_list(*COLUMNS).iterator(chunk_size=1000), today)
        return csv_response("rvss-applications.csv", HEADER, (self._cells(row) for row in rows))

    def _cells(self, row: QueueRow) -> tuple[object, ...]:
        return (
            row.company,
            row.reference,
            row.number,
            row.town,
            row.region,
            row.vehicles,
            row.sent_on.isoformat(),
            row.clock.age,
            row.due_on.isoformat() if row.due_on else "",
            row.clock.due,
            row.status_name,
            row.assigned_to,
            row.partner,
        )
