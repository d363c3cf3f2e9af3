from __future__ import annotations

from typing import Any

from django import forms

from accounts.fields import GovukDateField, WordsField
from accounts.models import Role, TokenState, User


class SignUpDetails(forms.Form):
    """What sign-up asks besides an email address and a password; allauth mixes it in."""

    name = WordsField(
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

    reason = WordsField(
        label="Reason",
        help_text="It is kept in the record, which cannot be changed: do not name people in it",
        max_length=1000,
        lines=True,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": "Enter the reason"},
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
    q = forms.CharField(label="Name or email address", required=False, max_length=200)
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
    person = forms.CharField(label="Email address of who did it", required=False, max_length=254)
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


class ViewName(forms.Form):
    # One line, composed characters: what looks the same is the same name.
    name = WordsField(
        label="Name of the view",
        max_length=60,
        called="The name",
        help_text="Only you see it",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name for the view"},
    )


class SavedViewForm(ViewName):
    list = forms.CharField(widget=forms.HiddenInput, max_length=60)
    query = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2000)
    is_default = forms.BooleanField(label="Open the list with this view", required=False)


class TokenCreate(forms.Form):
    """Scopes are those that the owner's role has; the view hands them in."""

    name = WordsField(
        label="Name",
        help_text="Where you will use it, for example “Membership system, nightly upload”",
        max_length=80,
        called="The name",
        error_messages={"required": "Enter a name for the token"},
    )
    scopes = forms.MultipleChoiceField(
        label="What it may do",
        help_text="Choose no more than the program needs",
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "Choose what the token may do",
            "invalid_choice": "Choose from what your role may do",
        },
    )
    days = forms.TypedChoiceField(
        label="How long it works",
        choices=[(30, "30 days"), (90, "90 days"), (180, "180 days"), (365, "12 months")],
        coerce=int,
        initial=90,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose how long the token works",
            "invalid_choice": "Choose one of the times",
        },
    )
    request_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, scopes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["scopes"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = scopes


class TokenFilter(forms.Form):
    q = forms.CharField(label="Name, or beginning of the token", required=False, max_length=200)
    state = forms.ChoiceField(label="Status", required=False, choices=[("", "Any"), *TokenState.choices])

    def __init__(self, *args: Any, of_everybody: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if of_everybody:
            self.fields["q"].label = "Name, beginning or owner of the token"
