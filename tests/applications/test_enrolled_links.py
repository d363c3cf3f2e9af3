"""Companies that were in the service before a partner named them: asked, never merged."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent, Notification
from accounts.transitions import TransitionRefused
from applications import services
from applications.models import (
    Company,
    EnrolledCompany,
)
from applications.permissions import can_invite_to
from tests import factories as make
from tests.applications.enrolments import enrol, enrolled, row
from tests.cast import Cast

INVITED = "mared.wynne@example.com"


def test_a_match_is_asked_and_nothing_of_it_changes(cast: Cast) -> None:
    before = (cast.alpha.name, cast.alpha.address_line_1, cast.alpha.match_key)
    tie = enrolled(
        cast.trade_body,
        cast.partner,
        name="Alpha as the partner writes it",
        company_number=cast.alpha.company_number,
    )
    assert (tie.company, tie.kind, tie.status) == (cast.alpha, "link", "asked")
    assert tie.name == "Alpha as the partner writes it"
    cast.alpha.refresh_from_db()
    assert (cast.alpha.name, cast.alpha.address_line_1, cast.alpha.match_key) == before
    assert not cast.alpha.trade_bodies.exists()
    assert cast.alpha.applications.count() == 1
    mail = Notification.objects.get(user=cast.owner)
    assert mail.subject == "Is Alpha Vehicle Hire Ltd a member of Association of Vehicle Hirers?"
    assert f"/companies/{cast.alpha.public_id}/partners/{tie.pk}/" in mail.body
    assert not Notification.objects.filter(to="sian.1@example.com").exists(), "nobody new is invited"


@pytest.mark.parametrize(
    ("changes", "is_match"),
    [
        ({"name": "THE ALPHA VEHICLE HIRE LIMITED", "company_number": "", "legal_form": "Partnership"}, True),
        ({"name": "Alpha Vehicle Hire Ltd"}, False),  # another number: another company in law
        ({"name": "Alpha Vehicle Hire Ltd", "postcode": "ZE2 0AA"}, False),
    ],
)
def test_a_match_by_name_and_postcode(cast: Cast, changes: dict[str, str], is_match: bool) -> None:
    tie = enrolled(cast.trade_body, cast.partner, **{"postcode": "ZE1 0AA", **changes})
    assert (tie.company == cast.alpha) == is_match


def test_two_rows_about_one_company_make_one_question(cast: Cast) -> None:
    by_number = row(1, company_number=cast.alpha.company_number)
    by_name = row(2, name=cast.alpha.name, postcode="ZE1 0AA", company_number="", legal_form="Partnership")
    enrolment = enrol(cast.trade_body, cast.partner, [(2, by_number), (3, by_name)])
    assert list(enrolment.rows.values_list("outcome", flat=True)) == ["asked", "known"]
    assert EnrolledCompany.objects.count() == 1


def test_a_member_is_asked_rather_than_a_duplicate_that_nobody_acts_for(cast: Cast) -> None:
    make.CompanyFactory(name="Older", company_number=cast.beta.company_number)
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.beta.company_number)
    assert tie.company == cast.beta


def test_yes_links_and_keeps_the_origin(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    services.answer_partner(tie=tie, is_member=True, by=cast.owner)
    services.answer_partner(tie=tie, is_member=True, by=cast.owner)
    tie.refresh_from_db()
    assert (tie.status, tie.settled_by) == ("linked", cast.owner)
    cast.alpha.refresh_from_db()
    assert list(cast.alpha.trade_bodies.all()) == [cast.trade_body]
    assert cast.alpha.no_trade_body is False
    cast.membership.refresh_from_db()
    assert (cast.membership.origin, cast.membership.partner) == ("dft", None)
    assert AuditEvent.objects.filter(verb="company.link_linked").count() == 1
    assert not can_invite_to(cast.partner, cast.alpha)
    assert not Company.objects.visible_to(cast.partner).exists()
    with pytest.raises(TransitionRefused):
        services.answer_partner(tie=tie, is_member=False, reason="Changed.", by=cast.owner)


def test_no_is_kept_with_its_reason_and_not_asked_again(cast: Cast) -> None:
    cells = row(1, company_number=cast.alpha.company_number)
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    with pytest.raises(TransitionRefused, match="Give the reason"):
        services.answer_partner(tie=tie, is_member=False, by=cast.owner)
    services.answer_partner(tie=tie, is_member=False, reason="We left in 2019.", by=cast.owner)
    assert "We left in 2019." in Notification.objects.filter(user=cast.partner).latest("pk").body
    assert not cast.alpha.trade_bodies.exists()
    again = enrol(cast.trade_body, cast.partner, [(2, cells), (3, row(5))])
    first = again.rows.get(number=2)
    assert first.outcome == "skipped"
    assert first.reason.startswith("Declined by the company on ")


@pytest.mark.parametrize("person", ["editor", "viewer", "other_owner", "partner", "assurer", "lead"])
def test_only_an_owner_answers(cast: Cast, person: str) -> None:
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    with pytest.raises(PermissionDenied):
        services.answer_partner(tie=tie, is_member=True, by=getattr(cast, person))
