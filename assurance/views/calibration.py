"""How well the readers of plans agree, point by point."""

from __future__ import annotations

from collections import defaultdict

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from accounts.models import Role
from accounts.services import require
from assurance.agreement import agreement
from assurance.models import SecondFinding
from assurance.permissions import STAFF
from assurance.views.fetch import signed_in


class CalibrationShow(View):
    """All pairs for leads; an assurer's own for an assurer. What the first found is as it was then."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(user.role in STAFF, "Only assurers and leads see how readers agree")
        is_lead = user.role == Role.LEAD
        pairs: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
        found = SecondFinding.objects.filter(reading__submitted_at__isnull=False)
        if not is_lead:
            found = found.filter(Q(reading__reader=user) | Q(reading__recommendation__by=user))
        rows = found.order_by("point__edition__published_on", "point__edition_id", "point__number")
        for edition, number, title, first, second in rows.values_list(
            "point__edition__title", "point__number", "point__title", "first_result", "result"
        ):
            pairs[edition, f"{number}. {title}"].append((first, second))
        overall = agreement(pair for several in pairs.values() for pair in several)
        # Which edition need not be said while there is but one.
        is_one = len({edition for edition, _ in pairs}) == 1
        shown = [
            (point if is_one else f"{edition}: {point}", agreement(several))
            for (edition, point), several in pairs.items()
        ]
        context = {
            "is_lead": is_lead,
            "overall": overall,
            "rows": [*shown, ("All points together", overall)],
        }
        return render(request, "assurance/calibration_show.html", context)
