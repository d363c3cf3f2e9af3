"""What the database refuses of lists, rows, faults and enrolled companies."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.utils import timezone

from applications.models import (
    Application,
    EnrolledCompany,
    Enrolment,
    EnrolmentRow,
)
from tests import factories as make
from tests.applications.enrolments import enrol, row
from tests.cast import Cast


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"faulty_count": 3}, "enrolment_counts_add_up"),
        ({"imported_count": 3}, "enrolment_counts_add_up"),
        ({"row_count": 0, "checked_count": 0}, "enrolment_has_rows"),
        ({"import_at": timezone.now()}, "enrolment_imported_by_and_at"),
        ({"done_at": timezone.now()}, "enrolment_done_has_time"),
        ({"status": "importing"}, "enrolment_importing_has_who"),
        ({"status": "withdrawn"}, "enrolment_withdrawn_with_who_when_why"),
        ({"reason": "No."}, "enrolment_withdrawn_with_who_when_why"),
    ],
)
def test_constraints_of_a_list(cast: Cast, change: dict[str, Any], name: str) -> None:
    enrolment = make.EnrolmentFactory()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(**change)


def test_the_same_list_cannot_be_there_twice(cast: Cast) -> None:
    enrolment = make.EnrolmentFactory()
    with pytest.raises(IntegrityError, match="same_list_sent_once"), transaction.atomic():
        make.EnrolmentFactory(body=enrolment.body, sha256=enrolment.sha256)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kind": "link"}, "enrolled_status_of_its_kind"),
        ({"status": "member"}, "enrolled_settled_has_time"),
        ({"settled_at": timezone.now()}, "enrolled_settled_has_time"),
        ({"status": "withdrawn", "settled_at": timezone.now()}, "enrolled_taken_back_with_who_why"),
        ({"reminders": 1}, "enrolled_reminded_with_when"),
    ],
)
def test_constraints_of_an_enrolled_company(cast: Cast, change: dict[str, Any], name: str) -> None:
    tie = make.EnrolledCompanyFactory()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        EnrolledCompany.objects.filter(pk=tie.pk).update(**change)


def test_a_company_is_enrolled_once_by_one_body(cast: Cast) -> None:
    tie = make.EnrolledCompanyFactory()
    same = {"company": tie.company, "draft": False}
    with pytest.raises(IntegrityError, match="enrolled_once_by_a_body"), transaction.atomic():
        make.EnrolledCompanyFactory(body=tie.body, kind="link", status="asked", **same)
    with pytest.raises(IntegrityError, match="enrolled_as_new_by_one_body"), transaction.atomic():
        EnrolledCompany.objects.create(
            body=make.TradeBodyFactory(),
            company=tie.company,
            kind="new",
            status="unconfirmed",
            name="x",
            email="x@example.com",
            enrolment=tie.enrolment,
            enrolled_by=tie.enrolled_by,
        )


def test_constraints_of_rows_and_problems(cast: Cast) -> None:
    enrolment = enrol(cast.trade_body, cast.partner, [(2, row(1)), (3, row(2, postcode="x"))])
    faulty = enrolment.rows.get(outcome="faulty")
    for change, name in (
        ({"imported_at": timezone.now()}, "row_imported_with_outcome"),
        ({"outcome": "known", "imported_at": timezone.now()}, "row_enrolled_has_company"),
        ({"outcome": "skipped", "imported_at": timezone.now()}, "row_left_out_has_reason"),
        ({"number": 2}, "row_once"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            EnrolmentRow.objects.filter(pk=faulty.pk).update(**change)
    with pytest.raises(IntegrityError, match="one_problem_a_cell"), transaction.atomic():
        enrolment.problems.create(row=faulty, column="postcode", place=1, text="x")
    with pytest.raises(InternalError), transaction.atomic():
        EnrolmentRow.objects.filter(outcome="new").update(reason="again")


def test_only_a_partners_application_is_accepted_by_nobody(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="application_decided_with_who_when_why"), transaction.atomic():
        Application.objects.filter(pk=cast.sent_application.pk).update(
            status="accepted", decided_at=timezone.now(), decision_reason="By itself."
        )
    with pytest.raises(IntegrityError, match="application_partner_with_origin"), transaction.atomic():
        Application.objects.filter(pk=cast.sent_application.pk).update(origin="partner")
