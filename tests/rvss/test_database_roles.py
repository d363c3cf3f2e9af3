"""deploy/roles.sql: the service's own role can do its work, and cannot touch what the owner keeps.

Run against the real server, in a database of its own, as the two roles that production has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import psycopg2
import pytest

from tests.databases import APP, OWNER, copy_migrated, drop_database, grant_roles, manage, url_of

DATABASE = "rvss_roles"
# Roles belong to the whole server, so one worker of a parallel run does all of these.
pytestmark = pytest.mark.xdist_group("roles")

RECORD_TWO_EVENTS = """
from accounts.models import User
from accounts.services import record_event
from django.db import transaction
with transaction.atomic():
    person = User.objects.create_user("jo.archer@example.com", "a long enough password 17")
    record_event(verb="user.created", target=person, by=None)
    record_event(verb="user.changed", target=person, by=person)
"""


def run_sql(url: str, *statements: str) -> list[tuple[object, ...]]:
    connection = psycopg2.connect(url)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture(scope="module")
def production_like() -> Iterator[None]:
    """A database made as docs/deploy.md says, with two events in its record."""
    copy_migrated(DATABASE)
    try:
        grant_roles(DATABASE)
        manage(url_of(DATABASE, OWNER), "migrate", "--verbosity", "0")
        manage(url_of(DATABASE, OWNER), "limit_role", APP)
        manage(url_of(DATABASE, APP), "shell", "--verbosity", "0", "--command", RECORD_TWO_EVENTS)
        yield
    finally:
        drop_database(DATABASE)


def record() -> list[tuple[object, ...]]:
    """All that an attack could change: rows, triggers with their state, functions."""
    owner = url_of(DATABASE, OWNER)
    return [
        *run_sql(owner, "SELECT * FROM accounts_auditevent ORDER BY id"),
        *run_sql(owner, "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"),
        *run_sql(
            owner,
            "SELECT proname, md5(prosrc) FROM pg_proc WHERE proowner = 'rvss_owner'::regrole ORDER BY 1, 2",
        ),
        *run_sql(
            owner, "SELECT oid, relname, relowner, relacl::text, relrowsecurity FROM pg_class ORDER BY 1"
        ),
        *run_sql(owner, "SELECT rolname, rolcanlogin, rolsuper FROM pg_roles ORDER BY 1"),
    ]


def test_the_service_can_do_its_work(production_like: None) -> None:
    events = run_sql(url_of(DATABASE, APP), "SELECT verb FROM accounts_auditevent ORDER BY id")
    assert events == [("user.created",), ("user.changed",)]
    run_sql(
        url_of(DATABASE, APP),
        "UPDATE accounts_user SET is_active = false",
        "UPDATE accounts_user SET is_active = true",
    )


FIRST = "(SELECT min(id) FROM accounts_auditevent)"
FUNCTION = "(SELECT tgfoid::regproc FROM pg_trigger WHERE tgrelid = 'accounts_auditevent'::regclass LIMIT 1)"
ATTACKS = {
    "update": f"UPDATE accounts_auditevent SET verb = 'nothing' WHERE id = {FIRST}",
    "delete": f"DELETE FROM accounts_auditevent WHERE id = {FIRST}",
    "truncate": "TRUNCATE accounts_auditevent",
    "truncate cascade": "TRUNCATE accounts_user CASCADE",
    "upsert": "INSERT INTO accounts_auditevent SELECT * FROM accounts_auditevent"
    " ON CONFLICT (id) DO UPDATE SET verb = 'nothing'",
    "merge": "MERGE INTO accounts_auditevent a USING accounts_auditevent b ON a.id = b.id"
    " WHEN MATCHED THEN UPDATE SET verb = 'nothing'",
    "delete with": "WITH gone AS (DELETE FROM accounts_auditevent RETURNING id) SELECT count(*) FROM gone",
    "disable triggers": "ALTER TABLE accounts_auditevent DISABLE TRIGGER ALL",
    "disable own triggers": "ALTER TABLE accounts_auditevent DISABLE TRIGGER USER",
    "replica role": "SET session_replication_role = replica; DELETE FROM accounts_auditevent",
    "ignore setting": "SELECT set_config('pgtrigger.ignore', array_agg(tgname)::text, false) FROM pg_trigger;"
    f" DELETE FROM accounts_auditevent WHERE id = {FIRST}",
    "drop table": "DROP TABLE accounts_auditevent CASCADE",
    "rename": "ALTER TABLE accounts_auditevent RENAME TO other",
    "drop column": "ALTER TABLE accounts_auditevent DROP COLUMN digest",
    "column type": "ALTER TABLE accounts_auditevent ALTER COLUMN verb TYPE text USING 'nothing'",
    "drop function": f"DO $$ BEGIN EXECUTE 'DROP FUNCTION ' || {FUNCTION} || ' CASCADE'; END $$",
    "replace function": f"DO $$ BEGIN EXECUTE 'CREATE OR REPLACE FUNCTION ' || {FUNCTION} ||"
    " '() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END''' ; END $$",
    "a rule instead": "CREATE RULE gone AS ON INSERT TO accounts_auditevent DO INSTEAD NOTHING",
    "a trigger of its own": "CREATE TRIGGER late BEFORE INSERT ON accounts_auditevent"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "become the owner": "SET ROLE rvss_owner; DROP TABLE accounts_auditevent CASCADE",
    "grant itself": "GRANT ALL ON accounts_auditevent TO rvss_app",
    "join the owner": "GRANT rvss_owner TO rvss_app",
    "take it over": "ALTER TABLE accounts_auditevent OWNER TO rvss_app",
    "drop what is owned": "DROP OWNED BY rvss_owner CASCADE",
    "a table before it": "CREATE TABLE public.accounts_other (id int)",
    "a schema": "CREATE SCHEMA shadow",
    "system catalogue": "UPDATE pg_trigger SET tgenabled = 'D'",
    "row security": "ALTER TABLE accounts_auditevent ENABLE ROW LEVEL SECURITY",
    "drop schema": "DROP SCHEMA public CASCADE",
    "lock out": "ALTER ROLE rvss_owner NOLOGIN",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_service_cannot_change_its_record(production_like: None, attack: str) -> None:
    before = record()
    # What matters is what stands there afterwards: not each refusal is an error.
    with suppress(psycopg2.Error):
        run_sql(url_of(DATABASE, APP), ATTACKS[attack])
    assert record() == before


def test_the_owner_of_the_tables_is_not_the_service(production_like: None) -> None:
    owners = run_sql(
        url_of(DATABASE, APP), "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    )
    assert owners == [("rvss_owner",)]


def test_each_append_only_table_can_only_be_read_and_added_to(production_like: None) -> None:
    privileges = run_sql(
        url_of(DATABASE, APP),
        "SELECT tgrelid::regclass::text, has_table_privilege(tgrelid, 'UPDATE'),"
        " has_table_privilege(tgrelid, 'DELETE')"
        " FROM pg_trigger WHERE tgname LIKE 'pgtrigger_append_only%' ORDER BY 1",
    )
    assert "accounts_auditevent" in [table for table, _, _ in privileges]
    assert [row for row in privileges if row[1] or row[2]] == []
