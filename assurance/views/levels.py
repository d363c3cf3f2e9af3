"""How far a member is assured, and by what: for assurers and leads."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views import View

from accounts.services import require
from applications.models import Membership, MembershipStatus
from assurance.bars import barred_outright
from assurance.levels import AssuranceLevel, decisions_by, results_by, with_assurance_level
from assurance.permissions import STAFF
from assurance.views.fetch import signed_in

CURRENT = (MembershipStatus.ACTIVE, MembershipStatus.SUSPENDED)
MOST_ROWS = 25


class MemberAssurance(View):
    """The level of a current member, with DfT's decisions and partners' results on which it rests."""

    def get(self, request: HttpRequest, number: str) -> HttpResponse:
        user = signed_in(request)
        require(user.role in STAFF, "Only assurers and leads see how far a member is assured")
        seen = Membership.objects.visible_to(user).select_related("company").defer("company__search")
        member = get_object_or_404(with_assurance_level(seen), number=number)
        is_barred = Membership.objects.filter(barred_outright(user, "company"), pk=member.pk).exists()
        require(not is_barred, "Something ties you to this company, so you do not see how it is assured")
        now = timezone.now()
        context = {
            "member": member,
            "level": AssuranceLevel(member.assurance_level) if member.status in CURRENT else None,
            "decisions": decisions_by(now).filter(check_of__membership=member, replaced_by=None)[:MOST_ROWS],
            "results": results_by(now).filter(membership=member).select_related("body")[:MOST_ROWS],
        }
        return render(request, "assurance/member_assurance.html", context)
