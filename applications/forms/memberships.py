from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms

from accounts.lists import LONGEST_WORDS, ListFilter
from applications.fields import LineField, ParagraphField, PostcodeField
from applications.models import MembershipOrigin, MembershipStatus, ResignationReason

SEEN_BY_COMPANY = "The company sees your words as you write them here"


class Suspension(forms.Form):
    reason = ParagraphField(
        label="Why is the membership suspended?",
        enter="Enter the reason",
        max_length=2000,
        help_text=SEEN_BY_COMPANY,
    )


class Reinstatement(forms.Form):
    reason = ParagraphField(
        label="Why is the membership reinstated?",
        enter="Enter the reason",
        max_length=2000,
        help_text=SEEN_BY_COMPANY,
    )


class Removal(forms.Form):
    reason = ParagraphField(
        label="Why is the company removed from the scheme?",
        enter="Enter the reason",
        max_length=2000,
        help_text=SEEN_BY_COMPANY,
    )


class Resignation(forms.Form):
    reason_code = forms.ChoiceField(
        label="Why is the company leaving the scheme?",
        choices=ResignationReason.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose why the company is leaving",
            "invalid_choice": "Choose one of the reasons",
        },
    )
    reason = ParagraphField(
        label="Tell us more (optional)",
        called="Your answer",
        max_length=2000,
        help_text="Needed only when you choose another reason. It helps us to make the scheme better",
    )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if answers.get("reason_code") == ResignationReason.OTHER and answers.get("reason") == "":
            self.add_error("reason", "Enter the reason")
        return answers


class MemberNumberField(LineField):
    """RVSS-000123 from any sensible way of writing it: rvss 123, RVSS–000123, 123."""

    def clean(self, value: Any) -> str:
        text = unicodedata.normalize("NFKC", super().clean(value)).upper()
        compact = re.sub(r"[\s.,:/\u2010-\u2015\u2212\-]", "", text)
        match = re.fullmatch(r"(?:RVSS)?(?:N[OR])?0*([1-9][0-9]{0,8})", compact, re.ASCII)
        if not match:
            raise forms.ValidationError("Enter a membership number, like RVSS-000123", code="invalid")
        return f"RVSS-{int(match[1]):06d}"


class MemberCheck(forms.Form):
    number = MemberNumberField(
        label="Membership number",
        enter="Enter a membership number",
        max_length=40,
        help_text="It is on the certificate, like RVSS-000123",
        widget=forms.TextInput(
            attrs={"class": "govuk-input--width-10", "spellcheck": "false", "autocomplete": "off"}
        ),
    )
    postcode = PostcodeField(
        label="Postcode on the certificate (optional)",
        help_text="We say whether it is that of the member’s main office",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off"}),
    )


class MemberFilter(ListFilter):
    """DfT's list of members."""

    standard = {"sort": "number"}

    COMING, OVERDUE = "coming", "overdue"
    q = forms.CharField(
        label="Search",
        help_text="Company, trading name, number or town",
        required=False,
        max_length=LONGEST_WORDS,
    )
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Any status"), *MembershipStatus.choices]
    )
    renewal = forms.ChoiceField(
        label="Renewal",
        required=False,
        choices=[("", "Any date"), (COMING, "Due in the next 60 days"), (OVERDUE, "Overdue, in the grace")],
    )
    origin = forms.ChoiceField(
        label="How it joined", required=False, choices=[("", "Either way"), *MembershipOrigin.choices]
    )
    sort = forms.ChoiceField(
        label="Sort by",
        required=False,
        choices=[("number", "Membership number"), ("renewal", "Renewal first"), ("name", "Company name")],
    )
