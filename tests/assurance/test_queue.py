"""The queues of checks: what each shows to whom, on its page, as CSV, and counted at home."""

from __future__ import annotations

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import SavedView, User
from assurance.models import CheckStatus, PlanCheck
from assurance.queue import QUEUES, find_checks
from rvss.homes import WAITING, waiting_for
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

TODAY = timezone.localdate()
QUEUE, CSV = "/checks/", "/checks.csv"


def waiting_check(**more: Any) -> PlanCheck:
    return make.PlanCheckFactory(status=CheckStatus.WAITING, due_on=None, working_days_left=9, **more)


@pytest.fixture
def checks(cast: Cast) -> dict[str, PlanCheck]:
    """Besides those of the cast: one nobody has, one late, one that waits, one of another assurer."""
    return {
        "open": cast.open_check,
        "recommended": cast.recommended_check,
        "decided": cast.decided_check,
        "free": make.PlanCheckFactory(assurer=None),
        "late": make.PlanCheckFactory(assurer=cast.assurer, due_on=TODAY - timedelta(days=1)),
        "waiting": waiting_check(assurer=cast.assurer),
        "others": make.PlanCheckFactory(assurer=cast.other_assurer, due_on=TODAY - timedelta(days=3)),
    }


def shown(user: User, checks: dict[str, PlanCheck], **query: str) -> set[str]:
    page = client_for(user).get(QUEUE, query).content.decode()
    return {name for name, check in checks.items() if f'href="/checks/{check.pk}/"' in page}


ALL_OF_ASSURER = {"open", "recommended", "late", "waiting"}


@pytest.mark.parametrize(
    ("person", "queue", "expected"),
    [
        ("assurer", "mine", ALL_OF_ASSURER),
        ("assurer", "waiting", {"waiting"}),
        ("assurer", "overdue", {"late"}),
        ("assurer", "decide", {"recommended"}),
        ("other_assurer", "mine", {"others"}),
        ("lead", "team", ALL_OF_ASSURER | {"free", "others"}),
        ("lead", "nobody", {"free"}),
        ("lead", "waiting", {"waiting"}),
        ("lead", "overdue", {"late", "others"}),
        ("lead", "decide", {"recommended"}),
    ],
)
def test_each_queue_shows_what_it_says(
    cast: Cast, checks: dict[str, PlanCheck], person: str, queue: str, expected: set[str]
) -> None:
    user = cast.person(person)
    assert user is not None
    assert shown(user, checks, queue=queue) == expected
    rows = list(csv.reader(io.StringIO(download(user, queue=queue))))
    assert len(rows) - 1 == len(expected)


def test_filters_go_together_and_nonsense_is_left_out(cast: Cast, checks: dict[str, PlanCheck]) -> None:
    lead = cast.lead
    assert shown(lead, checks, status="decided") == {"decided"}
    assert shown(lead, checks, status="every") == set(checks)
    assert shown(lead, checks, queue="overdue", assigned=str(cast.other_assurer.pk)) == {"others"}
    assert shown(lead, checks, q="alpha vehicle", queue="decide") == {"recommended"}
    assert shown(lead, checks, q=checks["late"].membership.number.lower()) == {"late"}
    for nonsense in ({"queue": "mine"}, {"assigned": "0"}, {"status": "x"}, {"sort": "x"}):
        page = client_for(lead).get(QUEUE, nonsense)
        assert "so it was left out" in page.content.decode()
    page = client_for(cast.assurer).get(QUEUE, {"queue": "team"}).content.decode()
    assert "so it was left out: Queue." in page
    assert f'href="/checks/{checks["others"].pk}/"' not in page


def test_nobody_finds_a_check_from_which_they_are_barred(cast: Cast, checks: dict[str, PlanCheck]) -> None:
    make.StaffInterestFactory(user=cast.lead, company=checks["late"].membership.company)
    assert shown(cast.lead, checks, queue="overdue") == {"others"}
    assert checks["late"].membership.number not in download(cast.lead, queue="overdue")
    assert counted(cast.lead)["Checks overdue"] == 1


@pytest.mark.parametrize("sort", ["due", "newest", "name"])
def test_a_reader_comes_to_every_check_once(cast: Cast, sort: str) -> None:
    """Over the pages, those without a due day at the end."""
    for _ in range(30):
        make.PlanCheckFactory(assurer=cast.other_assurer)
    for _ in range(30):
        waiting_check(assurer=cast.other_assurer)
    client, address, found = client_for(cast.other_assurer), f"?queue=mine&sort={sort}", []
    while address:
        page = client.get(f"{QUEUE}{address}").content.decode()
        found += checks_on(page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        address = html.unescape(following[1]) if following else ""
    assert sorted(found) == sorted(find_checks(cast.other_assurer, {}, TODAY).values_list("pk", flat=True))
    if sort == "due":
        rows = PlanCheck.objects.in_bulk(found)
        stopped = [rows[pk].due_on is None for pk in found]
        assert stopped == sorted(stopped)


def checks_on(page: str) -> list[int]:
    return [int(pk) for pk in re.findall(r'href="/checks/([0-9]+)/"', page)]


@pytest.mark.parametrize("person", ["lead", "other_assurer"])
def test_the_page_and_the_download_cost_the_same_whatever_their_length(cast: Cast, person: str) -> None:
    user = cast.person(person)
    assert user is not None
    client = client_for(user)

    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
            b"".join(answer) if answer.streaming else answer.content
        return len(queries)

    make.PlanCheckFactory(assurer=cast.other_assurer)
    before = {address: cost(address) for address in (QUEUE, CSV)}
    make.PlanCheckFactory.create_batch(3, assurer=cast.other_assurer)
    assert {address: cost(address) for address in (QUEUE, CSV)} == before
    assert before[QUEUE] <= 7


def download(user: User, **query: str) -> str:
    answer = client_for(user).get(CSV, query)
    assert answer.streaming
    assert answer.headers["Content-Disposition"] == 'attachment; filename="rvss-checks.csv"'
    return b"".join(answer).decode("utf-8-sig")


def test_the_download_says_what_the_page_does(cast: Cast, checks: dict[str, PlanCheck]) -> None:
    type(cast.alpha).objects.filter(pk=checks["waiting"].membership.company_id).update(name="=2+5 Hire")
    rows = list(csv.DictReader(io.StringIO(download(cast.lead, queue="team", sort="due"))))
    assert [row["Status"] for row in rows][-1] == "Waiting for the company"
    assert rows[-1] == {
        "Company": "'=2+5 Hire",
        "Membership number": checks["waiting"].membership.number,
        "Drawn in": checks["waiting"].selection.round.name,
        "Opened": TODAY.isoformat(),
        "Due": "",
        "Working days left when the clock stopped": "9",
        "Status": "Waiting for the company",
        "Has a plan": "No",
        "Assurer": "Assurer",
    }
    page = client_for(cast.lead).get(QUEUE, {"queue": "team", "sort": "name"}).content.decode()
    assert f"{CSV}?queue=team&amp;sort=name" in page


def test_a_person_keeps_a_view_and_opens_the_queue_with_it(cast: Cast, checks: dict[str, PlanCheck]) -> None:
    client = client_for(cast.lead)
    kept = "queue=overdue&sort=name"
    query = {"list": "assurance:queue", "name": "Late", "query": kept, "is_default": "on"}
    saved = client.post(reverse("accounts:save_view"), query)
    assert saved.headers["Location"] == "/checks/?queue=overdue&sort=name"
    assert SavedView.objects.get().query == "queue=overdue&sort=name"
    assert client.get(QUEUE).headers["Location"] == "/checks/?queue=overdue&sort=name"
    assert "Late" in client.get(QUEUE, {"view": "none"}).content.decode()
    assert client_for(cast.owner).post(reverse("accounts:save_view"), query).status_code == 403


def counted(user: User) -> dict[str, int]:
    return {each.text: each.count for each in waiting_for(user)}


def test_home_counts_what_the_queues_show(cast: Cast, checks: dict[str, PlanCheck]) -> None:
    assert counted(cast.assurer) | {
        "Checks for you to do": 2,
        "Of these, late": 1,
        "Checks that wait for the company": 1,
    } == counted(cast.assurer)
    assert counted(cast.lead) | {
        "Checks to decide": 1,
        "Checks that nobody has": 1,
        "Checks overdue": 2,
        "Checks that wait for the company": 1,
    } == counted(cast.lead)
    for user in (cast.assurer, cast.lead):
        for each in waiting_for(user):
            if each.address.startswith(QUEUE):
                page = client_for(user).get(each.address).content.decode()
                assert each.count == len(checks_on(page))
                assert "so it was left out" not in page
        assert {kind.query["queue"] for kind in WAITING[user.role] if "queue" in kind.query} <= {
            queue.value for queue in QUEUES[user.role]
        }
