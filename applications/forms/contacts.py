from __future__ import annotations

from django import forms
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import ParagraphField


class ContactRefusal(forms.Form):
    reason = ParagraphField(
        label="Why are you not the contact?",
        enter="Say why you are not the contact",
        max_length=1000,
        rows=3,
        help_text="The company and the Department for Transport see your words",
    )


class ContactsOn(forms.Form):
    """Who were the contacts on a day?"""

    day = GovukDateField(
        label="Who were the contacts on",
        error_messages={"required": "Enter a day, a month and a year, like 6 12 2018"},
    )

    def clean_day(self) -> object:
        day = self.cleaned_data["day"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("Enter today’s date or an earlier one")
        return day


class ContactFilter(forms.Form):
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[
            ("", "Any"),
            ("missed", "Did not answer"),
            ("refused", "Says it is not them"),
            ("bounced", "Message did not arrive"),
            ("waiting", "Asked, no answer yet"),
        ],
    )
    q = forms.CharField(label="Company, number or town", required=False)
