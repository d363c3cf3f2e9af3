"""Forms of checks and actions. They check what was typed; services decide."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.text import Truncator

from accounts.fields import GovukDateField
from accounts.models import Role, User
from applications.fields import LineField, ParagraphField
from assurance.models import (
    CheckOutcome,
    CheckStatus,
    Finding,
    FindingDraft,
    FindingResult,
    NoteKind,
    PlanCheck,
)
from assurance.permissions import can_be_allocated
from codeofpractice.answers import PointAnswer
from codeofpractice.files import EVIDENCE_KINDS
from codeofpractice.forms.uploads import UploadField, UploadsField
from codeofpractice.models import Passage


class AllocationForm(forms.Form):
    to = forms.ChoiceField(
        label="Which assurer should check the plan?",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an assurer"},
    )
    reason = ParagraphField(
        label="Why does another assurer take over?", enter="Enter the reason", max_length=1000, rows=3
    )

    def __init__(self, check: PlanCheck, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assurers = User.objects.filter(role=Role.ASSURER, is_active=True).order_by("name", "pk")
        self.able = {str(user.pk): user for user in assurers if can_be_allocated(user, check)}
        self.fields["to"].choices = [(key, str(user)) for key, user in self.able.items()]  # type: ignore[attr-defined]
        if check.assurer_id is None:
            del self.fields["reason"]


class QuestionForm(forms.Form):
    question = ParagraphField(
        label="What do you want to know?",
        enter="Enter your question",
        max_length=4000,
        help_text="The company reads your words as you write them. Ask about this point only",
    )


class AnswerForm(forms.Form):
    answer = ParagraphField(label="Your answer", enter="Enter your answer", max_length=10_000)
    attached = UploadsField(kinds=EVIDENCE_KINDS, label="Files that show it (optional)", required=False)

    def clean_attached(self) -> list[UploadedFile[bytes]]:
        """All that were chosen, or none: an answer is sent once."""
        found: list[UploadedFile[bytes] | None] = self.cleaned_data["attached"]
        refused = self.fields["attached"].refused  # type: ignore[attr-defined]
        if refused:
            raise forms.ValidationError([f"{name}: {words}" for name, words in refused])
        return [upload for upload in found if upload]


class ExtensionForm(forms.Form):
    due_on = GovukDateField(label="Until when?")
    reason = ParagraphField(label="Reason", enter="Enter the reason", max_length=1000, rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].error_messages["required"] = "Enter the day until which the company has time"


class NoteForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is it about?",
        choices=NoteKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what the note is about"},
    )
    happened_on = GovukDateField(label="When was it?")
    with_whom = LineField(label="With whom? (optional)", max_length=200)
    text = ParagraphField(
        label="Note",
        enter="Enter the note",
        max_length=20_000,
        rows=8,
        help_text="What you saw, heard or agreed. The company does not see it",
    )
    file = UploadField(kinds=EVIDENCE_KINDS, label="File (optional)", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["happened_on"].error_messages["required"] = "Enter the day on which it was"

    def clean_happened_on(self) -> date:
        day: date = self.cleaned_data["happened_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("The day must be today or in the past")
        return day


class FindingForm(forms.Form):
    result = forms.ChoiceField(
        label="What did you find?",
        choices=FindingResult.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what you found"},
    )
    note = ParagraphField(
        label="Note",
        enter="Enter a note that says what you saw",
        max_length=10_000,
        help_text="What you saw and why it leads to your finding. The company reads it after the decision",
    )

    cited = forms.MultipleChoiceField(
        label="Which passages show it? (optional)",
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Passages of the uploaded plan that the company confirmed for this point",
    )

    def __init__(
        self,
        answer: PointAnswer,
        finding: Finding | None,
        draft: FindingDraft | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        """What was being written comes before what was saved."""
        written = draft or finding
        if written is not None:
            kwargs["initial"] = {"result": written.result, "note": written.note}
            if finding is not None and answer.passages:
                kwargs["initial"]["cited"] = [str(row.pk) for row in finding.cited.all()]
        super().__init__(*args, **kwargs)
        point = answer.point
        self.passages = {str(link.passage.pk): link.passage for link in answer.passages}
        if self.passages:
            self.fields["cited"].choices = [  # type: ignore[attr-defined]
                (key, Truncator(row.text).chars(160)) for key, row in self.passages.items()
            ]
        else:
            del self.fields["cited"]
        if not point.may_be_not_applicable:
            self.fields["result"].choices = [  # type: ignore[attr-defined]
                choice for choice in FindingResult.choices if choice[0] != FindingResult.NOT_APPLICABLE
            ]

    @property
    def passages_cited(self) -> list[Passage]:
        return [self.passages[key] for key in self.cleaned_data.get("cited", [])]


class ActionForm(forms.Form):
    description = ParagraphField(
        label="What should the company do?", enter="Enter what the company should do", max_length=4000, rows=3
    )
    target_on = GovukDateField(label="By when?")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target_on"].error_messages["required"] = "Enter the date by which it should be done"

    def clean_target_on(self) -> date:
        day: date = self.cleaned_data["target_on"]
        if day <= timezone.localdate():
            raise forms.ValidationError("The date must be in the future")
        return day


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=CheckOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an outcome"},
    )
    reason = ParagraphField(label="Reason", enter="Enter the reason", max_length=10_000)


class DecisionForm(OutcomeForm):
    # The recommendation that was on the page: a newer one is not decided unread.
    recommendation = forms.IntegerField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    reason = ParagraphField(label="Reason", enter="Enter the reason", max_length=4000)


class ActionAnswer(forms.Form):
    note = ParagraphField(
        label="What has been done?",
        enter="Enter what has been done",
        max_length=4000,
        help_text="What you changed, where and since when",
    )


class CheckFilter(forms.Form):
    """The queue's filters; what makes no sense in an address is left out of account."""

    GOING_ON, EVERY, IN_HAND = "open_or_recommended", "every", "in_hand"
    q = forms.CharField(label="Company, number or town", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            (GOING_ON, "Not decided yet"),
            (IN_HAND, "With an assurer or the company"),
            *CheckStatus.choices,
            (EVERY, "Any status"),
        ],
    )
    assigned = forms.ChoiceField(
        label="Assurer", required=False, choices=[("", "Anyone"), ("me", "Me"), ("nobody", "Nobody")]
    )
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[("due", "Due date"), ("newest", "Newest first"), ("name", "Company name")],
    )
