"""Forms of approved partners: a list of companies, and what becomes of it and of each company."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from applications.enrolling.files import FileRefused, ReadFile, read_csv
from applications.fields import EmailField, ParagraphField
from applications.models import EnrolledStatus, RowOutcome, TradeBody


class EnrolmentUpload(forms.Form):
    """After is_valid, `read` has the rows of the file."""

    body = forms.ModelChoiceField(
        label="For which trade body is the list?",
        queryset=TradeBody.objects.none(),
        widget=forms.RadioSelect,
        empty_label=None,
        error_messages={
            "required": "Choose the trade body",
            "invalid_choice": "Choose one of these trade bodies",
        },
    )
    file = forms.FileField(
        label="CSV file",
        help_text="Up to 10,000 rows and 5 MB",
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

    def __init__(self, *args: Any, bodies: list[TradeBody], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.bodies = bodies
        if len(bodies) == 1:
            del self.fields["body"]
        else:
            keys = [body.pk for body in bodies]
            self.fields["body"].queryset = TradeBody.objects.filter(pk__in=keys)  # type: ignore[attr-defined]

    def clean_file(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            self.read = read_csv(upload.read())
        except FileRefused as refused:
            raise forms.ValidationError(str(refused), code="refused") from None
        return upload

    @property
    def chosen_body(self) -> TradeBody:
        chosen: TradeBody = self.cleaned_data.get("body") or self.bodies[0]
        return chosen


class EnrolmentImport(forms.Form):
    """The partner's word that the list is to be enrolled; that rows are left out is said on its own."""

    leave_out = forms.BooleanField(
        error_messages={"required": "Confirm that rows with faults are left out, or correct the file first"}
    )
    in_scope = forms.BooleanField(
        label="Every company in the list rents out vehicles to consumers, for 3 months at most",
        error_messages={"required": "Confirm that every company in the list is in scope of the scheme"},
    )

    def __init__(self, *args: Any, faulty: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if faulty:
            rows = "1 row" if faulty == 1 else f"{faulty:,} rows"
            self.fields["leave_out"].label = f"Leave out the {rows} with faults"
        else:
            del self.fields["leave_out"]


class EnrolmentWithdrawal(forms.Form):
    reason = ParagraphField(
        label="Why is the list withdrawn?",
        enter="Enter the reason",
        max_length=1000,
        rows=3,
        help_text="It is kept in the record. Like: a newer list has been made",
    )


class RowFilter(forms.Form):
    outcome = forms.ChoiceField(
        label="What became of the row",
        required=False,
        choices=[("", "Anything"), *RowOutcome.choices],
    )


class EnrolledFilter(forms.Form):
    q = forms.CharField(label="Company, number, reference or email", required=False)
    status = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any state"), *EnrolledStatus.choices]
    )


class EnrolledWithdrawal(forms.Form):
    reason = ParagraphField(
        label="Why is the company withdrawn?",
        enter="Enter the reason",
        max_length=1000,
        rows=3,
        help_text="If people act for the company already, they see your words as you write them here",
    )


class EnrolledInvitation(forms.Form):
    email = EmailField(
        label="Email address",
        enter="Enter the person’s email address",
        help_text="Of the person who checks the facts and signs the declaration",
    )


class PartnerAnswer(forms.Form):
    """Yes, or no with a reason."""

    YES, NO = "yes", "no"

    answer = forms.ChoiceField(
        label="Is the company a member of this trade body?",
        choices=[(YES, "Yes"), (NO, "No")],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Say whether the company is a member",
            "invalid_choice": "Say whether the company is a member",
        },
    )
    reason = ParagraphField(
        label="Why not?",
        max_length=1000,
        rows=3,
        help_text="The trade body sees your words as you write them here",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_no = cleaned.get("answer") == self.NO
        if is_no and not cleaned.get("reason") and "reason" not in self.errors:
            self.add_error("reason", "Say why the company is not a member")
        return cleaned
