"""Forms about the people of a company: invitations, levels, requests to join."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from applications.fields import EmailField, LineField, ParagraphField, normalise_company_number
from applications.models import PersonLevel
from applications.searching import membership_number

LEVEL_HINTS: dict[str, str] = {
    PersonLevel.OWNER: "Signs for the company, and says who acts for it",
    PersonLevel.EDITOR: "Works on the application, the security plan and the company’s details",
    PersonLevel.VIEWER: "Reads everything and changes nothing",
}


class LevelField(forms.ChoiceField):
    choice_hints = LEVEL_HINTS

    def __init__(self, *, label: str, **kwargs: Any) -> None:
        choose = "Choose what the person may do"
        super().__init__(
            label=label,
            choices=PersonLevel.choices,
            widget=forms.RadioSelect,
            error_messages={"required": choose, "invalid_choice": choose},
            **kwargs,
        )


class InvitationForm(forms.Form):
    email = EmailField(
        label="Email address",
        enter="Enter the person’s email address",
        help_text="Only somebody with this address can use the invitation",
    )
    level = LevelField(label="What may the person do?")


class InvitationWithdrawal(forms.Form):
    reason = LineField(
        label="Why is the invitation withdrawn?",
        enter="Enter the reason",
        max_length=500,
        help_text="It is kept in the record. Like: wrong address",
    )


class LevelForm(forms.Form):
    level = LevelField(label="What may the person do?")


class PersonRemoval(forms.Form):
    reason = ParagraphField(
        label="Why is the person removed?",
        enter="Enter the reason",
        max_length=1000,
        rows=3,
        help_text="The person sees your words as you write them here",
    )


class JoinRequestForm(forms.Form):
    number = LineField(
        label="Companies House number or membership number",
        enter="Enter the company’s number at Companies House, or its membership number",
        max_length=20,
        help_text="Like 01234567, SC012345 or RVSS-000123",
    )
    message = ParagraphField(
        label="Message to the company’s owners",
        enter="Enter a message to the company’s owners",
        max_length=500,
        rows=4,
        help_text="Say who you are and what you do for the company. "
        "The owners see your name and email address too",
    )

    def clean_number(self) -> str:
        typed = str(self.cleaned_data["number"])
        if member := membership_number(typed):
            return member
        try:
            return normalise_company_number(typed)
        except ValueError:
            raise ValidationError(
                "Enter a number in the right form, like 01234567, SC012345 or RVSS-000123", code="invalid"
            ) from None


class JoinResponse(forms.Form):
    """Accept with a level, or decline with a reason."""

    ACCEPT, DECLINE = "accept", "decline"

    answer = forms.ChoiceField(
        label="What do you answer?",
        choices=[(ACCEPT, "Accept: the person comes to act for the company"), (DECLINE, "Decline")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose whether to accept or to decline",
            "invalid_choice": "Choose whether to accept or to decline",
        },
    )
    level = LevelField(label="What may the person do?", required=False)
    reason = ParagraphField(
        label="Why do you decline?",
        max_length=1000,
        rows=3,
        help_text="The person sees your words as you write them here",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        answer = cleaned.get("answer")
        if answer == self.ACCEPT and not cleaned.get("level") and "level" not in self.errors:
            self.add_error("level", "Choose what the person may do")
        if answer == self.DECLINE and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Enter the reason for declining")
        return cleaned
