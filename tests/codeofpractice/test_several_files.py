"""Several files of evidence at a time: in one request, or one by one as the page itself sends them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.urls import reverse

from codeofpractice.models import Evidence
from tests.cast import Cast
from tests.codeofpractice.uploads import PDF, PNG, upload
from tests.signing_in import client_for

HTML = b"<html><script>alert(1)</script></html>"


def send(cast: Cast, files: list[SimpleUploadedFile], by_itself: bool = False, **more: Any) -> HttpResponse:
    address = reverse("codeofpractice:evidence", kwargs={"number": cast.membership.number})
    headers = {"accept": "application/json"} if by_itself else {}
    data = {"file": files, "points": ["3", "4"]} | more
    return client_for(cast.editor).post(address, data, headers=headers)


def titles(cast: Cast) -> list[str]:
    """Of what was added to the draft of the cast, which has one file."""
    rows = Evidence.objects.filter(version=cast.draft_version).exclude(pk=cast.draft_evidence.pk)
    return list(rows.order_by("pk").values_list("title", flat=True))


def test_all_are_added_under_their_own_names(cast: Cast) -> None:
    files = [upload(PDF, "handover.pdf"), upload(PDF, "cofnod hyfforddi Ŵyn.pdf"), upload(PNG, "tracker.png")]
    assert send(cast, files, title="Handover").status_code == 302
    assert titles(cast) == ["handover.pdf", "cofnod hyfforddi Ŵyn.pdf", "tracker.png"]
    added = Evidence.objects.get(title="tracker.png")
    assert [row.point.number for row in added.responses.all()] == [3, 4]


def test_one_has_the_title_that_was_typed(cast: Cast) -> None:
    assert send(cast, [upload(PDF)], title="Handover").status_code == 302
    assert titles(cast) == ["Handover"]


def test_the_good_ones_are_kept_and_the_others_named(cast: Cast) -> None:
    answer = send(cast, [upload(PDF, "good.pdf"), upload(HTML, "bad.pdf"), upload(b"", "empty.pdf")])
    page = answer.content.decode()
    assert answer.status_code == 200
    assert titles(cast) == ["good.pdf"]
    assert "The file is added" in page
    assert "bad.pdf is not added: " in page
    assert "empty.pdf is not added: The file is empty" in page
    assert 'value="3" checked' in " ".join(page.split())


def test_what_was_refused_once_is_forgotten(cast: Cast) -> None:
    send(cast, [upload(PDF, "good.pdf"), upload(HTML, "bad.pdf")])
    assert send(cast, [upload(PDF, "other.pdf")], title="Other").status_code == 302
    assert titles(cast) == ["good.pdf", "Other"]


def test_when_none_is_good_nothing_is_saved(cast: Cast) -> None:
    page = send(cast, [upload(HTML, "one.pdf"), upload(HTML, "two.pdf")]).content.decode()
    assert "one.pdf: " in page
    assert "two.pdf: " in page
    assert titles(cast) == []


def test_a_wrong_date_saves_no_file(cast: Cast) -> None:
    files = [upload(PDF, "a.pdf"), upload(PDF, "b.pdf")]
    wrong = {"effective_on_day": "31", "effective_on_month": "2", "effective_on_year": "2019"}
    assert "Enter a real date" in send(cast, files, **wrong).content.decode()
    assert titles(cast) == []


def test_there_is_an_end_to_how_many(cast: Cast) -> None:
    page = send(cast, [upload(PDF, f"{n}.pdf") for n in range(21)]).content.decode()
    assert "Choose 20 files or fewer at a time" in page
    assert titles(cast) == []


@pytest.mark.parametrize(
    ("content", "more", "status", "problem"),
    [
        (PDF, {}, 201, None),
        (HTML, {}, 422, "whatever its name says"),
        (PDF, {"points": []}, 422, ""),
    ],
)
def test_the_page_sends_one_by_itself(
    cast: Cast, content: bytes, more: dict[str, Any], status: int, problem: str | None
) -> None:
    answer = send(cast, [upload(content, "handover.pdf")], by_itself=True, **more)
    assert answer.status_code == status
    if problem is None:
        assert answer.json() == {"title": "handover.pdf"}
    elif problem:
        assert problem in answer.json()["problem"]
    else:
        assert answer.json() == {"problem": ""}
