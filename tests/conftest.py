"""Fixtures that every room's tests share."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from pytest_django.plugin import DjangoDbBlocker

from tests.cast import Cast, build_cast


@pytest.fixture(autouse=True)
def _plain_settings(settings: pytest.FixtureRequest) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.SECURE_SSL_REDIRECT = False
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Limits on how often somebody may sign in or ask for a link are counted there."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests with real transactions empty the tables afterwards, which append-only tables refuse."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger"
            " WHERE tgname LIKE 'pgtrigger_no_truncate%'"
        )
        for trigger, table in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


@pytest.fixture
def cast(db: None) -> Cast:
    return build_cast()
