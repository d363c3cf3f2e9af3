from __future__ import annotations

import importlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from applications import services
from applications.models import Application, ApplicationQuestion, Company
from applications.working_days import (
    WORKING_DAYS_TO_DECIDE,
    Nation,
    days_left,
    due_from,
    is_working_day,
    nation_of,
    working_day_after,
    working_days_between,
)
from tests.cast import Cast

ENGLAND, SCOTLAND, NORTHERN_IRELAND = Nation
DAYS = st.dates(min_value=date(2019, 1, 1), max_value=date(2031, 12, 31))


@pytest.mark.parametrize(
    ("day", "at_work"),
    [
        (date(2026, 1, 1), ""),
        (date(2026, 1, 2), "ENG NIR"),  # 2 January
        (date(2026, 3, 17), "ENG SCT"),  # Saint Patrick's Day
        (date(2026, 4, 3), ""),  # Good Friday
        (date(2026, 4, 6), "SCT"),  # Easter Monday
        (date(2026, 7, 13), "ENG SCT"),  # Battle of the Boyne, a Sunday
        (date(2026, 8, 3), "ENG NIR"),  # first Monday of August
        (date(2026, 8, 31), "SCT"),  # last Monday of August
        (date(2026, 11, 30), "ENG NIR"),  # Saint Andrew's Day
        (date(2026, 12, 28), ""),  # Boxing Day, a Saturday
        (date(2026, 12, 5), ""),  # a Saturday
        (date(2026, 12, 6), ""),  # a Sunday
        (date(2026, 12, 7), "ENG SCT NIR"),
        (date(2022, 9, 19), ""),  # proclaimed for the funeral of Queen Elizabeth II
    ],
)
def test_bank_holidays_are_those_of_the_nation(day: date, at_work: str) -> None:
    assert " ".join(nation for nation in Nation if is_working_day(day, nation)) == at_work


@pytest.mark.parametrize(
    ("region", "nation"),
    [("TLI", ENGLAND), ("TLL", ENGLAND), ("TLM", SCOTLAND), ("TLN", NORTHERN_IRELAND), ("", ENGLAND)],
)
def test_the_nation_is_that_of_the_main_office(region: str, nation: Nation) -> None:
    assert nation_of(region) == nation


def test_twenty_working_days_over_christmas() -> None:
    """Sent on Tuesday 8 December 2026; Christmas Day, Boxing Day's substitute and New Year's Day are out."""
    assert due_from(date(2026, 12, 8), "TLI") == date(2027, 1, 8)
    assert due_from(date(2026, 12, 8), "TLM") == date(2027, 1, 11)  # and the 4th, for 2 January
    assert due_from(date(2026, 12, 12), "TLI") == due_from(date(2026, 12, 11), "TLI")  # sent on a Saturday


@given(DAYS, st.integers(-40, 60), st.sampled_from(Nation))
def test_what_is_left_gives_the_due_date_back(day: date, left: int, nation: Nation) -> None:
    due_on = working_day_after(day, left, nation)
    assert is_working_day(due_on, nation)
    if left or is_working_day(day, nation):
        assert working_days_between(day, due_on, nation) == left


@given(DAYS, DAYS, st.sampled_from(Nation))
def test_days_between_are_counted_one_by_one(today: date, due_on: date, nation: Nation) -> None:
    first, last = sorted([today, due_on])
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    found = sum(is_working_day(day, nation) for day in days)
    assert working_days_between(today, due_on, nation) == (found if due_on >= today else -found)


# --- The clock of an application ------------------------------------------------------------------


def fetch(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def test_sending_starts_the_clock(cast: Cast) -> None:
    Company.objects.filter(pk=cast.newco.pk).update(home_region="TLM")
    services.submit_application(
        application=cast.draft_application,
        edition_code="2018",
        declaration_text="Text.",
        signatory_name="Nia Prydderch",
        signatory_role="Director",
        by=cast.owner,
    )
    sent = fetch(cast.draft_application)
    assert sent.due_on == working_day_after(timezone.localdate(), WORKING_DAYS_TO_DECIDE, SCOTLAND)
    assert sent.working_days_left is None


@pytest.mark.parametrize("left", [7, 0, -3])
def test_a_question_stops_the_clock_and_its_answer_starts_it(cast: Cast, left: int) -> None:
    today = timezone.localdate()
    due_on = due_from(today, "TLI", left)
    Application.objects.filter(pk=cast.sent_application.pk).update(due_on=due_on)
    stopped_at = days_left(today, due_on, "TLI")
    asked = services.ask_question(
        application=cast.sent_application, section="sites", question="Which?", by=cast.assurer
    )
    stopped = fetch(cast.sent_application)
    assert (stopped.due_on, stopped.working_days_left) == (None, stopped_at)
    services.answer_question(question=asked, answer="Both.", by=cast.owner)
    assert fetch(cast.sent_application).due_on is None
    services.send_replies(application=cast.sent_application, by=cast.owner)
    started = fetch(cast.sent_application)
    assert (started.due_on, started.working_days_left) == (due_from(today, "TLI", stopped_at), None)


@pytest.mark.parametrize("end", ["accept", "reject", "withdraw"])
def test_the_end_stops_the_clock(cast: Cast, end: str) -> None:
    ends = {
        "accept": lambda: services.accept_application(application=cast.sent_application, by=cast.assurer),
        "reject": lambda: services.reject_application(
            application=cast.sent_application, reasons=["other"], reason="Leasing.", by=cast.assurer
        ),
        "withdraw": lambda: services.withdraw_application(
            application=cast.sent_application, reason="Sold.", by=cast.owner
        ),
    }
    ends[end]()
    ended = fetch(cast.sent_application)
    assert (ended.due_on, ended.working_days_left) == (None, None)


def test_withdrawing_with_a_question_open_ends_the_clock(cast: Cast) -> None:
    services.withdraw_application(application=cast.asked_application, reason="Sold.", by=cast.owner)
    assert fetch(cast.asked_application).working_days_left is None


@pytest.mark.parametrize(
    ("name", "wrong", "constraint"),
    [
        ("sent_application", {"due_on": None}, "application_due_while_dft_has_it"),
        ("asked_application", {"due_on": date(2026, 12, 7)}, "application_due_while_dft_has_it"),
        ("draft_application", {"due_on": date(2026, 12, 7)}, "application_due_while_dft_has_it"),
        ("asked_application", {"working_days_left": None}, "application_clock_stopped_by_question"),
        ("sent_application", {"working_days_left": 3}, "application_clock_stopped_by_question"),
    ],
)
def test_the_database_keeps_clock_and_status_together(
    cast: Cast, name: str, wrong: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint):
        Application.objects.filter(pk=getattr(cast, name).pk).update(**wrong)


def test_the_migration_sets_the_clocks_of_what_is_under_way(cast: Cast) -> None:
    at = datetime(2026, 12, 8, 23, 30, tzinfo=UTC)
    rows = Application.objects.filter(pk__in=[cast.sent_application.pk, cast.asked_application.pk])
    rows.update(submitted_at=at)
    # Asked on Friday 11 December with 17 days left, answered on Wednesday 16.
    asked = {"asked_at": datetime(2026, 12, 11, 9, tzinfo=UTC), "asked_by": cast.assurer}
    cast.sent_application.questions.create(
        section="sites",
        question="Which?",
        answer="Both.",
        answered_by=cast.owner,
        answered_at=datetime(2026, 12, 16, 9, tzinfo=UTC),
        **asked,
    )
    ApplicationQuestion.objects.filter(application=cast.asked_application).update(**asked)
    rows.filter(status="submitted").update(due_on=date(2020, 1, 1))
    rows.filter(status="question").update(working_days_left=99)
    importlib.import_module("applications.migrations.0011_working_days").set_clocks(apps, None)
    assert fetch(cast.sent_application).due_on == working_day_after(date(2026, 12, 16), 17, ENGLAND)
    assert fetch(cast.asked_application).working_days_left == 17
