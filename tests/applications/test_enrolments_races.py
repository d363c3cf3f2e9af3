"""Several at once: a list sent twice, an import by many workers, two partners, an answer and a withdrawal."""

from __future__ import annotations

import pytest

from applications import services
from applications.models import Company, EnrolledCompany, Enrolment, Invitation, Membership
from applications.services import enrolment_importing
from applications.tasks import work_on_enrolment
from tests import factories as make
from tests.applications.enrolments import enrolled, receive, row, rows, work
from tests.applications.test_enrolled import comes, completes
from tests.applications.test_services_casework import race
from tests.cast import build_cast

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_list_sent_twice_at_once_is_one_list() -> None:
    cast = build_cast()
    given = rows(20)

    new: list[bool] = []

    def send() -> None:
        new.append(
            services.receive_enrolment(body=cast.trade_body, rows=given, file_name="x.csv", by=cast.partner)[
                1
            ]
        )

    assert race(*[send] * 4) == ["done"] * 4
    assert sorted(new) == [False, False, False, True]
    assert Enrolment.objects.get().rows.count() == 20


def test_four_workers_on_one_import_enrol_each_company_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enrolment_importing, "CHUNK", 5)
    cast = build_cast()
    enrolment = receive(cast.trade_body, cast.partner, rows(60))
    services.start_import(enrolment=enrolment, leave_out_faulty=False, by=cast.partner)
    race(*[lambda: work_on_enrolment(enrolment.pk)] * 4)
    work(enrolment)
    assert (enrolment.status, enrolment.imported_count) == ("done", 60)
    assert EnrolledCompany.objects.count() == Invitation.objects.count() == 60
    assert Company.objects.filter(company_number__startswith="2000").count() == 60


def test_two_partners_with_the_same_company_make_one_company() -> None:
    cast = build_cast()
    other, person = make.TradeBodyFactory(is_partner=True), make.UserFactory(role="partner")
    other.people.add(person)
    lists = []
    for body, by in ((cast.trade_body, cast.partner), (other, person)):
        enrolment = receive(body, by, rows(30))
        services.start_import(enrolment=enrolment, leave_out_faulty=False, by=by)
        lists.append(enrolment)
    race(*[lambda pk=each.pk: work_on_enrolment(pk) for each in lists])
    assert Company.objects.filter(company_number__startswith="2000").count() == 30
    assert EnrolledCompany.objects.filter(kind="new").count() == 30
    assert EnrolledCompany.objects.filter(kind="link", status="asked").count() == 30
    for each in lists:
        each.refresh_from_db()
        assert each.status == "done"


def test_an_answer_and_a_withdrawal_at_once_leave_one_of_them() -> None:
    cast = build_cast()
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    found = race(
        lambda: services.answer_partner(tie=tie, is_member=True, by=cast.owner),
        lambda: services.withdraw_enrolled(tie=tie, reason="No.", by=cast.partner),
    )
    assert found == ["done", "refused"]
    tie.refresh_from_db()
    linked = tie.status == "linked"
    assert linked or tie.status == "withdrawn"
    assert cast.alpha.trade_bodies.exists() == linked


def test_the_contact_and_the_signer_at_once_make_one_member() -> None:
    """The contact's click of an earlier question, and the signature that sends the application."""
    cast = build_cast()
    tie = enrolled(cast.trade_body, cast.partner, owner_email="mared@example.com")
    owner = comes(tie)
    application = completes(tie, owner)
    contact = tie.company.security_contacts.get()
    asked = services.ask_for_confirmation(contact=contact, by=owner)

    def sign() -> object:
        return services.submit_application(
            application=application,
            edition_code="2018",
            declaration_text="x",
            signatory_name="x",
            signatory_role="x",
            by=owner,
        )

    race(sign, sign, lambda: services.confirm_contact(confirmation=asked))
    # The signature asks the contact again; whichever came first, one click more settles it.
    for waiting in contact.confirmations.filter(status="waiting"):
        services.confirm_contact(confirmation=waiting)
    assert Membership.objects.filter(company=tie.company, origin="partner").count() == 1
    tie.refresh_from_db()
    assert tie.status == "member"


def test_a_file_of_one_company_for_two_rows_is_not_two_companies() -> None:
    cast = build_cast()
    enrolment = receive(cast.trade_body, cast.partner, [(2, row(1)), (3, row(1))])
    services.start_import(enrolment=enrolment, leave_out_faulty=True, by=cast.partner)
    work(enrolment)
    assert EnrolledCompany.objects.count() == 1
