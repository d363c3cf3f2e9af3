from __future__ import annotations

from typing import Any

from django import forms

from applications.fields import LineField

YES_NO = [("yes", "Yes"), ("no", "No")]


def yes_no(label: str, required: str, hint: str = "", **kwargs: Any) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label,
        choices=YES_NO,
        help_text=hint,
        widget=kwargs.pop("widget", forms.RadioSelect),
        error_messages={"required": required, "invalid_choice": required},
        **kwargs,
    )


class Eligibility(forms.Form):
    """Is the company in scope? Nothing of it is stored."""

    short_term = yes_no(
        "Does the company rent out vehicles for short terms?",
        "Say whether the company rents out vehicles for short terms",
        "By the hour, the day or the week",
    )
    consumers = yes_no(
        "Does it rent to consumers?",
        "Say whether it rents to consumers",
        "Members of the public. It may rent to businesses as well",
    )
    three_months = yes_no(
        "Does every one of those rentals end within 3 months?",
        "Say whether every one of those rentals ends within 3 months",
        "The agreement can never last, or be extended to last, more than 3 months",
    )

    REASONS = {
        "short_term": "The scheme is for rentals by the hour, the day or the week. "
        "Leasing and long-term hire are out of its scope.",
        "consumers": "The scheme is for companies that rent to consumers. "
        "Contract hire to businesses only is out of its scope.",
        "three_months": "The scheme is for rentals that can never last more than 3 months.",
    }

    def reasons_out_of_scope(self) -> list[str]:
        """Why the company cannot join; empty when it can. Ask after is_valid()."""
        return [why for name, why in self.REASONS.items() if self.cleaned_data[name] == "no"]


class ApplicationStart(forms.Form):
    """The first answer that is stored, with the scope answers that led to it."""

    name = LineField(
        label="Registered or business name",
        enter="Enter the company’s name",
        max_length=200,
        help_text="As it is at Companies House, or as the business is known",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    short_term = forms.CharField(widget=forms.HiddenInput, required=False)
    consumers = forms.CharField(widget=forms.HiddenInput, required=False)
    three_months = forms.CharField(widget=forms.HiddenInput, required=False)
