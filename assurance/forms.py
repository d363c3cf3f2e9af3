"""Forms of checks and actions. They check what was typed; services decide."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.fields import GovukDateField
from accounts.models import Role, User
from applications.fields import ParagraphField
from assurance.models import CheckOutcome, CheckStatus, Finding, FindingResult, PlanCheck
from assurance.permissions import can_be_allocated
from codeofpractice.models import Point


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

    def __init__(self, point: Point, finding: Finding | None, *args: Any, **kwargs: Any) -> None:
        if finding is not None:
            kwargs["initial"] = {"result": finding.result, "note": finding.note}
        super().__init__(*args, **kwargs)
        if not point.may_be_not_applicable:
            self.fields["result"].choices = [  # type: ignore[attr-defined]
                choice for choice in FindingResult.choices if choice[0] != FindingResult.NOT_APPLICABLE
            ]


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

    GOING_ON, EVERY = "open_or_recommended", "every"
    q = forms.CharField(label="Company, number or town", required=False)
    status = forms.ChoiceField(
        label="Status",
        required=False,
        choices=[(GOING_ON, "Not decided yet"), *CheckStatus.choices, (EVERY, "Any status")],
    )
    assigned = forms.ChoiceField(
        label="Assurer", required=False, choices=[("", "Anyone"), ("me", "Me"), ("nobody", "Nobody")]
    )
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[("due", "Due date"), ("newest", "Newest first"), ("name", "Company name")],
    )
