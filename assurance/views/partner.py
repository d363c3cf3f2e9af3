"""Results of partners' own inspections: sent, corrected, read by the partner, the company and DfT."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from accounts.models import Role, User
from accounts.services import require
from applications.models import TradeBody
from applications.paging import take_page
from assurance import services
from assurance.models import PartnerCheck, PartnerCheckSource
from assurance.partner_forms import ResultFilter, ResultForm
from assurance.permissions import STAFF, can_see_partner_results, can_send_results
from assurance.querysets import PartnerCheckQuerySet
from assurance.services.partner_checks import NOT_YOURS
from assurance.views.fetch import signed_in
from codeofpractice.models import Edition


def bodies_of(user: User) -> list[TradeBody]:
    """The partners for which the person sends results; 403 without one."""
    bodies = [body for body in user.trade_bodies.filter(is_partner=True) if can_send_results(user, body)]
    require(bool(bodies), NOT_YOURS)
    return bodies


def get_result(request: HttpRequest, pk: int) -> PartnerCheck:
    found = PartnerCheck.objects.visible_to(request.user).select_related(
        "body", "membership__company", "edition", "sent_by", "replaces", "replaced_by"
    )
    return get_object_or_404(found.defer("membership__company__search"), pk=pk)


class PartnerResultList(View):
    """What the partner has sent; for assurers and leads, what all partners have."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = signed_in(request)
        require(can_see_partner_results(user), "Only approved partners, assurers and leads see these results")
        form = ResultFilter(request.GET)
        visible: PartnerCheckQuerySet = PartnerCheck.objects.visible_to(user)
        rows = form.narrow(visible).select_related("body", "membership__company", "replaced_by")
        context = {
            "filter": form,
            "page": take_page(rows.defer("membership__company__search").order_by("-pk"), request.GET),
            "may_send": user.role == Role.PARTNER,
        }
        return render(request, "assurance/partner_result_list.html", context)


class PartnerResultShow(View):
    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        result, user = get_result(request, pk), signed_in(request)
        context = {
            "result": result,
            "findings": result.findings.select_related("point"),
            "chain": self._chain(result, user),
            "may_correct": can_send_results(user, result.body) and not hasattr(result, "replaced_by"),
            "is_staff": user.role in STAFF,
            "is_company": user.role == Role.COMPANY,
        }
        return render(request, "assurance/partner_result_show.html", context)

    def _chain(self, result: PartnerCheck, user: User) -> list[PartnerCheck]:
        """The first and each correction after it, as far as this person sees them: in two queries."""
        body = PartnerCheck.objects.visible_to(user).filter(body=result.body).select_related("sent_by")
        tied = body.filter(pk__in=connected_to(result))
        return list(tied.order_by("pk")) if result.replaces_id or hasattr(result, "replaced_by") else []


def connected_to(result: PartnerCheck) -> list[int]:
    """The keys of a result, of those that it replaces in turn, and of those that replace it in turn."""
    rows = PartnerCheck.objects.raw(
        """
        WITH RECURSIVE earlier(id, replaces_id) AS (
            SELECT id, replaces_id FROM assurance_partnercheck WHERE id = %(pk)s
            UNION SELECT sent.id, sent.replaces_id FROM assurance_partnercheck sent
            JOIN earlier ON sent.id = earlier.replaces_id
        ), later(id) AS (
            SELECT id FROM assurance_partnercheck WHERE id = %(pk)s
            UNION SELECT sent.id FROM assurance_partnercheck sent JOIN later ON sent.replaces_id = later.id
        )
        SELECT id FROM earlier UNION SELECT id FROM later
        """,
        {"pk": result.pk},
    )
    return [row.pk for row in rows]


class _ResultForm(View):
    """The form of a result: a new one, or one that corrects another."""

    def build(self, request: HttpRequest, data: Any = None, **kwargs: Any) -> ResultForm:
        raise NotImplementedError

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self._show(request, self.build(request, **kwargs))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = self.build(request, request.POST, **kwargs)
        if not form.is_valid():
            return self._show(request, form)
        try:
            result, is_new = services.record_partner_check(
                body=form.chosen_body,
                facts=form.as_facts(),
                source=PartnerCheckSource.FORM,
                by=signed_in(request),
            )
        except services.ResultRefused as refused:
            form.take_faults(refused.faults)
            return self._show(request, form)
        if is_new:
            messages.success(request, f"The result {result.reference} has been sent.")
        else:
            messages.info(request, f"You sent the result {result.reference} before. Nothing was made.")
        return redirect("assurance:partner_check", pk=result.pk)

    def edition(self, request: HttpRequest, data: Any) -> Edition | None:
        """That whose points the page shows: the one that is asked for, or the newest."""
        editions = list(Edition.objects.published().prefetch_related("points"))
        wanted = (data or request.GET).get("edition", "")
        return next((row for row in editions if row.code == wanted), editions[0] if editions else None)

    def _show(self, request: HttpRequest, form: ResultForm) -> HttpResponse:
        shown = form.shown_edition
        others = Edition.objects.published().exclude(pk=shown.pk) if shown else []
        context = {"form": form, "replaces": form.replaces, "other_editions": others}
        return render(request, "assurance/partner_result_send.html", context)


class PartnerResultSend(_ResultForm):
    def build(self, request: HttpRequest, data: Any = None, **kwargs: Any) -> ResultForm:
        bodies = bodies_of(signed_in(request))
        return ResultForm(data, bodies=bodies, edition=self.edition(request, data))


class PartnerResultCorrect(_ResultForm):
    def build(self, request: HttpRequest, data: Any = None, **kwargs: Any) -> ResultForm:
        replaces = get_result(request, kwargs["pk"])
        require(can_send_results(signed_in(request), replaces.body), NOT_YOURS)
        edition = replaces.edition or self.edition(request, data)
        return ResultForm(data, bodies=[replaces.body], edition=edition, replaces=replaces)
