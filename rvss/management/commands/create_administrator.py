from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.urls import reverse

from accounts.models import Role, User
from accounts.services import record_event


class Command(BaseCommand):
    help = "Make an administrator; the person chooses a password through the page for a forgotten one."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name", help="full name")

    @transaction.atomic
    def handle(self, *args: Any, email: str, name: str, **options: Any) -> None:
        person = User(email=email.lower(), name=name, role=Role.ADMINISTRATOR)
        person.set_unusable_password()
        try:
            person.full_clean()
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        person.save()
        # Whoever may run this on the server vouches for the address.
        EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
        record_event(verb="user.created", target=person, by=None, reason="made on the server")
        page = settings.BASE_URL + reverse("account_reset_password")
        self.stdout.write(f"{person.email} is an administrator. Choose a password at {page}")
