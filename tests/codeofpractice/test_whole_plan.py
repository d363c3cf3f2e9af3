"""A version from beginning to end: side by side, searched, printed and for programs."""

from __future__ import annotations

import io
import json
from typing import Any

import pikepdf
import pytest
from bs4 import BeautifulSoup
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from codeofpractice.answers import answers_of
from codeofpractice.models import LinkDecision, Passage, PassageLink, PlanVersion
from codeofpractice.plan_search import search_plan
from tests import factories as make
from tests.cast import Cast
from tests.reviews.test_report import tags
from tests.signing_in import client_for

LONG = "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"


@pytest.fixture
def plan(cast: Cast) -> PlanVersion:
    """The draft, with something of each kind."""
    draft = cast.draft_version
    draft.responses.update(position="in_place", how_met="Yes.", responsible_role="Manager")
    draft.responses.filter(point__number=2).update(how_met=f"Mae’r ddesg yn Llŷn yn gwrthod arian. {LONG}")
    make.give_figures(draft)
    measure = {"what": "The desk writes refusals down.", "state": "in_place", "owner_role": "Branch manager"}
    response = draft.responses.get(point__number=2)
    response.measures.create(**measure, written_by=cast.owner, written_at=draft.started_at)
    for n, passage in enumerate(cast.document.passages.order_by("n")):
        Passage.objects.filter(pk=passage.pk).update(
            text=f"Keys are counted each evening, list {n}.", page=3, heading="Keys"
        )
    first = cast.document.passages.order_by("n").first()
    PassageLink.objects.create(
        passage=first,
        point=response.point,
        decision=LinkDecision.CONFIRMED,
        decided_by=cast.owner,
        decided_at=draft.started_at,
    )
    return draft


def address(cast: Cast, name: str = "version") -> str:
    kwargs = {"number": cast.membership.number, "version": cast.draft_version.number}
    return reverse(f"codeofpractice:{name}", kwargs=kwargs)


def page(cast: Cast, **query: str) -> BeautifulSoup:
    answer = client_for(cast.viewer).get(address(cast), query)
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser")


def words(found: Any) -> str:
    return " ".join(found.get_text(" ").split())


# --- Side by side ---


def test_what_is_said_stands_beside_what_shows_it(cast: Cast, plan: PlanVersion) -> None:
    section = page(cast).find(id="point-2").find_parent("section")
    said, shown = section.find(class_="rvss-side").find_all("div", recursive=False)
    assert "The desk writes refusals down." in words(said)
    assert "Keys are counted each evening, list 0." in words(shown)
    assert "page 3, under “Keys”" in words(shown)
    assert "What point 2 asks for." in words(section)


def test_the_index_leads_to_each_point(cast: Cast, plan: PlanVersion) -> None:
    soup = page(cast)
    links = [a["href"] for a in soup.find(class_="rvss-index").find_all("a")]
    assert links == [f"#point-{number}" for number in range(1, 11)]
    assert all(soup.find(id=link[1:]) for link in links)


# --- Search ---


@pytest.mark.parametrize("typed", ["llyn", "LLŶN", "lly", "ddesg llŷn", "  arian,  gwrthod "])
def test_words_are_found_whatever_their_accents(cast: Cast, plan: PlanVersion, typed: str) -> None:
    found = page(cast, q=typed).find(id="found")
    assert "1 place has" in words(found.h2)
    assert [a["href"] for a in found.find_all("a", href=lambda h: h.startswith("#"))] == ["#point-2"]
    assert {words(mark) for mark in found.find_all("mark")} <= {"Llŷn", "ddesg", "arian", "gwrthod"}
    assert found.find("mark")


def test_what_is_confirmed_is_told_from_what_is_not(cast: Cast, plan: PlanVersion) -> None:
    found = search_plan(plan, answers_of(plan), "keys evening")
    assert [(point.number, len(hits)) for point, hits in found.points] == [(2, 1)]
    assert [hit.where for hit in found.loose] == ["handover-procedure.pdf, page 3, under “Keys”"] * 2
    assert "confirmed for no point" in words(page(cast, q="keys"))


@pytest.mark.parametrize(
    ("typed", "where"),
    [("refusals", "Measure"), ("ACT awareness", "Training figures"), ("manager", "Responsible")],
)
def test_every_part_of_an_answer_is_searched(cast: Cast, plan: PlanVersion, typed: str, where: str) -> None:
    found = search_plan(plan, answers_of(plan), typed)
    assert where in {hit.where for _, hits in found.points for hit in hits}


def test_nothing_found_and_too_much_typed_are_said(cast: Cast, plan: PlanVersion) -> None:
    assert "0 places have “horoscope”" in words(page(cast, q="horoscope").find(id="found"))
    assert "Search for 100 characters or fewer" in words(page(cast, q="x" * 101))
    assert page(cast, q=" ,. ").find(id="found") is None or "0 places" in words(page(cast, q=" ,. "))


def test_what_is_found_is_text_and_not_markup(cast: Cast, plan: PlanVersion) -> None:
    plan.responses.filter(point__number=5).update(how_met="<script>alert(1)</script> quay")
    found = page(cast, q="quay script").find(id="found")
    assert not found.find("script")
    assert "<script>alert(1)</script> quay" in found.get_text()


def test_a_long_text_is_cut_around_the_word(cast: Cast, plan: PlanVersion) -> None:
    plan.responses.filter(point__number=5).update(how_met="before " * 400 + "needle" + " after" * 400)
    [(_, [hit])] = search_plan(plan, answers_of(plan), "needle").points
    text = "".join(piece for piece, _ in hit.pieces)
    assert text.startswith("… ")
    assert text.endswith(" …")
    assert len(text) < 400


def test_the_page_costs_the_same_whatever_the_plan_holds(cast: Cast, plan: PlanVersion) -> None:
    client = client_for(cast.viewer)
    counts = []
    for number in range(3):
        response = plan.responses.get(point__number=4)
        make.TrainingFactory(response=response, course=f"Course {number}", written_by=cast.owner)
        evidence = plan.evidence.create(
            file=make.StoredFileFactory(company=cast.alpha), title=f"Key log {number}", added_by=cast.owner
        )
        evidence.responses.add(response)
        with CaptureQueriesContext(connection) as queries:
            client.get(address(cast), {"q": "key"})
        counts.append(len(queries))
    assert counts[0] == counts[1] == counts[2] <= 15


# --- The document and the JSON ---


def test_the_document_is_tagged_and_whole(cast: Cast, plan: PlanVersion) -> None:
    answer = client_for(cast.viewer).get(address(cast, "version_pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert "no-store" in answer["Cache-Control"]
    document = pikepdf.open(io.BytesIO(answer.content))
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "en-GB"
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert cast.alpha.name in metadata["dc:title"]
    found = tags(document)
    assert len(found["/H1"]) == 1
    assert len(found["/H2"]) == 11, "the contents and ten points"
    assert len(found["/Table"]) >= 3
    assert found["/TH"]
    assert len(found["/BlockQuote"]) == 1


def test_the_document_holds_what_the_page_holds(cast: Cast, plan: PlanVersion) -> None:
    import pypdf

    answer = client_for(cast.viewer).get(address(cast, "version_pdf"))
    text = "".join(each.extract_text() for each in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
    flat = "".join(text.split())
    for said in ("Llŷn", LONG, "The desk writes refusals down.", "Keys are counted", "Handover procedure"):
        assert "".join(said.split()) in flat


def test_programs_get_the_same(cast: Cast, plan: PlanVersion) -> None:
    answer = client_for(cast.viewer).get(address(cast, "version_json"))
    found = json.loads(answer.content)
    assert (found["membership"], found["version"], found["status"]) == (cast.membership.number, 2, "draft")
    assert [point["number"] for point in found["points"]] == list(range(1, 11))
    second, third, fourth = found["points"][1:4]
    assert second["passages"] == [
        {
            "document": "handover-procedure.pdf",
            "page": 3,
            "heading": "Keys",
            "text": "Keys are counted each evening, list 0.",
        }
    ]
    assert third["evidence"][0]["sha256"] == cast.file.sha256
    assert fourth["training"][0]["trained"] == 34
    assert found["points"][0]["security_contacts"][0]["name"] == "Nia Prydderch"


@pytest.mark.parametrize("name", ["version_pdf", "version_json"])
def test_another_companys_plan_is_not_there(cast: Cast, plan: PlanVersion, name: str) -> None:
    for person in (cast.other_owner, cast.assurer, cast.lead, cast.panel):
        assert client_for(person).get(address(cast, name)).status_code == 404
