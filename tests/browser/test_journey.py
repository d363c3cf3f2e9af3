"""The whole main job, as its users do it: real Chromium, database, queue, worker and virus scanner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Role
from applications.models import Membership
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.steps import checking, joining, planning, reviewing

COMPANY = "Llŷn and Ottersby Vehicle Hire Ltd"
OWNER = "owner@example.com"
STAFF = {
    "assurer@example.com": Role.ASSURER,
    "lead@example.com": Role.LEAD,
    "other-lead@example.com": Role.LEAD,
    "panel@example.com": Role.PANEL,
}


@pytest.fixture
def edition(transactional_db: None) -> None:
    call_command("load_edition", "codeofpractice/editions/2018.yaml")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.usefixtures("worker", "edition")
def test_the_whole_job(someone: Callable[..., Person], mail_dir: Path, tmp_path: Path, scripts: bool) -> None:
    for email, role in STAFF.items():
        make.UserFactory(email=email, role=role)
    owner = someone(scripts=scripts, phone=scripts)
    number = joins(owner, someone, mail_dir, scripts)
    writes_plan(owner, number, tmp_path)
    planning.submits_plan(owner, someone(scripts=scripts), number, mail_dir)

    staff = {email: someone(scripts=scripts) for email in STAFF}
    for email, person in staff.items():
        person.sign_in(email)
    assurer, lead, other_lead, panel = staff.values()
    checking.draws_round(lead)
    checking.records_findings(assurer, COMPANY)
    checking.recommends(assurer, COMPANY)
    checking.decides(other_lead, COMPANY)
    company = Membership.objects.get(number=number).company
    checking.does_the_action(owner, f"/companies/{company.public_id}/")

    call_command("take_snapshot")
    reviewing.reads_take_up(panel, COMPANY)
    reviewing.makes_report(lead, tmp_path / "report.pdf")
    call_command("verify_audit")


def joins(owner: Person, someone: Callable[..., Person], mail: Path, scripts: bool) -> str:
    """Returns the membership number."""
    joining.is_told_out_of_scope(owner)
    joining.signs_up(owner, mail, name="Siân Pritchard", email=OWNER)
    reference = joining.starts_application(owner, COMPANY)
    joining.comes_back(owner, OWNER, reference)
    joining.answers_everything(owner, reference)
    joining.signs_declaration(owner, mail, email=OWNER, reference=reference)
    assurer = someone(scripts=scripts)
    assurer.sign_in("assurer@example.com")
    joining.asks_question(assurer, COMPANY, "Is Quay Road your only site?")
    joining.answers_question(owner, reference, "Yes, it is.")
    number = joining.accepts(assurer, COMPANY)
    joining.finds_on_register(someone(scripts=scripts), COMPANY, number)
    return number


def writes_plan(owner: Person, number: str, folder: Path) -> None:
    planning.starts_plan(owner, number)
    planning.sees_gaps(owner, number)
    disguised = folder / "plan.pdf"
    disguised.write_text("<html><script>alert(1)</script></html>")
    planning.is_refused(owner, number, disguised, "whatever its name says")
    for file in planning.SAMPLES:
        planning.uploads_plan(owner, number, file)
    planning.confirms_suggestion(owner, number, 1)
    planning.answers_point(owner, number, 1)
    for point in (2, 3, 4, 5, 6, 8, 9, 10):
        planning.answers_point(owner, number, point, f"We do what point {point} asks at every branch.")
    planning.gives_training_figures(owner, number)
    planning.plans_point(owner, number, 7)
    planning.adds_evidence(owner, number, planning.PLANS / "plan-02.pdf", ["3. Licence verification"])
