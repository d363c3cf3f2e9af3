"""allauth's form for another email address, in our words. Apart from the others, which allauth loads."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import AddEmailForm

from accounts.fields import reword


class NewEmail(AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["email"]
        field.error_messages["required"] = "Enter the new email address"
        reword(
            field,
            invalid="Enter an email address in the right form, like name@example.com",
            null_characters_not_allowed="New email address holds a character that cannot be used",
        )
