"""A plan as a whole: searched, compared, submitted, confirmed, given up."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import ParagraphField, reword
from applications.services.locks import in_words
from codeofpractice.services import (
    latest_review,
)


class PlanSearchForm(forms.Form):
    q = forms.CharField(
        label="Search this plan",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        reword(self.fields["q"], max_length="Search for 100 characters or fewer")


class SubmissionForm(forms.Form):
    is_true = forms.BooleanField(
        label="I confirm for the company that this plan says what we do",
        error_messages={"required": "Confirm that the plan says what the company does"},
    )
    review_on = GovukDateField(
        label="When will you review the plan?",
        help_text="At least once a year. We remind you 30 and 7 days before, and on the day",
        error_messages={"required": "Enter the date on which you will review the plan"},
    )

    field_order = ["review_on", "is_true"]

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"review_on": latest_review()})

    def clean_review_on(self) -> date:
        day: date = self.cleaned_data["review_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("The date of the review must be after today")
        if day > latest_review():
            raise forms.ValidationError(
                f"The date of the review must be {in_words(latest_review())} or earlier"
            )
        return day


class ConfirmationForm(SubmissionForm):
    """For an owner who is the recognised security contact: their word and the submission are one step."""

    is_true = forms.BooleanField(
        label="I confirm as the recognised security contact that this plan says what we do",
        error_messages={"required": "Confirm that the plan says what the company does"},
    )


class PlanRefusalForm(forms.Form):
    reason = ParagraphField(
        label="What is not right?",
        enter="Enter what is not right",
        max_length=2000,
        rows=4,
        help_text="The company reads this. Do not give security details here",
    )


class WithdrawalForm(forms.Form):
    reason = ParagraphField(
        label="Why are you giving this draft up?", enter="Enter the reason", max_length=2000, rows=3
    )


class ComparisonForm(forms.Form):
    """Two versions or revisions, chosen in the address. Without a choice: the newest two."""

    before = forms.TypedChoiceField(
        label="Compare", coerce=int, error_messages={"required": "Choose what to compare"}
    )
    after = forms.TypedChoiceField(label="With", coerce=int, error_messages={"required": "Choose with what"})

    def __init__(self, choices: list[tuple[int, str]], noun: str, query: QueryDict) -> None:
        """`choices` are newest first."""
        asked = {name: query[name] for name in ("before", "after") if name in query}
        newest = [number for number, _ in choices[:2]]
        super().__init__({"after": newest[0], "before": newest[-1]} | asked if newest else None)
        self.noun = noun
        for name in ("before", "after"):
            self.fields[name].choices = choices  # type: ignore[attr-defined]
            self.fields[name].error_messages["invalid_choice"] = f"Choose a {noun} that is on the list"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and data["before"] == data["after"]:
            self.add_error("after", f"Choose another {self.noun} than the first")
        return data

    @property
    def earlier(self) -> int:
        return int(self.cleaned_data["before"])

    @property
    def later(self) -> int:
        return int(self.cleaned_data["after"])
