from __future__ import annotations

import pytest
from django.test import Client

from reviews.services import take_snapshot
from tests.cast import Cast


@pytest.fixture
def panel(client: Client, cast: Cast) -> Client:
    client.force_login(cast.panel, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_before_the_first_snapshot_the_page_says_so(panel: Client) -> None:
    page = panel.get("/take-up/").content.decode()
    assert "The figures have not been counted yet" in page


def test_the_page_shows_the_figures(panel: Client) -> None:
    take_snapshot()
    page = panel.get("/take-up/").content.decode()
    assert "Applications and members by month" in page
