"""Forms around an application that was sent: both sides."""

from __future__ import annotations

from django import forms

from applications.answers import SECTIONS
from applications.choices import Region
from applications.fields import LineField, ParagraphField
from applications.models import ApplicationStatus


class DeclarationForm(forms.Form):
    signatory_name = LineField(
        label="Full name of the person who signs",
        enter="Enter the full name of the person who signs",
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name", "spellcheck": "false"}),
    )
    signatory_role = LineField(
        label="Role in the company",
        enter="Enter the role in the company",
        max_length=120,
        help_text="Like director",
    )
    has_authority = forms.BooleanField(
        label="I have the authority to sign this declaration for the company",
        error_messages={"required": "Confirm that you have the authority to sign for the company"},
    )
    # What was on the page: if another edition is published meanwhile, nobody signs what they did not read.
    text_sha256 = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class Answer(forms.Form):
    answer = ParagraphField(label="Your answer", enter="Enter your answer", max_length=5000)
    question = forms.IntegerField(widget=forms.HiddenInput)


class Withdrawal(forms.Form):
    reason = ParagraphField(
        label="Why is the company withdrawing its application?",
        enter="Enter the reason for withdrawing",
        max_length=2000,
    )


class Question(forms.Form):
    section = forms.ChoiceField(
        label="Which section is the question about?",
        choices=[("", "Choose a section"), *((section.key, section.title) for section in SECTIONS)],
        error_messages={"required": "Choose the section that the question is about"},
    )
    question = ParagraphField(
        label="Question",
        enter="Enter the question",
        max_length=2000,
        help_text="The company sees your words as you write them here",
    )


class Acceptance(forms.Form):
    reason = ParagraphField(
        label="Note for the record (optional)", max_length=2000, rows=3, help_text="Only DfT sees it"
    )


class Rejection(forms.Form):
    reason = ParagraphField(
        label="Why is the application rejected?",
        enter="Enter the reason",
        max_length=2000,
        help_text="The company sees your words as you write them here",
    )


class QueueFilter(forms.Form):
    """The queue's filters; what makes no sense in an address is left out of account."""

    WAITING, EVERY = "open", "every"
    q = forms.CharField(label="Company, number, town or reference", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            (WAITING, "Waiting for DfT or for an answer"),
            *(choice for choice in ApplicationStatus.choices if choice[0] != ApplicationStatus.DRAFT),
            (EVERY, "Any status"),
        ],
    )
    region = forms.ChoiceField(
        label="Region of the main office", required=False, choices=[("", "Any region"), *Region.choices]
    )
    assigned = forms.ChoiceField(
        label="Assigned to",
        required=False,
        choices=[("", "Anyone"), ("me", "Me"), ("nobody", "Nobody")],
    )
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[("oldest", "Oldest first"), ("newest", "Newest first"), ("name", "Company name")],
    )
