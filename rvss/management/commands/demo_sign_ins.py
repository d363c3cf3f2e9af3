from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from rvss.seeding.sign_ins import PASSWORD, make_sign_ins


class Command(BaseCommand):
    help = "Make an account for each role with a known password, and print them. Only with DEBUG on."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("These passwords are public: this runs only with DEBUG=true.")
        rows = [("E-mail", "Role", "Second factor: secret", "code now", "")]
        for found in make_sign_ins():
            role = found.user.get_role_display()
            rows.append((found.user.email, role, found.secret, found.code, found.note))
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        self.stdout.write(f"\nSign in with the password: {PASSWORD}\n")
        for row in rows:
            cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
            self.stdout.write("  ".join(cells).rstrip())
        self.stdout.write("")
