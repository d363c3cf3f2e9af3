"""Forms about personal data."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.fields import WordsField
from accounts.forms import Reason
from applications.fields import EmailField
from rvss.services.exports import CAN_ASK, account_of


class ErasureAsk(forms.Form):
    understood = forms.BooleanField(
        label="I have read what is erased and what stays, and I want my data to be erased",
        error_messages={"required": "Tick the box if you want your data to be erased"},
    )
    reason = WordsField(
        label="Why do you ask? (optional)",
        help_text="You do not have to say. It is kept in the record, which cannot be changed",
        required=False,
        max_length=1000,
        lines=True,
        called="The reason",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CopyFor(Reason):
    email = EmailField(
        label="Email address",
        enter="Enter the email address",
        help_text="Of the person who asked, as it stands in what we hold",
    )
    field_order = ["email", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = "How the request came, and how you know who asked"

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        person = account_of(email)
        if person and person.is_active:
            raise forms.ValidationError(CAN_ASK)
        return email
