"""The certificate of a member, and the page on which whoever is shown one can check it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from rest_framework.throttling import SimpleRateThrottle

from accounts.transitions import TransitionRefused
from applications import forms
from applications.models import MembershipStatus
from applications.pdf import render_pdf
from applications.verifying import check_number
from applications.views.memberships import get_membership

STYLESHEET = Path(__file__).resolve().parent.parent / "certificate.css"


# In characters. With these the certificate stays on one page, whatever the company is called.
LONG_NAME = 60
MOST_OF_TRADING_NAMES = 200


def names_that_fit(names: Iterable[str]) -> list[str]:
    fitting: list[str] = []
    for name in names:
        if len(", ".join([*fitting, name])) <= MOST_OF_TRADING_NAMES:
            fitting.append(name)
    return fitting


class MembershipCertificate(View):
    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        membership = get_membership(request, number)
        if membership.status != MembershipStatus.ACTIVE:
            raise TransitionRefused(
                f"This membership is now: {membership.get_status_display()}. "
                "Only a current member has a certificate."
            )
        declaration = membership.application.declarations.first()
        context = {
            "membership": membership,
            "has_long_name": len(membership.company.name) > LONG_NAME,
            "trading_names": names_that_fit(row.name for row in membership.company.trading_names.all()),
            "edition": declaration.edition_code if declaration else "",
            "issued_on": timezone.localdate(),
            "verify_at": f"{settings.BASE_URL}{reverse('applications:verify_member')}",
        }
        document = render_pdf(
            template="applications/membership_certificate.html", context=context, stylesheet=STYLESHEET
        )
        return HttpResponse(
            document,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="certificate-{membership.number}.pdf"',
                "Cache-Control": "private, no-store",
            },
        )


class PostcodeThrottle(SimpleRateThrottle):
    """How often one address may ask about a postcode: or the numbers could be tried one by one, to find out
    whether a company that did not agree to be named is a member."""

    rate = "30/hour"

    def get_cache_key(self, request: HttpRequest, view: object) -> str:
        return f"verify-member:{self.get_ident(request)}"  # type: ignore[arg-type]


@method_decorator(login_not_required, name="dispatch")
class MemberVerify(View):
    """Is this the number of a current member? What is told, and what not, is in applications.verifying."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.MemberCheck(request.GET) if "number" in request.GET else forms.MemberCheck()
        answer = None
        status = 200
        if form.is_bound and form.is_valid():
            postcode = form.cleaned_data["postcode"]
            if postcode and not PostcodeThrottle().allow_request(request, self):  # type: ignore[arg-type]
                form.add_error("postcode", "Too many postcodes were checked from here. Try again in an hour")
                status = 429
            else:
                answer = check_number(form.cleaned_data["number"], postcode)
        return render(
            request, "applications/register_verify.html", {"form": form, "answer": answer}, status=status
        )
