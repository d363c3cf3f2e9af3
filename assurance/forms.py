"""Forms of checks and actions. They check what was typed; services decide."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone
from django.utils.text import Truncator

from accounts.fields import GovukDateField
from accounts.lists import LONGEST_WORDS, ListFilter
from accounts.models import Role
from applications.fields import LineField, ParagraphField
from assurance.models import (
    AnswerKind,
    CheckOutcome,
    CheckStatus,
    ClosureCode,
    Finding,
    FindingDraft,
    FindingResult,
    LookResult,
    NoteKind,
    PlanCheck,
)
from assurance.queue import EVERY, GOING_ON, QUEUES, WITH_ASSURER, assurer_choices
from assurance.services.allocation import holder_of
from assurance.workload import Candidate
from codeofpractice.answers import PointAnswer
from codeofpractice.files import EVIDENCE_KINDS
from codeofpractice.forms.uploads import UploadField, UploadsField
from codeofpractice.models import Passage


class AllocationForm(forms.Form):
    to = forms.ChoiceField(
        label="Which assurer should check the plan?",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose an assurer",
            "invalid_choice": "This assurer cannot be given the check now. Choose another",
        },
    )
    reason = ParagraphField(
        label="Why does another assurer take over?", enter="Enter the reason", max_length=1000, rows=3
    )
    # Who had it on the page: it is not taken from somebody else.
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, check: PlanCheck, candidates: Sequence[Candidate], data: QueryDict | None = None
    ) -> None:
        super().__init__(data, initial={"seen": holder_of(check)})
        self.able = {str(one.user.pk): one for one in candidates if one.is_able}
        to = self.fields["to"]
        to.choices = [(key, str(one.user)) for key, one in self.able.items()]  # type: ignore[attr-defined]
        to.choice_hints = {key: one.hint for key, one in self.able.items()}  # type: ignore[attr-defined]
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
    owner_role = LineField(
        label="Who at the company should see to it?",
        enter="Enter who should see to it",
        max_length=120,
        help_text="A role, not a name. Like operations manager",
    )
    target_on = GovukDateField(label="By when?", required=False)
    no_target_reason = ParagraphField(
        label="If there is no date, why not?", required=False, max_length=1000, rows=2
    )

    def clean_target_on(self) -> date | None:
        day: date | None = self.cleaned_data["target_on"]
        if day is not None and day <= timezone.localdate():
            raise forms.ValidationError("The date must be in the future")
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, reason = cleaned.get("target_on"), cleaned.get("no_target_reason")
        if self.has_error("target_on"):
            return cleaned
        if day is None and not reason:
            self.add_error("target_on", "Enter the date by which it should be done, or why there is none")
        elif day is not None and reason:
            self.add_error("no_target_reason", "Give either a date or the reason why there is none")
        return cleaned


class ActionAnswerForm(forms.Form):
    kind = forms.ChoiceField(
        label="How does it stand?",
        choices=AnswerKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how it stands"},
    )
    planned_for = GovukDateField(label="If you will do it: by when?", required=False)
    note = ParagraphField(
        label="What have you done, what will you do, or why will you not?",
        enter="Enter what you have done, what you will do, or why you will not",
        max_length=4000,
    )
    file = UploadField(kinds=EVIDENCE_KINDS, label="File that shows it (optional)", required=False)
    # The newest answer on the page: a colleague's is not passed over unread.
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("kind") != AnswerKind.PLANNED:
            cleaned["planned_for"] = None
        elif not cleaned.get("planned_for") and not self.has_error("planned_for"):
            self.add_error("planned_for", "Enter the date by which you will do it")
        elif (day := cleaned.get("planned_for")) and day < timezone.localdate():
            self.add_error("planned_for", "The date must be today or later")
        return cleaned


class RetestForm(forms.Form):
    result = forms.ChoiceField(
        label="What did you find?",
        choices=[row for row in FindingResult.choices if row[0] != FindingResult.NOT_APPLICABLE],
        widget=forms.RadioSelect,
        error_messages={"required": "Say what you found"},
    )
    note = ParagraphField(
        label="Note",
        enter="Enter a note that says what you saw",
        max_length=10_000,
        help_text="What you saw, or what is still missing. The company reads it",
    )


class SuspensionForm(forms.Form):
    suspend = forms.TypedChoiceField(
        label="Should the membership be suspended?",
        choices=[("yes", "Yes, suspend it"), ("no", "No, not for these actions")],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether the membership should be suspended"},
    )
    code = forms.ChoiceField(
        label="If not: why?", choices=ClosureCode.choices, widget=forms.RadioSelect, required=False
    )
    reason = ParagraphField(
        label="Reason",
        enter="Enter the reason",
        max_length=4000,
        help_text="If you suspend it, the company reads your words",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("suspend") is False and not cleaned.get("code"):
            self.add_error("code", "Choose why it should not be suspended")
        return cleaned


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


class ReconsiderForm(forms.Form):
    grounds = ParagraphField(
        label="Why do you think the outcome is wrong?",
        enter="Enter why you think the outcome is wrong",
        max_length=10_000,
        help_text="Say which findings you mean, and what DfT has not seen or has understood otherwise",
    )


class ReasonForm(forms.Form):
    reason = ParagraphField(label="Reason", enter="Enter the reason", max_length=4000)


class ClosingForm(ReasonForm):
    code = forms.ChoiceField(
        label="Why is it closed?",
        choices=ClosureCode.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose why it is closed"},
    )
    field_order = ("code", "reason")


class SecondLookForm(forms.Form):
    result = forms.ChoiceField(
        label="Was it right to close it?",
        choices=LookResult.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it was right"},
    )
    note = ParagraphField(label="Note", enter="Enter a note that says why", max_length=4000)


class DeclarationForm(forms.Form):
    NO, YES = "no", "yes"
    conflict = forms.ChoiceField(
        label="Do you have a conflict of interest in this case?",
        choices=[(NO, "No, I have no conflict of interest"), (YES, "Yes, I have a conflict of interest")],
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether you have a conflict of interest"},
    )
    details = ParagraphField(
        label="If you have one, what is it?",
        max_length=2000,
        rows=3,
        help_text="Leave it empty if you have none. Leads do not see it on the page of the check",
    )

    @property
    def has_conflict(self) -> bool:
        return bool(self.cleaned_data["conflict"] == self.YES)

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("conflict") == self.YES and not answers.get("details"):
            self.add_error("details", "Say what the conflict of interest is")
        return answers


class CheckFilter(ListFilter):
    """The queue's filters; assurance.queue says what each means."""

    standard = {"status": GOING_ON, "sort": "due"}

    q = forms.CharField(
        label="Search",
        help_text="Company, trading name, number or town",
        required=False,
        max_length=LONGEST_WORDS,
    )
    queue = forms.ChoiceField(label="Queue", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[
            (GOING_ON, "Not decided yet"),
            (WITH_ASSURER, "With an assurer or the company"),
            *CheckStatus.choices,
            (EVERY, "Any status"),
        ],
    )
    assigned = forms.ChoiceField(label="Assurer", required=False)
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[("due", "Due date"), ("newest", "Newest first"), ("name", "Company name")],
    )

    def prepare(self) -> None:
        queues = QUEUES.get(self.user.role, ())
        self.set_choices("queue", [("", "Any"), *((queue.value, queue.label) for queue in queues)])
        if self.user.role == Role.LEAD:
            self.set_choices("assigned", [("", "Anyone"), ("nobody", "Nobody"), *assurer_choices()])
        else:
            del self.fields["assigned"]
