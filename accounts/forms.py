from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import User


class SignUpDetails(forms.Form):
    """What sign-up asks besides an e-mail address and a password; allauth mixes it in."""

    name = forms.CharField(
        label="Full name",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": "Enter your full name"},
    )
    field_order = ["name", "email", "password1"]

    def signup(self, request: Any, user: User) -> None:
        """Nothing more to save: the adapter has stored the name with the user."""
