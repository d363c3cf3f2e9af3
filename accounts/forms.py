from __future__ import annotations

from typing import Any

from django import forms

from accounts.fields import GovukDateField
from accounts.models import Role, User


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


class Reason(forms.Form):
    """Why: for the record."""

    reason = forms.CharField(
        label="Reason",
        help_text="It is kept in the record",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={
            "required": "Enter the reason",
            "max_length": "The reason must be 1,000 characters or fewer",
        },
    )


class RoleChange(Reason):
    role = forms.ChoiceField(
        label="New role",
        choices=Role.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the new role", "invalid_choice": "Choose one of the roles"},
    )
    field_order = ["role", "reason"]


class PeopleFilter(forms.Form):
    q = forms.CharField(label="Name or e-mail address", required=False, max_length=200)
    role = forms.ChoiceField(label="Role", required=False, choices=[("", "Any role"), *Role.choices])
    access = forms.ChoiceField(
        label="Access",
        required=False,
        choices=[("", "Anybody"), ("yes", "Can sign in"), ("no", "Cannot sign in")],
    )


class RecordFilter(forms.Form):
    verb = forms.CharField(
        label="What happened",
        required=False,
        max_length=80,
        help_text="The beginning is enough, like application, or user role changed",
    )
    person = forms.CharField(label="E-mail address of who did it", required=False, max_length=254)
    since = GovukDateField(label="From", required=False)
    until = GovukDateField(label="To", required=False)

    def clean_verb(self) -> str:
        """application question asked -> application.question_asked, as it is stored."""
        typed = str(self.cleaned_data["verb"]).strip().lower()
        noun, _, rest = typed.partition("." if "." in typed else " ")
        return f"{noun}.{'_'.join(rest.split())}" if rest else noun

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("since", "until"):
            if cleaned.get(name) and not 2000 <= cleaned[name].year <= 2999:
                self.add_error(name, "Enter a year from 2000 on")
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day must be the same as or after the first day")
        return cleaned
