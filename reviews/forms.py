from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from accounts.fields import GovukDateField, WordsField
from reviews.window import windows


class MonthsShown(forms.Form):
    """How far back a page goes. It only leaves rows out: what is withheld is decided on the whole."""

    ALL = "all"

    months = forms.ChoiceField(
        label="Months shown",
        choices=[("12", "Last 12 months"), ("24", "Last 24 months"), (ALL, "Since the scheme was launched")],
        required=False,
        initial="24",
    )

    def chosen(self) -> int | None:
        """How many months, or None for all."""
        self.is_valid()
        value = self.cleaned_data.get("months") or "24"
        return None if value == self.ALL else int(value)


class WordsForm(forms.Form):
    words = WordsField(
        label="Words", max_length=20000, lines=True, required=False, widget=forms.Textarea({"rows": 18})
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=1_000_000)


class CommentForm(forms.Form):
    section = forms.ChoiceField(label="What your comment is about", required=False)
    words = WordsField(
        label="Your comment",
        max_length=5000,
        lines=True,
        widget=forms.Textarea({"rows": 6}),
        error_messages={"required": "Enter your comment"},
    )

    def __init__(self, *args: Any, sections: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["section"].choices = [("", "The whole report"), *sections]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    words = WordsField(
        label="DfT’s answer",
        max_length=5000,
        lines=True,
        widget=forms.Textarea({"rows": 6}),
        error_messages={"required": "Enter the answer"},
    )


class ReasonForm(forms.Form):
    reason = WordsField(
        label="Why?",
        max_length=2000,
        lines=True,
        help_text="It is kept on record",
        widget=forms.Textarea({"rows": 4}),
        error_messages={"required": "Enter the reason"},
    )


class ReportStart(forms.Form):
    LAUNCH = "launch"

    of = forms.ChoiceField(
        label="What is reviewed?",
        widget=forms.RadioSelect,
        required=False,
    )
    period_from = GovukDateField(
        label="First day of the period", error_messages={"required": "Enter the first day of the period"}
    )
    period_to = GovukDateField(
        label="Last day of the period",
        help_text="This day counts. For example, 5 12 2019",
        error_messages={"required": "Enter the last day of the period"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.windows = {
            str(window.edition.pk if window.edition else self.LAUNCH): window for window in windows()
        }
        self.fields["of"].choices = [  # type: ignore[attr-defined]
            (key, window.what[0].upper() + window.what[1:]) for key, window in self.windows.items()
        ]
        self.initial.setdefault("of", self.LAUNCH)
        if len(self.windows) == 1:
            del self.fields["of"]

    def chosen(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        return {
            "period_from": data["period_from"],
            "period_to": data["period_to"],
            "window": self.windows[data.get("of") or self.LAUNCH],
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("period_from"), cleaned.get("period_to")
        if first and first < settings.SCHEME_LAUNCHED_ON:
            self.add_error("period_from", "The first day must not be before the scheme was launched")
        if first and last and last < first:
            self.add_error("period_to", "The last day must be the same as or after the first day")
        elif last and last > timezone.localdate():
            self.add_error("period_to", "The last day must be today or in the past")
        return cleaned
