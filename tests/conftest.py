"""Fixtures that every room's tests share."""

from __future__ import annotations

import os

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from tests.cast import Cast, build_cast
from tests.databases import begin_template, copy_migrated
from tests.kept_cast import KeptCast, keep_cast

QUICK_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("numprocesses", None) and "PYTEST_XDIST_WORKER" not in os.environ:
        begin_template()


@pytest.fixture(autouse=True)
def _plain_settings(settings: pytest.FixtureRequest) -> None:
    settings.PASSWORD_HASHERS = QUICK_HASHERS
    settings.SECURE_SSL_REDIRECT = False
    settings.STAFF_MFA_REQUIRED = False


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Limits on how often somebody may sign in or ask for a link are counted there."""
    cache.clear()


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest) -> bool:
    """In a parallel run the database is there already; the whole server goes at the end."""
    return bool(request.config.getvalue("reuse_db")) or "PYTEST_XDIST_WORKER" in os.environ


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        copy_migrated(connection.settings_dict["TEST"]["NAME"])


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


@pytest.fixture(scope="session")
def kept_cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> KeptCast:
    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK_HASHERS):
        return keep_cast()


@pytest.fixture
def cast(db: None, kept_cast: KeptCast) -> Cast:
    """A copy of the kept one, unless the test has rows of its own or commits what a worker then sees."""
    in_a_test = connection.in_atomic_block
    return kept_cast.enter() if in_a_test and kept_cast.has_room else build_cast()
