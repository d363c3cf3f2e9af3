"""What an answer said before, and what differs between two versions of a plan."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views import View

from applications.paging import take_page
from codeofpractice import forms
from codeofpractice.differences import compare_answers, compare_versions, number_of, writings
from codeofpractice.models import PlanVersion, PointResponse, PointRevision
from codeofpractice.views.fetch import get_membership

MOST_CHOICES = 200


class VersionCompare(View):
    """Two versions of the plan, chosen in the address: what differs, point by point."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        membership = get_membership(request, number)
        versions = list(
            PlanVersion.objects.filter(plan__membership=membership)
            .select_related("edition", "submitted_by", "started_by")
            .order_by("-number")
        )
        form = forms.ComparisonForm(_version_choices(versions), "version", request.GET)
        context = {"membership": membership, "form": form, "can_compare": len(versions) > 1}
        if len(versions) > 1 and form.is_valid():
            by_number = {row.number: row for row in versions}
            before, after = by_number[form.earlier], by_number[form.later]
            found = compare_versions(before, after)
            changed = {row.point.key for row in found}
            context |= {
                "before": before,
                "after": after,
                "differences": found,
                "unchanged": [row for row in after.edition.points.all() if row.key not in changed],
            }
        return render(request, "codeofpractice/version_compare.html", context)


def _version_choices(versions: list[PlanVersion]) -> list[tuple[int, str]]:
    return [(row.number, f"Version {row.number}, {row.get_status_display().lower()}") for row in versions]


class PointHistory(View):
    """Who wrote what and when: the states of one answer, newest first, each against the one before."""

    def get(self, request: HttpRequest, number: str, version: int, point: int) -> HttpResponse:
        response = get_object_or_404(
            PointResponse.objects.filter(version__in=PlanVersion.objects.visible_to(request.user))
            .select_related("version__plan__membership__company", "point", "changed_by")
            .defer("version__plan__membership__company__search"),
            version__plan__membership__number=number,
            version__number=version,
            point__number=point,
        )
        revisions = response.revisions.select_related("written_by").order_by("-number")
        page = take_page(revisions, request.GET)
        states: list[PointResponse | PointRevision] = list(page.rows)
        if page.number == 1 and response.changed_at:
            states.insert(0, response)
        last = number_of(states[-1]) if states else 0
        context = {
            "membership": response.version.plan.membership,
            "version": response.version,
            "point": response.point,
            "page": page,
            "writings": writings(states, revisions.filter(number__lt=last).first()),
        }
        return render(request, "codeofpractice/point_history.html", context | self._chosen(request, response))

    def _chosen(self, request: HttpRequest, response: PointResponse) -> dict[str, object]:
        """The form that chooses two states, and what differs between those that were chosen."""
        numbers = response.revisions.order_by("-number").values_list("number", flat=True)[:MOST_CHOICES]
        choices = [(number, f"Revision {number}") for number in (response.revision, *numbers)]
        if len(choices) < 2:
            return {}
        form = forms.ComparisonForm(choices, "revision", request.GET)
        if not {"before", "after"} & set(request.GET) or not form.is_valid():
            return {"form": form}
        before, after = self._state(response, form.earlier), self._state(response, form.later)
        return {"form": form, "chosen": compare_answers(before, after), "is_chosen": True}

    def _state(self, response: PointResponse, number: int) -> PointResponse | PointRevision:
        if number == response.revision:
            return response
        return get_object_or_404(response.revisions, number=number)
