"""Forms of the security plan. They check what was typed; services decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import CountField, LineField, ParagraphField, reword
from applications.services.locks import in_words
from codeofpractice.answers import may_skip
from codeofpractice.files import (
    EVIDENCE_KINDS,
    PLAN_KINDS,
    PROFORMA_KINDS,
    FileRefused,
    Kind,
    check_upload,
    list_kinds,
)
from codeofpractice.models import (
    Evidence,
    Measure,
    MeasureState,
    PlanVersion,
    PointResponse,
    Position,
    Training,
)
from codeofpractice.services import (
    Answer,
    EvidenceDetails,
    MeasureDetails,
    TrainingFigures,
    latest_review,
)


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


class SeveralFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[UploadedFile[bytes]]:
        found: list[UploadedFile[bytes]] = files.getlist(name)
        return found


class UploadsField(UploadField):
    """One file or several. Cleans to those that can be taken; `refused` says of each other one why not."""

    widget: forms.FileInput
    MOST = 20

    def __init__(self, *, kinds: tuple[Kind, ...], label: str, **kwargs: Any) -> None:
        limit = settings.UPLOAD_MAX_BYTES // (1024 * 1024)
        words = f"{list_kinds(kinds)}, up to {limit} MB each, and {2 * limit} MB together"
        super().__init__(kinds=kinds, label=label, help_text=words, **kwargs)
        self.widget = SeveralFiles(attrs=self.widget.attrs)
        self.refused: list[tuple[str, str]] = []  # never added to: the fields of all forms begin with it

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Raises ValidationError only when no file is left."""
        chosen, refused = data or [], []
        if len(chosen) > self.MOST:
            raise forms.ValidationError(f"Choose {self.MOST} files or fewer at a time")
        if len(chosen) < 2:
            return [super().clean(chosen[0] if chosen else None, initial)]
        taken = []
        for each in chosen:
            try:
                taken.append(super().clean(each, initial))
            except forms.ValidationError as error:
                refused.append((each.name, " ".join(error.messages)))
        if not taken:
            raise forms.ValidationError([f"{name}: {words}" for name, words in refused])
        self.refused = refused
        return taken


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


class DatesForm(forms.Form):
    """From when to when a piece of evidence holds."""

    effective_on = GovukDateField(
        label="From which date does it hold? (optional)",
        required=False,
        help_text="The date on the document, like 27 3 2019",
    )
    expires_on = GovukDateField(
        label="What is the last day on which it holds? (optional)",
        required=False,
        help_text="Like the end of a certificate. We remind you 30 and 7 days before, and on the day",
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        starts, ends = data.get("effective_on"), data.get("expires_on")
        if ends and ends < timezone.localdate():
            self.add_error("expires_on", "The last day must be today or later. Choose a newer file")
        elif starts and ends and ends < starts:
            self.add_error("expires_on", "The last day must not be before the first")
        return data


class EvidenceDetailsForm(DatesForm):
    title = LineField(
        label="What is it? (optional)",
        max_length=150,
        help_text="Like handover procedure. Without one we use the file’s name",
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


class EvidenceForm(EvidenceDetailsForm):
    file = UploadsField(kinds=EVIDENCE_KINDS, label="Files")

    field_order = ["file", "title", "effective_on", "expires_on", "points"]

    def __init__(self, version: PlanVersion, *args: Any, **kwargs: Any) -> None:
        super().__init__(version, *args, **kwargs)
        self.fields[
            "title"
        ].help_text = (
            "Like handover procedure. Without one, and for several files, we use the name of the file"
        )

    @property
    def refused(self) -> list[tuple[str, str]]:
        """The names of the files that are not taken, though others are, and why."""
        field = self.fields["file"]
        assert isinstance(field, UploadsField)
        return field.refused

    def title_for(self, upload: UploadedFile[bytes]) -> str:
        """What was typed, where it can only be about this file."""
        alone = len(self.cleaned_data["file"]) + len(self.refused) == 1
        return str(self.cleaned_data["title"]) if alone else ""


class EvidenceChangeForm(EvidenceDetailsForm):
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    field_order = ["title", "effective_on", "expires_on", "points", "revision"]

    def __init__(self, evidence: Evidence, data: Any = None) -> None:
        points = evidence.responses.order_by("point__number").values_list("point__number", flat=True)
        super().__init__(
            evidence.version,
            data,
            initial={
                "title": evidence.title,
                "effective_on": evidence.effective_on,
                "expires_on": evidence.expires_on,
                "points": [str(number) for number in points],
                "revision": evidence.revision,
            },
        )

    def details(self) -> EvidenceDetails:
        data = self.cleaned_data
        return EvidenceDetails(
            title=data["title"],
            points=[int(value) for value in data["points"]],
            effective_on=data["effective_on"],
            expires_on=data["expires_on"],
        )


class EvidenceReplaceForm(DatesForm):
    file = UploadField(kinds=EVIDENCE_KINDS, label="The newer file")

    field_order = ["file", "effective_on", "expires_on"]


class EvidenceUseForm(forms.Form):
    """Files of the draft that do not serve the point yet."""

    evidence = forms.MultipleChoiceField(
        label="Which files show how you meet this point?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply",
        error_messages={
            "required": "Choose at least one file",
            "invalid_choice": "Choose a file that is on the list: somebody may have removed the other",
        },
    )

    def __init__(self, others: Iterable[Evidence], data: Any = None) -> None:
        super().__init__(data)
        self.fields["evidence"].choices = [  # type: ignore[attr-defined]
            (str(row.pk), row.title) for row in others
        ]


class DocumentForm(forms.Form):
    file = UploadField(kinds=PLAN_KINDS, label="Your security plan")


class ProformaForm(forms.Form):
    file = UploadField(kinds=PROFORMA_KINDS, label="The pro-forma that you have filled in")


class PassageForm(forms.Form):
    """One word on one passage and one point."""

    point = forms.IntegerField(min_value=1)
    decision = forms.ChoiceField(
        choices=[("confirmed", "Confirm"), ("rejected", "Reject"), ("undecided", "Undo")],
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


class StillRightForm(forms.Form):
    """`revision` is that of the answer that was on the page."""

    revision = forms.IntegerField(min_value=0, max_value=2**31 - 1)


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
