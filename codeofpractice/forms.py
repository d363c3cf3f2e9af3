"""Forms of the security plan. They check what was typed; services decide."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import LineField, ParagraphField
from codeofpractice.answers import may_skip
from codeofpractice.files import EVIDENCE_KINDS, PLAN_KINDS, FileRefused, Kind, check_upload, list_kinds
from codeofpractice.models import PlanVersion, PointResponse, Position
from codeofpractice.services import Answer


class UploadField(forms.FileField):
    """A file whose content is one of the kinds; what is wrong with another is said at the field."""

    def __init__(self, *, kinds: tuple[Kind, ...], label: str, **kwargs: Any) -> None:
        self.kinds = kinds
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        kwargs.setdefault("help_text", f"{list_kinds(kinds)}, up to {limit} MB")
        super().__init__(
            label=label,
            widget=forms.FileInput(attrs={"accept": ",".join(kind.suffix for kind in kinds)}),
            error_messages={"required": "Choose a file", "empty": "The file is empty. Choose another"},
            **kwargs,
        )

    def clean(self, data: Any, initial: Any = None) -> UploadedFile[bytes]:
        upload = super().clean(data, initial)
        try:
            check_upload(upload, self.kinds)
        except FileRefused as refused:
            raise forms.ValidationError(refused.sentence) from refused
        return upload


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


class EvidenceForm(forms.Form):
    file = UploadField(kinds=EVIDENCE_KINDS, label="File")
    title = LineField(
        label="What is it? (optional)",
        max_length=150,
        help_text="Like handover procedure. Without one we use the file’s name",
    )
    effective_on = GovukDateField(
        label="From which date does it hold? (optional)",
        required=False,
        help_text="The date on the document, like 27 3 2019",
    )
    points = forms.MultipleChoiceField(
        label="Which points does it show?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply",
        error_messages={"required": "Choose at least one point"},
    )

    def __init__(self, version: PlanVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["points"].choices = [  # type: ignore[attr-defined]
            (str(point.number), str(point)) for point in version.edition.points.all()
        ]


class DocumentForm(forms.Form):
    file = UploadField(kinds=PLAN_KINDS, label="Your security plan")


class PassageForm(forms.Form):
    """One word on one passage and one point."""

    point = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(
        choices=[("confirmed", "Confirm"), ("rejected", "Reject"), ("undecided", "Undo")],
    )


class SubmissionForm(forms.Form):
    is_true = forms.BooleanField(
        label="I confirm for the company that this plan says what we do",
        error_messages={"required": "Confirm that the plan says what the company does"},
    )


class WithdrawalForm(forms.Form):
    reason = ParagraphField(
        label="Why are you giving this draft up?", enter="Enter the reason", max_length=2000, rows=3
    )
