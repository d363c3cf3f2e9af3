"""The whole main job, as its users do it: real Chromium, database, queue, worker and virus scanner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Role
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.steps import joining, planning

COMPANY = "Llŷn and Ottersby Vehicle Hire Ltd"
OWNER = "owner@example.com"


@pytest.fixture
def edition(transactional_db: None) -> None:
    call_command("load_edition", "codeofpractice/editions/2018.yaml")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.usefixtures("worker", "edition")
def test_join(someone: Callable[..., Person], mail_dir: Path, scripts: bool) -> None:
    make.UserFactory(email="assurer@example.com", role=Role.ASSURER)
    owner = someone(scripts=scripts, phone=scripts)
    joining.is_told_out_of_scope(owner)
    joining.signs_up(owner, mail_dir, name="Siân Pritchard", email=OWNER)
    reference = joining.starts_application(owner, COMPANY)
    joining.comes_back(owner, OWNER, reference)
    joining.answers_everything(owner, reference)
    joining.signs_declaration(owner, mail_dir, email=OWNER, reference=reference)

    assurer = someone(scripts=scripts)
    assurer.sign_in("assurer@example.com")
    joining.asks_question(assurer, COMPANY, "Is Quay Road your only site?")
    joining.answers_question(owner, reference, "Yes, it is.")
    number = joining.accepts(assurer, COMPANY)
    joining.finds_on_register(someone(scripts=scripts), COMPANY, number)


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.usefixtures("worker", "edition")
def test_plan(someone: Callable[..., Person], tmp_path: Path, scripts: bool) -> None:
    person = make.UserFactory(email=OWNER)
    company = make.CompanyFactory(name=COMPANY, owner=person)
    make.SecurityContactFactory(company=company)
    number = make.MembershipFactory(company=company).number
    owner = someone(scripts=scripts, phone=scripts)
    owner.sign_in(OWNER)
    planning.starts_plan(owner, number)
    planning.sees_gaps(owner, number)
    disguised = tmp_path / "plan.pdf"
    disguised.write_text("<html><script>alert(1)</script></html>")
    planning.is_refused(owner, number, disguised, "whatever its name says")
    for file in planning.SAMPLES:
        planning.uploads_plan(owner, number, file)
    planning.confirms_suggestion(owner, number, 1)
    planning.answers_point(owner, number, 1)
    for point in (2, 3, 4, 5, 6, 8, 9, 10):
        planning.answers_point(owner, number, point, f"We do what point {point} asks at every branch.")
    planning.plans_point(owner, number, 7)
    planning.adds_evidence(owner, number, planning.PLANS / "plan-02.pdf", ["3. Licence verification"])
    planning.submits_plan(owner, number)
