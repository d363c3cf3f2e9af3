"""Receipts of what was signed, and a member's facts with the signature that a change of them asks for."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View

from accounts.services import require
from applications import forms, services
from applications.answers import read_sections, read_signed, snapshot
from applications.models import Declaration, DeclarationRequest, PersonLevel
from applications.paging import take_page
from applications.pdf import render_pdf
from applications.permissions import MEMBER_SECTIONS, can_see_queue, level_in
from applications.views.fetch import get_member_facts, signed_in

STYLESHEET = Path(__file__).resolve().parent.parent / "paper.css"


class FactsShow(View):
    """A member's facts as they stand, each with a link to change it, and what still has to be signed."""

    def get(self, request: HttpRequest, reference: str) -> HttpResponse:
        application = get_member_facts(request, reference)
        level = level_in(signed_in(request), application.company)
        membership = application.membership
        sections = read_sections(snapshot(application))
        context = {
            "application": application,
            "membership": membership,
            "sections": [state for state in sections if state.section.key in MEMBER_SECTIONS],
            "may_edit": level in {PersonLevel.OWNER, PersonLevel.EDITOR}
            and membership.status in {"active", "suspended", "lapsed"},
            "may_sign": level == PersonLevel.OWNER,
            "wanted": membership.declaration_requests.open().first(),
            "declarations": application.declarations.all()[:20],
        }
        return render(request, "applications/facts_show.html", context)


class DeclarationReceipt(View):
    """What was signed, as an accessible PDF."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        declarations = Declaration.objects.visible_to(request.user).with_code(code)
        declaration = get_object_or_404(
            declarations.select_related("application", "company").defer("company__search")
        )
        context = {
            "declaration": declaration,
            "sections": read_sections(read_signed(declaration)),
            "verify_at": settings.BASE_URL + reverse("applications:verify_declaration"),
        }
        document = render_pdf(
            template="applications/declaration_receipt.html", context=context, stylesheet=STYLESHEET
        )
        name = f"declaration-{declaration.application.reference}-{declaration.signed_at:%Y-%m-%d}.pdf"
        return HttpResponse(
            document,
            content_type="application/pdf",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "Cache-Control": "private, no-store",
            },
        )


@method_decorator(login_not_required, name="dispatch")
class DeclarationVerify(View):
    """Whoever holds a receipt can ask whether it is genuine. Who signed is on the receipt, not here."""

    def get(self, request: HttpRequest) -> HttpResponse:
        form = forms.ReceiptCode(request.GET) if "code" in request.GET else forms.ReceiptCode()
        found = None
        asked = form.is_bound and form.is_valid()
        if asked:
            rows = Declaration.objects.with_code(form.cleaned_data["code"])
            found = rows.select_related("application", "company").defer("company__search").first()
        context = {
            "form": form,
            "asked": asked,
            "declaration": found,
            "name_then": read_signed(found)["company"]["name"] if found else "",
            "is_sound": found is not None and services.verify_declaration(found),
            "newer": found.company.declarations.filter(signed_at__gt=found.signed_at).last()
            if found
            else None,
        }
        return render(request, "applications/declaration_verify.html", context)


class DeclarationRequestList(View):
    """Members that changed facts and have not signed again, for DfT; the soonest due first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require(can_see_queue(signed_in(request)), "Only DfT can see this list")
        today = timezone.localdate()
        rows = DeclarationRequest.objects.visible_to(request.user).open()
        form = forms.DeclarationRequestFilter(request.GET)
        if form.is_valid() and form.cleaned_data["due"] == "overdue":
            rows = rows.filter(due_on__lt=today)
        rows = rows.select_related("membership__company").defer(
            "membership__company__search", "membership__company__search_terms"
        )
        page = take_page(rows.order_by("due_on", "pk"), request.GET)
        context = {
            "filter": form,
            "page": page,
            "rows": [(row, row.is_overdue(today)) for row in page.rows],
        }
        return render(request, "applications/declaration_requests.html", context)
