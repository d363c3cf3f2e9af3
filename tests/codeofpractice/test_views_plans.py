"""The pages of the security plan: what each shows, keeps and costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from codeofpractice.models import FileStatus, PlanDocument, PointResponse, StoredFile
from tests import factories as make
from tests.cast import Cast
from tests.codeofpractice.uploads import PDF, upload


@pytest.fixture
def owner(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": cast.membership.number, **more})


def test_bad_input_is_explained_and_kept(owner: Client, cast: Cast) -> None:
    answer = {"position": "planned", "how_met": "Soon, ysbïo", "revision": "0", "planned_for_day": "1"}
    response = owner.post(address(cast, "point", point=2), answer)
    page = response.content.decode()
    assert response.status_code == 200
    assert "Enter who is responsible" in page
    assert "Soon, ysbïo" in page
    assert PointResponse.objects.get(version=cast.draft_version, point__number=2).revision == 0


def test_the_second_of_two_editors_sees_both_answers(owner: Client, cast: Cast) -> None:
    place = address(cast, "point", point=2)
    first = {"position": "in_place", "how_met": "First words", "responsible_role": "A", "revision": "0"}
    assert owner.post(place, first).status_code == 302
    response = owner.post(place, first | {"how_met": "Second words"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "First words" in page
    assert "Second words" in page
    assert 'name="revision" value="1"' in page
    assert owner.post(place, first | {"how_met": "Second words", "revision": "1"}).status_code == 302
    assert PointResponse.objects.get(version=cast.draft_version, point__number=2).how_met == "Second words"


def test_not_applicable_is_offered_only_where_it_may_be(owner: Client, cast: Cast) -> None:
    assert "Not applicable" not in owner.get(address(cast, "point", point=8)).content.decode()
    cast.alpha.fleet.exclude(vehicle_class="car").delete()
    assert "Not applicable" in owner.get(address(cast, "point", point=8)).content.decode()
    assert "Not applicable" not in owner.get(address(cast, "point", point=7)).content.decode()


def test_a_wrong_file_is_refused_at_its_field_and_nothing_is_kept(owner: Client, cast: Cast) -> None:
    before = StoredFile.objects.count()
    data = {"file": upload(b"<html><script>x</script>"), "title": "Our procedure", "points": ["3"]}
    page = owner.post(address(cast, "evidence"), data).content.decode()
    assert "whatever its name says" in page
    assert "Our procedure" in page
    assert StoredFile.objects.count() == before


def test_evidence_is_added_to_its_points(owner: Client, cast: Cast) -> None:
    data = {"file": upload(PDF), "title": "", "points": ["3", "4"]}
    assert owner.post(address(cast, "evidence"), data).status_code == 302
    row = cast.draft_version.evidence.latest("pk")
    assert row.title == "plan.pdf"
    assert row.file.status == FileStatus.WAITING
    assert sorted(row.responses.values_list("point__number", flat=True)) == [3, 4]


@pytest.mark.parametrize("status", ["waiting", "infected", "unscannable"])
def test_only_a_clean_file_is_served(owner: Client, cast: Cast, status: str) -> None:
    place = reverse("codeofpractice:file", kwargs={"pk": cast.stored_file().pk})
    response = owner.get(place)
    assert b"".join(response) == b"%PDF-1.7 handover %%EOF"  # type: ignore[call-overload]
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "private, no-store"
    row = make.StoredFileFactory(company=cast.alpha, status=status)
    assert owner.get(reverse("codeofpractice:file", kwargs={"pk": row.pk})).status_code == 404


def test_an_uploaded_plan_waits_for_the_scanner_then_shows_its_passages(owner: Client, cast: Cast) -> None:
    response = owner.post(address(cast, "document_add"), {"file": upload(PDF)})
    document = PlanDocument.objects.latest("pk")
    assert response.headers["Location"] == address(cast, "document", pk=document.pk)
    assert "checked for viruses" in owner.get(response.headers["Location"]).content.decode()
    assert "Passage 2." in owner.get(address(cast, "document", pk=cast.document.pk)).content.decode()


def test_a_passage_is_confirmed_and_undone(owner: Client, cast: Cast) -> None:
    place = address(cast, "passage", passage=cast.passage.pk)
    owner.post(place, {"point": "3", "decision": "confirmed"})
    assert "Confirmed" in owner.get(address(cast, "point", point=3)).content.decode()
    owner.post(place, {"point": "3", "decision": "undecided"})
    assert not cast.passage.links.exists()
    assert owner.post(place, {"point": "", "decision": "confirmed", "from": "document"}).status_code == 302
    assert not cast.passage.links.exists()


def test_a_suggestion_says_why_in_words_and_marks_them(owner: Client, cast: Cast) -> None:
    cast.passage.text = "Every driver's licence is checked; a <licence> in a wallet is not."
    cast.passage.save()
    cast.passage.suggestions.create(
        point=cast.edition.points.get(number=4),
        score=0.7,
        rank=1,
        words=["heading: Handover", "licence, checked"],
    )
    page = owner.get(address(cast, "point", point=4)).content.decode()
    assert "<strong>Strong match</strong>, for the words marked and for its heading “Handover”" in page
    mark = '<mark class="rvss-why">{}</mark>'
    assert f"{mark.format('licence')} is {mark.format('checked')}; a &lt;{mark.format('licence')}&gt;" in page
    assert "clearly speaks to this point" not in page


def test_a_point_that_no_passage_reaches_says_so(owner: Client, cast: Cast) -> None:
    cast.passage.suggestions.create(point=cast.edition.points.get(number=4), score=0.4, rank=1)
    page = owner.get(address(cast, "point", point=4)).content.decode()
    assert "No passage of your plan clearly speaks to this point." in page
    assert "<strong>Comes nearest</strong>" in page


def test_the_plan_is_submitted_once(owner: Client, cast: Cast) -> None:
    place = address(cast, "submit")
    assert "What is missing" in owner.post(place, {"is_true": "on"}).content.decode()
    cast.draft_version.responses.update(position="in_place", how_met="Yes.", responsible_role="Manager")
    make.give_figures(cast.draft_version)
    assert "Confirm that the plan says" in owner.post(place, {}).content.decode()
    day = timezone.localdate() + timedelta(days=90)
    sure = {
        "is_true": "on",
        "review_on_day": day.day,
        "review_on_month": day.month,
        "review_on_year": day.year,
    }
    cast.alpha.security_contacts.update(email=cast.owner.email.upper())
    assert owner.post(place, sure).status_code == 302
    assert cast.draft_version.plan.versions.get(number=2).review_on == day
    again = owner.post(place, sure)
    assert again.status_code == 409
    assert "has submitted version 2 of the plan already" in again.content.decode()


def test_a_plan_of_another_company_is_not_there(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.other_owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    for name, more in (("plan", {}), ("version", {"version": 1}), ("document", {"pk": cast.document.pk})):
        assert client.get(address(cast, name, **more)).status_code == 404


@pytest.mark.parametrize("name", ["plan", "point", "submit", "version", "document"])
def test_a_page_costs_the_same_whatever_it_shows(
    owner: Client, cast: Cast, name: str, django_assert_max_num_queries: Any
) -> None:
    more = {"point": {"point": 3}, "version": {"version": 1}, "document": {"pk": cast.document.pk}}.get(
        name, {}
    )
    place = address(cast, name, **more)
    owner.get(place)

    def cost() -> int:
        with django_assert_max_num_queries(20) as captured:
            assert owner.get(place).status_code == 200
        return len(captured)

    before = cost()
    for number in (3, 4, 5):
        file = make.StoredFileFactory(company=cast.alpha)
        row = cast.draft_version.evidence.create(file=file, title=f"File {number}", added_by=cast.owner)
        row.responses.add(cast.draft_version.responses.get(point__number=3))
        document = make.PlanDocumentFactory(version=cast.draft_version)
        for passage in document.passages.all():
            passage.links.create(
                point=cast.edition.points.get(number=3),
                decision="confirmed",
                decided_by=cast.owner,
                decided_at=timezone.now(),
            )
    assert cost() == before


def test_a_file_that_is_too_large_is_refused_at_its_field(owner: Client, cast: Cast, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    data = {"file": upload(PDF + b" " * 1024 * 1024), "title": "Our procedure", "points": ["3"]}
    page = owner.post(address(cast, "evidence"), data).content.decode()
    assert "must be smaller than 1 MB" in page
    assert "Our procedure" in page


def test_a_flood_is_stopped_while_it_streams(owner: Client, cast: Cast, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    response = owner.post(address(cast, "evidence"), {"file": upload(b"x" * 3 * 1024 * 1024)})
    assert response.status_code == 413
    assert "1 MB" in response.content.decode()


def by_itself(owner: Client, place: str, data: dict[str, str]) -> tuple[int, dict[str, Any]]:
    """What the page gets that saves an answer while somebody types."""
    response = owner.post(place, data, headers={"accept": "application/json"})
    return response.status_code, response.json()


def test_an_answer_is_saved_by_the_page_itself(owner: Client, cast: Cast) -> None:
    place = address(cast, "point", point=2)
    data = {"position": "in_place", "how_met": "Ysbïo", "responsible_role": "A", "revision": "0"}
    status, told = by_itself(owner, place, data)
    saved = PointResponse.objects.get(version=cast.draft_version, point__number=2)
    assert (status, told["revision"], saved.how_met) == (200, 1, "Ysbïo")
    assert by_itself(owner, place, data | {"how_met": "More", "revision": "1"})[1]["revision"] == 2
    assert "is saved." not in owner.get(place).content.decode()


def test_what_is_not_saved_by_itself_is_said(owner: Client, cast: Cast) -> None:
    place = address(cast, "point", point=2)
    data = {"position": "in_place", "how_met": "Words", "responsible_role": "", "revision": "0"}
    assert by_itself(owner, place, data) == (422, {"problem": "Enter who is responsible"})
    data["responsible_role"] = "A"
    by_itself(owner, place, data)
    status, told = by_itself(owner, place, data | {"how_met": "Others"})
    assert (status, told["problem"]) == (409, "Somebody else saved this answer after you opened the page")
    assert PointResponse.objects.get(version=cast.draft_version, point__number=2).how_met == "Words"
