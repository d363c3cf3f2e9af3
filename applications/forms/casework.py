"""Forms around an application that was sent: both sides."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.lists import LONGEST_WORDS, ListFilter
from accounts.models import User
from applications.answers import ANSWER_LABELS, SECTIONS
from applications.choices import Region
from applications.fields import LineField, ParagraphField
from applications.models import ApplicationStatus, RejectionReason
from applications.queue import Assignee, filter_choices

# Also the last words of the text that is signed: so the hash covers that it was confirmed.
AUTHORITY = "I have the authority to sign this declaration for the company"


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
        label=AUTHORITY,
        error_messages={"required": "Confirm that you have the authority to sign for the company"},
    )
    # What was on the page: if another edition is published meanwhile, nobody signs what they did not read.
    text_sha256 = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    # Likewise the answers that it covers: somebody may save another one meanwhile.
    answers_sha256 = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


class Answer(forms.Form):
    answer = ParagraphField(
        label="Your reply",
        enter="Enter your reply",
        max_length=5000,
        help_text="If the answer itself was wrong, change it too, and say here what you changed",
    )


class Withdrawal(forms.Form):
    reason = ParagraphField(
        label="Why is the company withdrawing its application?",
        enter="Enter the reason for withdrawing",
        max_length=2000,
    )


def _questionable() -> list[tuple[str, str]]:
    """Every section, and under it each answer that a question can name: "company:Address"."""
    found = []
    for section in SECTIONS:
        found.append((section.key, section.title))
        found += [
            (f"{section.key}:{label}", f"{section.title}: {label}")
            for label in ANSWER_LABELS.get(section.key, [])
        ]
    return found


class Question(forms.Form):
    about = forms.ChoiceField(
        label="Which answer is the question about?",
        choices=[("", "Choose an answer"), *_questionable()],
        error_messages={"required": "Choose the answer that the question is about"},
    )
    question = ParagraphField(
        label="Question",
        enter="Enter the question",
        max_length=2000,
        help_text="The company sees your words as you write them here",
    )
    # Of this page: sent twice, or sent again from the browser's history, it asks once.
    form_key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    @property
    def section(self) -> str:
        return str(self.cleaned_data["about"]).partition(":")[0]

    @property
    def answer_label(self) -> str:
        return str(self.cleaned_data["about"]).partition(":")[2]


class Acceptance(forms.Form):
    reason = ParagraphField(
        label="Note for the record (optional)", max_length=2000, rows=3, help_text="Only DfT sees it"
    )


class Rejection(forms.Form):
    reasons = forms.MultipleChoiceField(
        label="Why is the application rejected?",
        choices=RejectionReason.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply. The company sees them",
        error_messages={"required": "Choose at least one reason"},
    )
    reason = ParagraphField(
        label="Explain the reasons",
        enter="Explain the reasons",
        max_length=2000,
        help_text="The company sees your words as you write them here. Say what it can put right",
    )


class ReconsiderationRequest(forms.Form):
    grounds = ParagraphField(
        label="Why is the rejection wrong?",
        enter="Say why the rejection is wrong",
        max_length=5000,
        help_text="Say which of the reasons you do not agree with, and what shows it",
    )


class ReconsiderationAnswer(forms.Form):
    STANDS, SET_ASIDE = "stands", "set_aside"
    outcome = forms.ChoiceField(
        label="What is the outcome?",
        choices=[
            (STANDS, "The rejection stands"),
            (SET_ASIDE, "The rejection is set aside, and somebody else decides afresh"),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the outcome"},
    )
    answer = ParagraphField(
        label="Explain the outcome",
        enter="Explain the outcome",
        max_length=5000,
        help_text="The company sees your words as you write them here",
    )


class ReconsiderationFilter(forms.Form):
    WAITING, ANSWERED = "waiting", "answered"
    status = forms.ChoiceField(
        label="Show",
        required=False,
        choices=[(WAITING, "Waiting for an answer"), (ANSWERED, "Answered")],
    )


# DfT sees what was sent to it.
SENT = (
    ApplicationStatus.SUBMITTED,
    ApplicationStatus.QUESTION,
    ApplicationStatus.ACCEPTED,
    ApplicationStatus.REJECTED,
    ApplicationStatus.WITHDRAWN,
)


class QueueFilter(ListFilter):
    """The queue's filters; applications.queue says what each means."""

    standard = {"status": "open", "sort": "oldest"}

    q = forms.CharField(
        label="Search",
        help_text="Company, trading name, number, town or reference",
        required=False,
        max_length=LONGEST_WORDS,
    )
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            ("open", "Not decided yet"),
            *((status.value, status.label) for status in SENT),
            ("every", "Any status"),
        ],
    )
    due = forms.ChoiceField(
        label="Due",
        required=False,
        choices=[
            ("", "Any time"),
            ("overdue", "Overdue"),
            ("soon", "Within 5 working days"),
            ("stopped", "Clock stopped"),
        ],
    )
    age = forms.ChoiceField(
        label="Sent",
        required=False,
        choices=[
            ("", "Any time"),
            ("5", "In the last 5 working days"),
            ("10", "6 to 10 working days ago"),
            ("20", "11 to 20 working days ago"),
            ("older", "Over 20 working days ago"),
        ],
    )
    assigned = forms.ChoiceField(label="Assigned to", required=False)
    region = forms.ChoiceField(
        label="Region of the main office", required=False, choices=[("", "Any region"), *Region.choices]
    )
    body = forms.ChoiceField(label="Trade body", required=False)
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[
            ("oldest", "Oldest first"),
            ("newest", "Newest first"),
            ("due", "Due first"),
            ("name", "Company name"),
        ],
    )

    def prepare(self) -> None:
        offered = filter_choices()
        self.set_choices("assigned", [("", "Anyone"), ("me", "Me"), ("nobody", "Nobody"), *offered.people])
        self.set_choices("body", [("", "Any or none"), ("none", "No trade body"), *offered.bodies])


NOBODY = "nobody"


class Assignment(forms.Form):
    """Who gets the chosen applications; and why, when somebody else has one of them."""

    to = forms.ChoiceField(
        label="Assign to",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose to whom to assign",
            "invalid_choice": "Choose one of the people",
        },
    )
    reason = ParagraphField(
        label="Reason for the change",
        max_length=1000,
        rows=3,
        help_text="A colleague has one of them now, and is told the reason",
    )

    def __init__(
        self, *args: Any, people: list[Assignee], held_by: set[int], user: User, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.colleagues = held_by - {user.pk}
        if not self.colleagues:
            del self.fields["reason"]
        people = sorted(people, key=lambda one: one.pk != user.pk)
        choices = [(str(one.pk), "Me" if one.pk == user.pk else one.name) for one in people]
        field = self.fields["to"]
        field.choices = [*choices, (NOBODY, "Nobody")]  # type: ignore[attr-defined]
        field.choice_hints = {str(one.pk): one.load for one in people}  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        to = answers.get("to")
        taken_from = self.colleagues - ({int(to)} if to and to != NOBODY else set())
        if to and taken_from and answers.get("reason") == "":
            self.add_error("reason", "Enter the reason for taking over from a colleague")
        return answers
