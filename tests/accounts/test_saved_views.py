"""Views of a list: one's own, by a name, within limits."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import SavedView, User
from accounts.saved_views import MOST_VIEWS, NotSaved, delete_view, rename_view, save_view, set_default_view
from tests import factories as make
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast

QUEUE, MEMBERS = "applications:queue", "applications:memberships"


@pytest.fixture
def assurer(cast: Cast) -> Client:
    return client_of(cast.assurer)


def saved(owner: User, name: str = "Mine", query: str = "assigned=me", **fields: Any) -> SavedView:
    return SavedView.objects.create(owner=owner, page=QUEUE, name=name, query=query, **fields)


def test_a_view_is_saved_from_the_list_as_its_form_understood_it(assurer: Client, cast: Cast) -> None:
    page = soup(assurer.get("/applications/?assigned=me&status=nonsense&foo=bar&sort=due&page=3"))
    form = page.select_one("form[action='/views/save/']")
    fields = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}
    assert (fields["list"], fields["query"]) == (QUEUE, "assigned=me&sort=due")
    response = assurer.post("/views/save/", {**fields, "name": "  Llŷn   first ", "is_default": "on"})
    assert response.headers["Location"] == "/applications/?assigned=me&sort=due"
    view = SavedView.objects.get()
    assert (view.owner, view.page, view.name, view.query) == (
        cast.assurer,
        QUEUE,
        "Llŷn first",
        "assigned=me&sort=due",
    )
    assert view.is_default
    shown = soup(assurer.get(response.headers["Location"]))
    assert shown.select_one("nav.rvss-views [aria-current]").get_text() == "Llŷn first"
    assert shown.select_one("form[action='/views/save/']") is None


def test_what_was_tampered_with_is_not_kept(assurer: Client) -> None:
    query = "status=accepted&status=%00&assigned=12345&page=9&q=" + "x" * 101
    assurer.post("/views/save/", {"list": QUEUE, "query": query, "name": "Odd"})
    assert SavedView.objects.get().query == ""


@pytest.mark.parametrize("name", ["", "home", "applications:application", "nonsense:", "a" * 5000])
def test_only_lists_have_views(assurer: Client, name: str) -> None:
    assert assurer.get("/views/", {"list": name}).status_code == 404
    assert assurer.post("/views/save/", {"list": f"{name}\x00", "name": "A"}).status_code == 404
    assert assurer.post("/views/save/", {"list": name, "name": "A"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Enter a name for the view"),
        ("   ", "Enter a name for the view"),
        ("x" * 61, "The name must be 60 characters or fewer"),
        ("MINE", "You already have a view with this name"),
    ],
)
def test_a_name_that_cannot_be_is_explained_and_kept(
    assurer: Client, cast: Cast, name: str, error: str
) -> None:
    saved(cast.assurer)
    data = {"list": QUEUE, "query": "due=overdue", "name": name}
    response = assurer.post("/views/save/", data)
    assert errors_of(response) == [error]
    page = soup(response)
    assert page.select_one("input[name=name]").get("value", "") == name
    assert page.select_one("input[name=query]")["value"] == "due=overdue"
    assert "Due: Overdue" in page.get_text()
    assert SavedView.objects.count() == 1


def test_a_nul_byte_in_a_name_is_refused(assurer: Client) -> None:
    response = assurer.post("/views/save/", {"list": QUEUE, "name": "a\x00b", "query": ""})
    assert len(errors_of(response)) == 1
    assert not SavedView.objects.exists()


def test_the_same_name_is_free_for_another_list_and_another_person(cast: Cast) -> None:
    saved(cast.assurer)
    save_view(page=MEMBERS, name="mine", query="", by=cast.assurer)
    save_view(page=QUEUE, name="mine", query="", by=cast.lead)
    with pytest.raises(NotSaved, match="already"):
        save_view(page=QUEUE, name="mine", query="", by=cast.assurer)


def test_the_database_keeps_names_apart_and_one_default(cast: Cast) -> None:
    saved(cast.assurer, is_default=True)
    for fields in ({"name": "mINE"}, {"name": "Other", "is_default": True}, {"name": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            saved(cast.assurer, **fields)


def test_there_is_a_limit(cast: Cast) -> None:
    for number in range(MOST_VIEWS):
        save_view(page=QUEUE, name=f"View {number}", query="", by=cast.assurer)
    with pytest.raises(NotSaved, match="You can keep 20 views"):
        save_view(page=QUEUE, name="One more", query="", by=cast.assurer)
    save_view(page=MEMBERS, name="One more", query="", by=cast.assurer)
    response = client_of(cast.assurer).post("/views/save/", {"list": QUEUE, "name": "One more", "query": ""})
    assert errors_of(response) == ["You can keep 20 views of a list. Delete one first"]


def test_the_list_opens_with_the_default_view(assurer: Client, cast: Cast) -> None:
    view = saved(cast.assurer)
    assert assurer.get("/applications/").status_code == 200
    assurer.post(f"/views/{view.pk}/default/", {"default": "yes"})
    assert assurer.get("/applications/").headers["Location"] == "/applications/?assigned=me"
    assert assurer.get("/applications/?view=none").status_code == 200
    assert assurer.get("/memberships/").status_code == 200
    assert client_of(cast.other_assurer).get("/applications/").status_code == 200
    other = save_view(page=QUEUE, name="Other", query="", is_default=True, by=cast.assurer)
    assert assurer.get("/applications/").headers["Location"] == "/applications/?view=none"
    assert SavedView.objects.get(is_default=True) == other
    assurer.post(f"/views/{other.pk}/default/", {"default": "no"})
    assert assurer.get("/applications/").status_code == 200


def test_views_are_renamed_and_deleted(assurer: Client, cast: Cast) -> None:
    view = saved(cast.assurer)
    saved(cast.assurer, name="Taken")
    address = f"/views/{view.pk}/rename/"
    assert errors_of(assurer.post(address, {"name": "taken"})) == ["You already have a view with this name"]
    assert assurer.post(address, {"name": "MINE"}).headers["Location"] == f"/views/?list={QUEUE}"
    view.refresh_from_db()
    assert view.name == "MINE"
    shown = soup(assurer.get(f"/views/?list={QUEUE}"))
    assert [link.get_text() for link in shown.select("dt a")] == ["MINE", "Taken"]
    assert "Nothing that it lists is changed" in assurer.get(f"/views/{view.pk}/delete/").content.decode()
    assurer.post(f"/views/{view.pk}/delete/")
    assert [row.name for row in SavedView.objects.all()] == ["Taken"]


def test_nobody_sees_or_changes_anothers_view(assurer: Client, cast: Cast) -> None:
    view = saved(cast.lead, name="Ruth has this")
    assert "Ruth" in client_of(cast.lead).get("/applications/?view=none").content.decode()
    assert "Ruth" not in assurer.get("/applications/").content.decode()
    assert "Ruth" not in assurer.get(f"/views/?list={QUEUE}").content.decode()
    for change in (
        lambda: rename_view(view=view, name="x", by=cast.assurer),
        lambda: delete_view(view=view, by=cast.assurer),
        lambda: set_default_view(view=view, is_default=True, by=cast.assurer),
    ):
        with pytest.raises(PermissionDenied):
            change()
    view.refresh_from_db()
    assert (view.name, view.is_default) == ("Ruth has this", False)


def test_who_has_another_role_now_cannot_open_the_list(cast: Cast) -> None:
    view = saved(cast.assurer)
    cast.assurer.role = "panel"
    cast.assurer.save()
    client = client_of(cast.assurer)
    assert client.get(f"/views/?list={QUEUE}").status_code == 403
    assert client.get(f"/applications/?{view.query}").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_double_click_saves_one_view() -> None:
    user = make.UserFactory(role="assurer")
    results: list[str] = []
    barrier = threading.Barrier(4)

    def run() -> None:
        barrier.wait()
        try:
            save_view(page=QUEUE, name="Mine", query="", is_default=True, by=user)
            results.append("saved")
        except NotSaved:
            results.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["refused"] * 3 + ["saved"]
    assert SavedView.objects.count() == 1
