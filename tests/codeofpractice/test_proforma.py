"""The pro-forma through the service: what came back is shown point by point, and saved once confirmed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.transitions import TransitionRefused
from applications.services.locks import in_words
from codeofpractice import services, tasks
from codeofpractice.models import (
    FileStatus,
    Measure,
    PlanDocument,
    PlanVersion,
    PointResponse,
    PointRevision,
    StoredFile,
)
from codeofpractice.proforma.checking import (
    CHANGED,
    CONFLICT,
    FILLED,
    KEPT,
    UNCHANGED,
    UNREAD,
    PointReview,
    review_of,
)
from codeofpractice.proforma.docx_writing import write_docx
from codeofpractice.proforma.filling import form_of
from codeofpractice.proforma.odt_writing import write_odt
from tests import factories as make
from tests.cast import Cast
from tests.codeofpractice import made_up
from tests.codeofpractice import typing_offline as offline
from tests.codeofpractice.uploads import PDF, upload
from tests.codeofpractice.uploads import docx as plain_docx

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
FIELDS = ("position", "how_met", "responsible_role", "planned_for", "not_applicable_reason")
HOW = "Mae’r ddesg yn gwrthod arian parod.\n\n- first\n  - inner\n\nمكتب <&> 安全"
lines = offline.word_lines


@pytest.fixture
def owner(cast: Cast) -> Client:
    return signed_in(cast.owner)


@pytest.fixture(autouse=True)
def _no_files_left(cast: Cast) -> Iterator[None]:
    yield
    for name in StoredFile.objects.filter(storage_name__startswith="uploads/").values_list(
        "storage_name", flat=True
    ):
        default_storage.delete(name)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


def address(cast: Cast, name: str, **more: Any) -> str:
    return reverse(f"codeofpractice:{name}", kwargs={"number": cast.membership.number, **more})


def response_of(cast: Cast, point: int) -> PointResponse:
    return cast.draft_version.responses.get(point__number=point)


def says(cast: Cast, point: int) -> tuple[Any, ...]:
    return tuple(getattr(response_of(cast, point), name) for name in FIELDS)


def answer(cast: Cast, point: int, *, by: User | None = None, **more: Any) -> None:
    response = response_of(cast, point)
    said = {"position": "in_place", "how_met": HOW, "responsible_role": "Manager"} | more
    services.answer_point(
        response=response,
        revision=response.revision,
        answer=services.Answer(**said),
        by=by or cast.owner,
    )


def download(owner: Client, cast: Cast, suffix: str = "docx") -> bytes:
    response = owner.get(address(cast, "proforma_download", suffix=suffix))
    assert response.headers["Content-Disposition"].endswith(f'version-2.{suffix}"')
    return response.content


def send(owner: Client, cast: Cast, data: bytes, page: str = "proforma") -> PlanDocument:
    """Uploaded, looked at by the scanner, and read, as the worker does it."""
    sent = owner.post(address(cast, page), {"file": upload(data, "plan.docx")})
    assert sent.status_code == 302, sent.content.decode()
    document = PlanDocument.objects.latest("pk")
    StoredFile.objects.filter(pk=document.file_id).update(status=FileStatus.CLEAN)
    tasks.read_plan_document(document.pk)
    return PlanDocument.objects.select_related("version__plan__membership__company").get(pk=document.pk)


def reviews(document: PlanDocument) -> dict[int, PointReview]:
    return {review.point.number: review for review in review_of(document)}


def states(document: PlanDocument) -> dict[int, str]:
    return {n: review.state for n, review in reviews(document).items() if review.state != UNCHANGED}


def confirm(owner: Client, cast: Cast, document: PlanDocument, **more: str) -> Any:
    """Send the page's form as it stands."""
    place = address(cast, "proforma_review", pk=document.pk)
    page = BeautifulSoup(owner.get(place).content, "html.parser")
    hidden = {str(i["name"]): str(i["value"]) for i in page.select("form[novalidate] input[type=hidden]")}
    return owner.post(place, hidden | more)


# --- There and back ---


@pytest.mark.parametrize("suffix", ["docx", "odt"])
def test_what_nobody_touched_is_unchanged(owner: Client, cast: Cast, suffix: str) -> None:
    answer(cast, 2)
    cast.alpha.fleet.exclude(vehicle_class="car").delete()
    answer(cast, 8, position="not_applicable", not_applicable_reason="Ceir yn unig.\n\nCars only")
    document = send(owner, cast, download(owner, cast, suffix))
    assert (document.status, document.reason, states(document)) == ("read", "", {})
    page = owner.get(address(cast, "proforma_review", pk=document.pk)).content.decode()
    assert "There is nothing to save from this document." in page
    assert "Save to the draft" not in page


def test_every_answer_of_a_made_up_edition_comes_back_to_its_point(cast: Cast) -> None:
    """Numbers with gaps, other keys: nothing is as in 2018."""
    edition = made_up.load_made_up()
    version = make.PlanVersionFactory(edition=edition)
    assert [p.answer.number for p in form_of(version).points] == made_up.NUMBERS
    version.plan.membership.company.people.create(user=cast.owner, level="owner")
    document = make.PlanDocumentFactory(version=version, kind="proforma", status="pending", passages_made=0)
    StoredFile.objects.filter(pk=document.file_id).update(content_type=offline.ODT)
    day = timezone.localdate() + timedelta(days=30)
    data = offline.types_in_libreoffice(
        write_odt(form_of(version)),
        **{
            f"p{number}_{name}": f"<text:p>{text}</text:p>"
            for number in made_up.NUMBERS
            for name, text in (
                ("position", "planned"),
                ("how_met", f"Ysbïo {number}"),
                ("responsible_role", "Boss"),
                ("planned_for", in_words(day)),
            )
        },
    )
    name = default_storage.save("uploads/made-up", upload(data))
    StoredFile.objects.filter(pk=document.file_id).update(storage_name=name)
    tasks.read_plan_document(document.pk)
    document.refresh_from_db()
    assert document.reason == ""
    found = review_of(document)
    assert {review.state for review in found} == {FILLED}
    services.save_proforma(
        document=document, points=[review.taken(review.seen) for review in found], by=cast.owner
    )
    rows = version.responses.order_by("point__number").values_list("point__number", *FIELDS)
    assert list(rows) == [(n, "planned", f"Ysbïo {n}", "Boss", day, "") for n in made_up.NUMBERS]


def test_what_was_typed_is_saved_once_with_who_and_what_it_said_before(owner: Client, cast: Cast) -> None:
    answer(cast, 2, by=cast.editor, how_met="Old words.")
    document = send(
        owner,
        cast,
        offline.types_in_word(
            download(owner, cast),
            p2_how_met=lines("New words.", "", " - a list"),
            p3_position=lines("PLANNED."),
            p3_how_met=lines("Soon"),
            p3_responsible_role=lines("Fleet  manager "),
            p3_planned_for=lines("1st of March 2090"),
        ),
    )
    assert states(document) == {2: CHANGED, 3: FILLED}
    page = owner.get(address(cast, "proforma_review", pk=document.pk)).content.decode()
    assert "Old words." in page
    assert says(cast, 2)[1] == "Old words.", "nothing is saved before it is confirmed"
    done = confirm(owner, cast, document)
    assert done.headers["Location"] == address(cast, "plan")
    assert says(cast, 2) == ("in_place", "New words.\n\n - a list", "Manager", None, "")
    assert says(cast, 3)[:3] == ("planned", "Soon", "Fleet manager")
    assert str(says(cast, 3)[3]) == "2090-03-01"
    kept = PointRevision.objects.get(response__version=cast.draft_version)
    assert (kept.how_met, kept.written_by) == ("Old words.", cast.editor)
    document.refresh_from_db()
    assert document.confirmed_by == cast.owner
    before = AuditEvent.objects.count()
    assert confirm(owner, cast, document).status_code == 302
    assert (AuditEvent.objects.count(), response_of(cast, 3).revision) == (before, 1), "a second click"


def test_measures_come_back_and_go(owner: Client, cast: Cast) -> None:
    day = timezone.localdate() - timedelta(days=1)
    for what in ("stays", "changes", "goes"):
        Measure.objects.create(
            response=response_of(cast, 2),
            what=what,
            state="planned",
            day=day,  # overdue ones need no check while nobody touches them
            owner_role="Boss",
            written_by=cast.editor,
            written_at=timezone.now(),
        )

    def change(root: Any) -> None:
        table = next(t for t in root.iter(f"{offline.W}tbl") if b"point 2" in offline.etree.tostring(t[0]))
        rows = table.findall(f"{offline.W}tr")
        for row, texts in ((rows[2], ("now", "In place", "1/3/2019", "Fleet manager")), (rows[3], ("",) * 4)):
            for cell, text in zip(row.findall(f"{offline.W}tc"), texts, strict=True):
                next(cell.iter(f"{offline.W}t")).text = text

    document = send(owner, cast, offline.changed(download(owner, cast), change))
    assert states(document) == {2: CHANGED}
    pks = list(Measure.objects.order_by("pk").values_list("pk", flat=True))
    confirm(owner, cast, document)
    rows = Measure.objects.order_by("pk").values_list("pk", "what", "state", "owner_role", "written_by__name")
    assert list(rows) == [
        (pks[0], "stays", "planned", "Boss", cast.editor.name),
        (pks[1], "now", "in_place", "Fleet manager", cast.owner.name),
    ]


def test_what_cannot_be_read_says_why_and_the_rest_is_saved(owner: Client, cast: Cast) -> None:
    bad = {
        "p2_position": "Perhaps",
        "p3_planned_for": "30 February 2090",
        "p3_position": "Planned",
        "p4_position": "Not applicable",
        "p5_position": "Planned",
        "p5_responsible_role": "Boss",
        "p6_position": "In place",
        "p6_how_met": "Yes",
        "p9_position": "In place",
        "p9_responsible_role": "Boss",
        "p9_how_met": "x" * 20_001,
        "p10_position": "n/a",
        "p7_position": "In place",
        "p7_how_met": "Yes",
        "p7_responsible_role": "Boss",
        "p7_planned_for": "2090-01-01",
    }
    data = offline.types_in_word(download(owner, cast), **{k: lines(v) for k, v in bad.items()})
    document = send(owner, cast, data)
    found = reviews(document)
    assert {n: review.faults for n, review in found.items() if review.state == UNREAD} == {
        2: ["“Perhaps” is not a position. Write In place, Planned or Not applicable"],
        3: ["“30 February 2090” is not a date. Write it like 6 December 2030"],
        4: ["This point applies to your company, so it cannot be Not applicable"],
        5: ["Enter the date on which it will be in place"],
        6: ["Enter who is responsible"],
        9: ["How you meet this point: Your answer must be 20,000 characters or fewer"],
        10: ["This point applies to your company, so it cannot be Not applicable"],
    }
    assert (found[7].state, found[7].notes) == (
        FILLED,
        ["The date is left out: only a planned point has one"],
    )
    confirm(owner, cast, document)
    assert says(cast, 7) == ("in_place", "Yes", "Boss", None, "")
    assert cast.draft_version.responses.exclude(position="").count() == 1


def test_a_reason_is_asked_for_where_a_point_may_be_left_out(owner: Client, cast: Cast) -> None:
    cast.alpha.fleet.exclude(vehicle_class="car").delete()
    data = download(owner, cast)
    document = send(owner, cast, offline.types_in_word(data, p8_position=lines("Not applicable")))
    assert reviews(document)[8].faults == [
        "Why it does not apply, if it does not: Say why the point does not apply to your company"
    ]
    typed = {
        "p8_position": lines("Not applicable"),
        "p8_not_applicable_reason": lines("Cars only", "", "Ceir"),
    }
    confirm(owner, cast, send(owner, cast, offline.types_in_word(data, **typed)))
    assert says(cast, 8) == ("not_applicable", "", "", None, "Cars only\n\nCeir")


# --- Meanwhile ---


def test_what_changed_in_both_is_chosen(owner: Client, cast: Cast) -> None:
    for point in (2, 3, 4):
        answer(cast, point, how_met="As downloaded")
    data = download(owner, cast)
    for point in (2, 3, 4):
        answer(cast, point, how_met="Online since")
    document = send(
        owner,
        cast,
        offline.types_in_word(data, p2_how_met=lines("Offline two"), p3_how_met=lines("Offline three")),
    )
    assert states(document) == {2: CONFLICT, 3: CONFLICT, 4: KEPT}
    refused = confirm(owner, cast, document)
    assert "Choose which answer to point 2 you want" in refused.content.decode()
    chosen = {"choice-2": "document", "choice-3": "draft"}
    assert confirm(owner, cast, document, **chosen).status_code == 302
    assert [says(cast, point)[1] for point in (2, 3, 4)] == ["Offline two", "Online since", "Online since"]


def test_what_changes_while_the_page_is_open_is_not_written_over(owner: Client, cast: Cast) -> None:
    """Without marks nothing tells what was downloaded: what was on the page does."""
    answer(cast, 2, how_met="As shown")
    data = offline.types_in_word(
        download(owner, cast), p2_how_met=lines("Offline"), p3_position=lines("In place")
    )
    data = offline.types_in_word(data, p3_how_met=lines("Three"), p3_responsible_role=lines("Boss"))
    document = send(owner, cast, offline.changed(data, offline.without_marks))
    place = address(cast, "proforma_review", pk=document.pk)
    seen = dict(re.findall('name="(seen-[0-9]+)" value="([^"]+)"', owner.get(place).content.decode()))
    assert set(seen) == {"seen-2", "seen-3"}
    answer(cast, 2, by=cast.editor, how_met="Somebody else")
    stale = owner.post(place, seen)
    assert stale.status_code == 409
    page = stale.content.decode()
    assert "Somebody else has changed the answer to point 2" in page
    assert "Choose which answer to point 2 you want" in page
    assert (says(cast, 2)[1], says(cast, 3)[1]) == ("Somebody else", ""), "all or nothing"
    hidden = dict(re.findall('<input type="hidden" name="([a-z]+-?[0-9]*)" value="([^"]+)"', page))
    assert owner.post(place, hidden | {"choice-2": "draft"}).status_code == 302
    assert (says(cast, 2)[1], says(cast, 3)[1]) == ("Somebody else", "Three")


# --- Other documents ---


def other(cast: Cast, **changes: Any) -> bytes:
    """A pro-forma that was made for something else."""
    form = form_of(PlanVersion.objects.get(pk=cast.draft_version.pk))
    return write_docx(replace(form, reference=replace(form.reference, **changes)))


def reason(owner: Client, cast: Cast, data: bytes) -> tuple[str, str]:
    document = send(owner, cast, data)
    return document.status, document.reason


def test_one_for_another_plan_is_refused_in_words(owner: Client, cast: Cast) -> None:
    status, words = reason(owner, cast, other(cast, membership=cast.other_membership.number))
    assert (status, words.split(",")[0]) == (
        "unreadable",
        f"This pro-forma was made for the membership {cast.other_membership.number}",
    )
    status, words = reason(owner, cast, other(cast, edition="1999"))
    assert (status, words.split(".")[0]) == (
        "unreadable",
        "This pro-forma is for another edition of the Code of Practice (1999)",
    )
    assert reason(owner, cast, other(cast, form=99))[0] == "unreadable"
    status, words = reason(owner, cast, other(cast, version=1))
    assert (status, words) == (
        "read",
        "This pro-forma was made from version 1 of your plan; the draft is version 2. Look at each change "
        "before you save it.",
    )


def test_a_plan_of_ones_own_is_shown_the_other_way(owner: Client, cast: Cast) -> None:
    document = send(owner, cast, plain_docx("We keep a plan."))
    page = owner.get(address(cast, "proforma_review", pk=document.pk)).content.decode()
    assert "upload it as an existing plan instead" in page
    assert address(cast, "document_add") in page


def test_a_pro_forma_among_existing_plans_is_known_and_read_as_one(owner: Client, cast: Cast) -> None:
    data = offline.types_in_word(download(owner, cast), p2_how_met=lines("Typed"))
    document = send(owner, cast, data, page="document_add")
    assert (document.kind, document.status, document.passages.count()) == ("proforma", "read", 0)
    shown = owner.get(address(cast, "document", pk=document.pk))
    assert shown.headers["Location"] == address(cast, "proforma_review", pk=document.pk)
    assert "plan.docx" not in owner.get(address(cast, "plan")).content.decode()


def test_lines_outside_the_fields_are_told(owner: Client, cast: Cast) -> None:
    def change(root: Any) -> None:
        root[0].append(offline.word_xml(lines("And one thing more"))[0])
        root[0].append(offline.word_xml("<w:p><w:r><w:drawing/></w:r></w:p>")[0])

    data = offline.changed(download(owner, cast), change)
    cast.alpha.fleet.exclude(vehicle_class="car").delete()  # so that our own words would be others now
    document = send(owner, cast, data)
    assert document.reason.split("\n\n") == [
        "This text stands in no field, so it is not taken: “And one thing more”",
        "Pictures, text boxes and footnotes are not taken. Add pictures as evidence, and write the others "
        "into your answers.",
    ]


def test_a_pdf_is_refused_at_the_field(owner: Client, cast: Cast) -> None:
    page = owner.post(address(cast, "proforma"), {"file": upload(PDF)}).content.decode()
    assert "The file must be a Word (.docx) or OpenDocument text (.odt)" in page


# --- Who, and how much ---


def test_services_keep_the_rules(owner: Client, cast: Cast) -> None:
    document = send(owner, cast, download(owner, cast))
    with pytest.raises(PermissionDenied):
        services.save_proforma(document=document, points=[], by=cast.viewer)
    with pytest.raises(TransitionRefused):
        services.save_proforma(document=cast.document, points=[], by=cast.owner)
    typed = offline.types_in_word(
        download(owner, cast),
        **{f"p2_{name}": lines("In place") for name in ("position", "how_met", "responsible_role")},
    )
    document = send(owner, cast, typed)
    taken = [reviews(document)[2].taken(reviews(document)[2].seen)]
    for by in (cast.owner, cast.editor):
        saved = services.save_proforma(document=document, points=taken, by=by)
    assert (saved.confirmed_by, response_of(cast, 2).revision) == (cast.owner, 1), (
        "the second changes nothing"
    )
    with pytest.raises(IntegrityError, match="proforma_confirmed_with_who_when"), transaction.atomic():
        PlanDocument.objects.filter(pk=cast.document.pk).update(
            confirmed_by=cast.owner, confirmed_at=timezone.now()
        )


def test_pages_cost_the_same_whatever_they_show(
    owner: Client, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    def cost(document: PlanDocument) -> list[int]:
        found = []
        for name, more in (
            ("proforma_review", {"pk": document.pk}),
            ("proforma_download", {"suffix": "odt"}),
        ):
            with django_assert_max_num_queries(20) as captured:
                assert owner.get(address(cast, name, **more)).status_code == 200
            found.append(len(captured))
        return found

    data = download(owner, cast)
    one = send(owner, cast, offline.types_in_word(data, p2_how_met=lines("a")))
    before = cost(one)
    fields = {f"p{n}_{name}": lines("In place") for n in range(2, 9) for name in ("position", "how_met")}
    many = send(owner, cast, offline.types_in_word(data, **fields))
    for point in (2, 3, 4):
        Measure.objects.create(
            response=response_of(cast, point),
            what="x",
            state="in_place",
            owner_role="Boss",
            written_by=cast.owner,
            written_at=timezone.now(),
        )
    assert cost(many) == before
