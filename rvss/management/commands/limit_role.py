from __future__ import annotations

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, models, transaction


class Command(BaseCommand):
    help = "Leave the database role of the service no way to change written records. Run after migrate."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", help="the role of web and worker, which does not own the tables")

    @transaction.atomic
    def handle(self, *args: Any, role: str, **options: Any) -> None:
        """The triggers can be told by a session to stand aside (pgtrigger.ignore); privileges cannot."""
        quote = connection.ops.quote_name
        tables = append_only_tables()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if cursor.fetchone() is None:
                raise CommandError(f"There is no role {role}: see deploy/roles.sql.")
            for table in tables:
                cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON {quote(table)} FROM {quote(role)}")
        self.stdout.write(f"{role} can only read and add to: {', '.join(tables)}")


def append_only_tables() -> list[str]:
    found = [model for model in apps.get_models() if _is_append_only(model)]
    return sorted(model._meta.db_table for model in found)


def _is_append_only(model: type[models.Model]) -> bool:
    return any(trigger.name == "append_only" for trigger in getattr(model._meta, "triggers", []))
