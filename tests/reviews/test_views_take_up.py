"""Figures as pages, charts, CSV, ODS, API and PDF: the same in each, and for the right readers."""

from __future__ import annotations

import csv
import io
import logging
import re

import matplotlib
import odfdo
import pytest
from bs4 import BeautifulSoup
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree
from pypdf import PdfReader

from reviews import services, statistics
from reviews.models import Snapshot
from reviews.services import take_snapshot
from reviews.statistics import Table, build_tables, public
from reviews.tasks import make_report
from tests import factories
from tests.cast import Cast
from tests.reviews.make import seed_scheme

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
Rows = list[list[str]]


@pytest.fixture
def panel(client: Client, cast: Cast) -> Client:
    client.force_login(cast.panel, backend=BACKEND)
    return client


@pytest.fixture
def tables(cast: Cast) -> tuple[Table, ...]:
    seed_scheme(cast)
    return build_tables(statistics.from_json(take_snapshot().figures))


def texts(table: Table) -> Rows:
    return [[cell.text for cell in row] for row in table.rows]


def page_tables(html: bytes) -> dict[str, Rows]:
    soup = BeautifulSoup(html, "html.parser")
    return {
        table.caption.get_text(strip=True): [
            [cell.get_text(strip=True) for cell in row.find_all(["th", "td"])]
            for row in table.tbody.find_all("tr")
        ]
        for table in soup.find_all("table")
    }


def as_shown(value: object, like: str) -> str:
    """A number of a spreadsheet with as many decimals as the text beside it."""
    return str(value) if isinstance(value, str) else f"{value:.{len(like.partition('.')[2])}f}"


def test_before_the_first_snapshot(panel: Client, client: Client) -> None:
    for address in ("/take-up/", "/take-up/summary/"):
        response = panel.get(address)
        assert response.status_code == 200
        assert "The figures have not been counted yet" in response.content.decode()
    for address in ("charts/members.svg", "tables/region.csv", "take-up.ods"):
        assert panel.get(f"/take-up/{address}").status_code == 404
    assert panel.get("/api/v1/take-up/").json() == {"taken_at": None, "tables": []}


def test_the_same_figures_in_every_medium(panel: Client, cast: Cast, tables: tuple[Table, ...]) -> None:
    page = page_tables(panel.get("/take-up/?months=all").content)
    assert page == {table.title: texts(table) for table in tables}
    ods = odfdo.Document(io.BytesIO(panel.get("/take-up/take-up.ods").content))
    report = services.start_report(
        period_from=Snapshot.objects.get().taken_at.date().replace(year=2018, month=12, day=6),
        period_to=timezone.localdate(),
        by=cast.lead,
    )
    make_report(report.pk)
    report.refresh_from_db()
    with default_storage.open(report.storage_name) as stored:
        pages = PdfReader(stored).pages
        document = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    for table in tables:
        body = panel.get(f"/take-up/tables/{table.name}.csv").getvalue().decode("utf-8-sig")
        header, *rows = csv.reader(io.StringIO(body))
        assert header == [column.label for column in table.columns]
        assert rows == texts(table)
        sheet = ods.body.get_table(name=table.name.replace("-", "_"))
        read = [
            [as_shown(value, like) for value, like in zip(*pair, strict=True)]
            for pair in zip(sheet.get_values()[3:], rows, strict=True)
        ]
        assert read == rows
        for row in rows:
            assert re.sub(r"\s", "", "".join(row)) in document, row


def test_the_public_gets_take_up_and_no_findings(client: Client, tables: tuple[Table, ...]) -> None:
    page = page_tables(client.get("/take-up/summary/?months=all").content)
    shown = {table.title: texts(table) for table in public(tables)}
    assert page == shown
    answer = client.get("/api/v1/take-up/").json()
    assert answer.keys() == {"taken_at", "tables"}
    assert {
        table["title"]: [[cell["text"] for cell in row] for row in table["rows"]]
        for table in answer["tables"]
    } == shown
    ods = odfdo.Document(io.BytesIO(client.get("/take-up/summary/take-up.ods").content))
    names = [sheet.name for sheet in ods.body.tables]
    assert names[:2] == ["Cover", "Notes"]
    assert not {"outcomes", "points_2018"} & set(names)
    for address in ("tables/outcomes.csv", "tables/points-2018.csv", "charts/points-2018.svg"):
        assert client.get(f"/take-up/summary/{address}").status_code == 404


def test_withheld_figures_are_nowhere(panel: Client, tables: tuple[Table, ...]) -> None:
    """3 members are in Scotland: that and the next smallest are withheld in the table and the chart."""
    region = next(table for table in tables if table.name == "region")
    shown = {row[0].text: row[2].text for row in region.rows if row[2].text != "0"}
    assert shown == {"North West": "[c]", "London": "22", "Scotland": "[c]", "All companies": "42"}
    svg = panel.get("/take-up/charts/region.svg").content.decode()
    assert svg.count("[c]") == 2


def test_months_leave_rows_out_and_change_none(panel: Client, tables: tuple[Table, ...]) -> None:
    whole = texts(tables[1])
    for query, rows in (("?months=12", 12), ("", 24), ("?months=all", len(whole)), ("?months=x", 24)):
        found = page_tables(panel.get(f"/take-up/{query}").content)
        assert found["Applications and members by month"] == whole[-rows:]


def test_charts_are_drawings_with_a_text_alternative(panel: Client, tables: tuple[Table, ...]) -> None:
    soup = BeautifulSoup(panel.get("/take-up/").content, "html.parser")
    pictures = soup.select("figure img")
    assert len(pictures) == 7
    for picture in pictures:
        assert len(picture["alt"]) > 40
        response = panel.get(picture["src"])
        assert response.headers["Content-Type"] == "image/svg+xml"
        root = etree.fromstring(response.content)
        assert not root.xpath("//*[@style]")
        assert root.xpath("//*[local-name()='text']")
        assert panel.get(picture["src"]).content == response.content


def test_the_same_table_gives_the_same_drawing(tables: tuple[Table, ...]) -> None:
    from reviews.charts import charts_of

    first, second = charts_of(tables), charts_of(tables)
    assert [chart.svg() for chart in first] == [chart.svg() for chart in second]


def test_drawing_says_nothing_of_fonts_that_a_server_has_not(
    tables: tuple[Table, ...], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviews.charts import charts_of

    caplog.set_level(logging.INFO)
    monkeypatch.setitem(matplotlib.rcParams, "font.family", ["A font that nobody has", "sans-serif"])
    charts_of(tables)[0].svg()
    assert [record.message for record in caplog.records if "matplotlib" in record.name] == []


def test_page_says_when_the_figures_were_taken(panel: Client, tables: tuple[Table, ...]) -> None:
    local = timezone.localtime(Snapshot.objects.get().taken_at)
    said = f"Figures as they stood on {local.day} {local:%B %Y} at {local.hour % 12 or 12}:{local:%M}"
    assert said in panel.get("/take-up/").content.decode()


def test_a_hash_that_would_tell_what_is_withheld_is_not_public(client: Client, tables: object) -> None:
    """Small counts could be guessed until the hash of the figures fits."""
    sha256 = Snapshot.objects.get().sha256
    for address in ("/take-up/summary/", "/api/v1/take-up/", "/take-up/summary/take-up.ods"):
        assert sha256.encode() not in client.get(address).content


@pytest.mark.parametrize("address", ["/take-up/", "/take-up/take-up.ods", "/take-up/tables/region.csv"])
def test_queries_do_not_grow(panel: Client, cast: Cast, address: str) -> None:
    counts = []
    for _ in range(2):
        take_snapshot(even_if_fresh=True)
        with CaptureQueriesContext(connection) as queries:
            response = panel.get(address)
            assert response.status_code == 200
            b"".join(response)
        counts.append(len(queries))
        factories.MembershipFactory.create_batch(30)
    assert counts[0] == counts[1] <= 3


def test_list_of_reports_has_a_fixed_number_of_queries(client: Client, cast: Cast) -> None:
    from tests.reviews.make import make_failed_report

    client.force_login(cast.lead, backend=BACKEND)
    counts = []
    for _ in range(2):
        make_failed_report(cast)
        with CaptureQueriesContext(connection) as queries:
            assert b"6 December 2018 to 5 December 2019" in client.get("/reports/").content
        counts.append(len(queries))
        make_failed_report(cast)
    assert counts[0] == counts[1] <= 5
