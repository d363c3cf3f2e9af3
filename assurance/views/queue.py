"""The queue of checks, as a page and as CSV."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.views import View

from accounts.lists import FilteredList, ListFilter, address_of
from accounts.models import Role, User
from accounts.services import require
from applications.paging import take_sorted
from applications.spreadsheets import csv_response
from assurance import forms
from assurance.models import CheckStatus, PlanCheck
from assurance.permissions import STAFF
from assurance.queue import ORDERS, QUEUES, find_checks
from assurance.views.fetch import signed_in


class CheckQueue(FilteredList):
    page = "assurance:queue"
    noun = "checks"
    refusal = "Only assurers and leads see checks"
    filter_form = forms.CheckFilter
    template_name = "assurance/check_queue.html"

    def may_see(self, user: User) -> bool:
        return user.role in STAFF

    def found(self, request: HttpRequest, chosen: ListFilter) -> dict[str, Any]:
        user, today = signed_in(request), timezone.localdate()
        visible = (
            PlanCheck.objects.visible_to(user)
            .select_related("membership__company", "assurer")
            .defer("membership__company__search", "membership__company__search_terms")
        )
        page = take_sorted(
            find_checks(user, chosen.chosen, today),
            ORDERS[chosen.chosen["sort"]],
            request.GET,
            lambda keys: {check.pk: check for check in visible.filter(pk__in=keys)},
            chosen.query,
        )
        queues = [
            (queue.label, address_of(f"queue={queue.value}"), queue.value == chosen.chosen["queue"])
            for queue in QUEUES[user.role]
        ]
        return {"page": page, "queues": queues, "is_lead": user.role == Role.LEAD}


HEADER = (
    "Company",
    "Membership number",
    "Drawn in",
    "Opened",
    "Due",
    "Working days left when the clock stopped",
    "Status",
    "Has a plan",
    "Assurer",
)
COLUMNS = (
    "membership__company__name", "membership__number", "selection__round__name", "opened_at", "due_on",
    "working_days_left", "status", "plan_version", "assurer__name",
)  # fmt: skip


class QueueDownload(View):
    """What the filters find, in the order of the page, as CSV; streamed, whatever its length."""

    def get(self, request: HttpRequest) -> HttpResponseBase:
        user, today = signed_in(request), timezone.localdate()
        require(user.role in STAFF, CheckQueue.refusal)
        chosen = forms.CheckFilter(request.GET, user).chosen
        found = find_checks(user, chosen, today).order_by(*ORDERS[chosen["sort"]].fields)
        return csv_response("rvss-checks.csv", HEADER, self._rows(found.values_list(*COLUMNS)))

    def _rows(self, found: Any) -> Iterator[tuple[object, ...]]:
        words = dict(CheckStatus.choices)
        for company, number, round_, opened, due_on, left, status, plan, assurer in found.iterator(1000):
            yield (
                company,
                number,
                round_,
                timezone.localdate(opened).isoformat(),
                due_on.isoformat() if due_on else "",
                left,
                words[status],
                "Yes" if plan else "No",
                assurer or "Nobody",
            )
