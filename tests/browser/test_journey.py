"""The whole main job, as its users do it: real Chromium, database, queue, worker and virus scanner."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import Role
from tests import factories as make
from tests.browser.conftest import Person
from tests.browser.steps import joining

COMPANY = "Llŷn and Ottersby Vehicle Hire Ltd"
OWNER = "owner@example.com"


@pytest.fixture
def edition(transactional_db: None) -> None:
    make.EditionFactory()


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
