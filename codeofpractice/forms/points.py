"""The answer to one point: where the company stands, its measures, training and passages."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import CountField, LineField, ParagraphField
from codeofpractice.answers import may_skip
from codeofpractice.models import (
    Measure,
    MeasureState,
    PointResponse,
    Position,
    Training,
)
from codeofpractice.services import (
    Answer,
    MeasureDetails,
    TrainingFigures,
)


class PointForm(forms.Form):
    position = forms.ChoiceField(
        label="Where do you stand on this point?",
        widget=forms.RadioSelect,
        error_messages={"required": "Say where you stand on this point"},
    )
    planned_for = GovukDateField(label="When will it be in place?", required=False)
    not_applicable_reason = ParagraphField(
        label="Why does the point not apply to your company?", max_length=2000, rows=3
    )
    how_met = ParagraphField(
        label="How do you meet this point?",
        max_length=20_000,
        rows=8,
        help_text="What is done, where and when. Say what is planned if it is not in place yet. "
        "Leave it empty where the confirmed passages of your own plan say it all",
    )
    responsible_role = LineField(
        label="Who is responsible?",
        max_length=120,
        help_text="A role rather than a name, like operations manager",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, response: PointResponse, data: Any = None) -> None:
        super().__init__(
            data,
            initial={
                "position": response.position,
                "planned_for": response.planned_for,
                "not_applicable_reason": response.not_applicable_reason,
                "how_met": response.how_met,
                "responsible_role": response.responsible_role,
                "revision": response.revision,
            },
        )
        self.may_skip = may_skip(response.point, response.version.plan.membership.company)
        choices = [
            choice for choice in Position.choices if self.may_skip or choice[0] != Position.NOT_APPLICABLE
        ]
        self.fields["position"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        position = data.get("position")
        if position == Position.PLANNED and "planned_for" not in self.errors:
            self._check_date(data.get("planned_for"))
        if position == Position.NOT_APPLICABLE and not data.get("not_applicable_reason"):
            self.add_error("not_applicable_reason", "Say why the point does not apply to your company")
        if position in {Position.IN_PLACE, Position.PLANNED} and not data.get("responsible_role"):
            self.add_error("responsible_role", "Enter who is responsible")
        return data

    def _check_date(self, day: date | None) -> None:
        if day is None:
            self.add_error("planned_for", "Enter the date on which it will be in place")
        elif day < timezone.localdate():
            self.add_error(
                "planned_for", "The date must be today or later. If it has passed, choose In place"
            )

    def answer(self) -> Answer:
        data = {key: value for key, value in self.cleaned_data.items() if key != "revision"}
        return Answer(**data)


class StillRightForm(forms.Form):
    """`revision` is that of the answer that was on the page."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1)


class PassageForm(forms.Form):
    """One word on one passage and one point."""

    point = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(
        choices=[("confirmed", "Confirm"), ("rejected", "Reject"), ("undecided", "Undo")],
    )


class MeasureForm(forms.Form):
    what = ParagraphField(
        label="What is done, or will be?",
        enter="Enter what is done, or will be",
        max_length=2000,
        rows=4,
        help_text="Like: the desk refuses cash and writes the refusal down",
    )
    state = forms.ChoiceField(
        label="Is it in place?",
        choices=MeasureState.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is in place or planned"},
    )
    day = GovukDateField(
        label="Since when is it in place, or by when will it be?",
        required=False,
        help_text="Like 27 3 2019. You can leave it empty for what is in place",
    )
    owner_role = LineField(
        label="Who sees to it?",
        enter="Enter who sees to it",
        max_length=120,
        help_text="A role rather than a name, like fleet manager",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, measure: Measure | None, data: Any = None) -> None:
        names = ("what", "state", "day", "owner_role", "revision")
        super().__init__(data, initial={name: getattr(measure, name) for name in names} if measure else None)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        day, today = data.get("day"), timezone.localdate()
        if data.get("state") == MeasureState.PLANNED and "day" not in self.errors:
            if day is None:
                self.add_error("day", "Enter the date by which it will be in place")
            elif day < today:
                self.add_error("day", "The date must be today or later. If it has passed, choose In place")
        if data.get("state") == MeasureState.IN_PLACE and day and day > today:
            self.add_error("day", "The date must be today or earlier. If it is to come, choose Planned")
        return data

    def details(self) -> MeasureDetails:
        data = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        return MeasureDetails(**data)


FIGURES = ("course", "staff", "trained", "trained_on")


class TrainingForm(forms.Form):
    course = LineField(
        label="Which course is it?",
        enter="Enter the course",
        max_length=150,
        help_text="Like ACT Awareness e-learning, or a course of your own",
    )
    staff = CountField(
        label="Staff who deal with hirers",
        help_text="How many hand over vehicles or take bookings, at all your sites",
    )
    trained = CountField(
        label="Staff who have taken the course", help_text="How many of them. Enter 0 if nobody has yet"
    )
    trained_on = GovukDateField(
        label="When did the last of them take it?",
        required=False,
        help_text="Like 27 3 2019. Leave it empty if nobody has yet",
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)

    def __init__(self, training: Training | None, data: Any = None) -> None:
        names = ("course", "staff", "trained", "trained_on", "revision")
        super().__init__(
            data, initial={name: getattr(training, name) for name in names} if training else None
        )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        staff, trained = data.get("staff"), data.get("trained")
        if staff == 0:
            self.add_error("staff", "Enter how many staff deal with hirers: 1 or more")
        if trained is not None:
            if not self.data.get("trained", "").strip():
                self.add_error("trained", "Enter how many have taken the course, or 0 if nobody has yet")
            elif staff and trained > staff:
                self.add_error("trained", f"Enter {staff:,} or fewer: there are no more staff than that")
            elif "trained_on" not in self.errors:
                self._check_day(data.get("trained_on"), trained)
        return data

    def _check_day(self, day: date | None, trained: int) -> None:
        if trained and day is None:
            self.add_error("trained_on", "Enter the date on which the last of them took it")
        elif not trained and day:
            self.add_error("trained_on", "Leave the date empty, or enter how many have taken the course")
        elif day and day > timezone.localdate():
            self.add_error("trained_on", "The date must be today or earlier")

    def figures(self) -> TrainingFigures:
        return TrainingFigures(**{name: self.cleaned_data[name] for name in FIGURES})
