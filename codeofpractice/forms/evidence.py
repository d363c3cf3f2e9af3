"""Files that show how points are met, and the dates on which they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.fields import LineField
from codeofpractice.files import (
    EVIDENCE_KINDS,
)
from codeofpractice.forms.uploads import UploadField, UploadsField
from codeofpractice.models import (
    Evidence,
    PlanVersion,
)
from codeofpractice.services import (
    EvidenceDetails,
)


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
        title = self.fields["title"]
        title.help_text = "Like handover procedure. Without one, and for several files, we use their names"

    @property
    def refused(self) -> list[tuple[str, str]]:
        """The names of the files that are not taken, though others are, and why."""
        field = self.fields["file"]
        assert isinstance(field, UploadsField)
        return field.refused

    @property
    def own_title(self) -> str:
        """What was typed, where it can only be about one file; else each goes by its own name."""
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
