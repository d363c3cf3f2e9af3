"""Forms of partners and their results. Field names are those under which services tell faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone

from accounts.fields import GovukDateField
from applications.enrolling.files import FileRefused, ReadFile, read_csv
from applications.fields import LineField, ParagraphField
from applications.models import TradeBody
from applications.searching import membership_number, text_query
from assurance.models import FindingResult, PartnerCheck, PartnerCheckKind, PartnerOutcome
from assurance.partner_columns import (
    COLUMNS,
    LONGEST_INSPECTOR,
    LONGEST_REASON,
    LONGEST_REFERENCE,
    LONGEST_SUMMARY,
    MOST_ROWS,
)
from assurance.partner_results import ResultFacts
from assurance.querysets import PartnerCheckQuerySet
from codeofpractice.models import Edition, Point

MOST_WORDS = 100


class BodyField(forms.ModelChoiceField):
    """For whom it is sent; left out for who acts for one partner."""

    def __init__(self) -> None:
        super().__init__(
            label="For which trade body do you send it?",
            queryset=TradeBody.objects.none(),
            widget=forms.RadioSelect,
            empty_label=None,
            error_messages={
                "required": "Choose the trade body",
                "invalid_choice": "Choose one of these trade bodies",
            },
        )


class ForPartner(forms.Form):
    """A form that one of several partners sends."""

    body = BodyField()

    def __init__(self, *args: Any, bodies: Sequence[TradeBody], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = bodies
        if len(bodies) == 1:
            del self.fields["body"]
        else:
            keys = [body.pk for body in bodies]
            self.fields["body"].queryset = TradeBody.objects.filter(pk__in=keys)  # type: ignore[attr-defined]

    @property
    def chosen_body(self) -> TradeBody:
        chosen: TradeBody = self.cleaned_data.get("body") or self.bodies[0]
        return chosen


class ResultForm(ForPartner):
    reference = LineField(
        label="Your reference",
        enter="Enter your reference",
        max_length=LONGEST_REFERENCE,
        help_text="Your own number for this result. Each result has another",
    )
    membership = LineField(
        label="Membership number",
        enter="Enter the membership number",
        max_length=30,
        help_text="Of your member. For example, RVSS-000123",
    )
    kind = forms.ChoiceField(
        label="What kind of inspection was it?",
        choices=PartnerCheckKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what kind of inspection it was"},
    )
    inspected_on = GovukDateField(label="When was the inspection?")
    inspected_by = LineField(
        label="Who inspected?",
        enter="Enter who inspected",
        max_length=LONGEST_INSPECTOR,
        help_text="An organisation or a role, not a person’s name",
    )
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=PartnerOutcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the outcome"},
    )
    summary = ParagraphField(
        label="Summary (optional)",
        max_length=LONGEST_SUMMARY,
        help_text="What was seen. The company and DfT read it",
    )
    edition = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)
    correction_reason = ParagraphField(
        label="Why is the earlier result corrected?",
        enter="Enter why the earlier result is corrected",
        max_length=LONGEST_REASON,
        rows=3,
    )

    def __init__(
        self, *args: Any, edition: Edition | None, replaces: PartnerCheck | None = None, **kwargs: Any
    ) -> None:
        self.replaces, self.shown_edition = replaces, edition
        if replaces is not None:
            kwargs["initial"] = _as_initial(replaces)
        kwargs.setdefault("initial", {})["edition"] = edition.code if edition else ""
        super().__init__(*args, **kwargs)
        self.fields["inspected_on"].error_messages["required"] = "Enter the date of the inspection"
        if replaces is None:
            del self.fields["correction_reason"]
        self.points: list[Point] = list(edition.points.all()) if edition else []
        for point in self.points:
            self.fields[f"point_{point.number}"] = _point_field(point)

    @property
    def point_fields(self) -> list[forms.BoundField]:
        return [self[f"point_{point.number}"] for point in self.points]

    def clean_membership(self) -> str:
        number = membership_number(self.cleaned_data["membership"])
        if number is None:
            raise forms.ValidationError("Enter a membership number in the right form, like RVSS-000123")
        return number

    def clean_inspected_on(self) -> date:
        day: date = self.cleaned_data["inspected_on"]
        if day > timezone.localdate():
            raise forms.ValidationError("The inspection must be today or in the past")
        return day

    def as_facts(self) -> ResultFacts:
        given = self.cleaned_data
        found = {point.number: given[f"point_{point.number}"] for point in self.points}
        points = {number: result for number, result in found.items() if result}
        own = ("reference", "membership", "kind", "inspected_on", "inspected_by", "outcome", "summary")
        return ResultFacts(
            **{name: given[name] for name in own},
            edition=self.shown_edition.code if self.shown_edition and points else "",
            points=points,
            replaces=self.replaces.reference if self.replaces else "",
            correction_reason=given.get("correction_reason", ""),
        )

    def take_faults(self, faults: Mapping[str, str]) -> None:
        """What a service says is wrong, at its field; of what the page does not ask for, above."""
        for name, words in faults.items():
            self.add_error(name if name in self.fields else NON_FIELD_ERRORS, words)


def _point_field(point: Point) -> forms.ChoiceField:
    results = [
        choice
        for choice in FindingResult.choices
        if point.may_be_not_applicable or choice[0] != FindingResult.NOT_APPLICABLE
    ]
    return forms.ChoiceField(label=str(point), choices=[("", "Not looked at"), *results], required=False)


def _as_initial(replaces: PartnerCheck) -> dict[str, Any]:
    same = ("kind", "inspected_on", "inspected_by", "outcome", "summary")
    made = {name: getattr(replaces, name) for name in same}
    made["membership"] = replaces.membership.number
    return made | {
        f"point_{row.point.number}": row.result for row in replaces.findings.select_related("point")
    }


class ListUpload(ForPartner):
    """After is_valid, `read` has the rows of the file."""

    file = forms.FileField(
        label="CSV file",
        help_text=f"Up to {MOST_ROWS:,} rows and 5 MB",
        max_length=200,
        allow_empty_file=True,  # the reader says in words what is wrong with one
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.tsv,text/csv"}),
        error_messages={
            "required": "Choose a CSV file",
            "invalid": "Choose a CSV file",
            "max_length": "The file’s name must be 200 characters or fewer",
        },
    )
    read: ReadFile

    def clean_file(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            self.read = read_csv(upload.read(), COLUMNS, each="result", most_rows=MOST_ROWS)
        except FileRefused as refused:
            raise forms.ValidationError(str(refused), code="refused") from None
        return upload


class ResultFilter(forms.Form):
    """What the address of the list asks for; what makes no sense there is passed over."""

    q = forms.CharField(
        label="Company, membership number or reference", required=False, max_length=MOST_WORDS
    )
    outcome = forms.ChoiceField(
        label="Outcome", required=False, choices=[("", "Any outcome"), *PartnerOutcome.choices]
    )
    current = forms.BooleanField(label="Without those that were corrected", required=False)

    def narrow(self, found: PartnerCheckQuerySet) -> PartnerCheckQuerySet:
        self.is_valid()
        given = self.cleaned_data
        if words := given.get("q"):
            found = _matching(found, words)
        if outcome := given.get("outcome"):
            found = found.filter(outcome=outcome)
        return found.current() if given.get("current") else found


def _matching(found: PartnerCheckQuerySet, words: str) -> PartnerCheckQuerySet:
    if number := membership_number(words):
        return found.filter(membership__number=number)
    named = Q(reference__iexact=words.strip())
    if query := text_query(words):
        named |= Q(membership__company__search=query)
    return found.filter(named)
