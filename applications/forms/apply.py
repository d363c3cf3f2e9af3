from __future__ import annotations

from typing import Any

from django import forms

from applications.choices import RentalModel
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

    LEASING, WITH_DRIVER = "leasing", "with_driver"

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
    rental_models = forms.MultipleChoiceField(
        label="How does the company rent out vehicles?",
        choices=[
            *RentalModel.choices,
            (LEASING, "Leasing or contract hire"),
            (WITH_DRIVER, "Vehicles that come with a driver"),
        ],
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply. One way in scope is enough, whatever else the company does",
        error_messages={
            "required": "Choose at least one way in which the company rents out vehicles",
            "invalid_choice": "Choose only ways from the list",
        },
    )

    REASONS = {
        "short_term": "The scheme is for rentals by the hour, the day or the week. "
        "Leasing and long-term hire are out of its scope.",
        "consumers": "The scheme is for companies that rent to consumers. "
        "Contract hire to businesses only is out of its scope.",
        "three_months": "The scheme is for rentals that can never last more than 3 months.",
    }
    MODEL_REASONS = {
        LEASING: "Leasing and contract hire are out of the scheme’s scope.",
        WITH_DRIVER: "Vehicles that come with a driver are not rented out, so they are out of its scope.",
    }

    def reasons_out_of_scope(self) -> list[str]:
        """Why the company cannot join; empty when it can. Ask after is_valid().

        A company is refused for what it rents out only when none of it is in scope.
        """
        reasons = [why for name, why in self.REASONS.items() if self.cleaned_data[name] == "no"]
        if not self.models_in_scope():
            chosen = self.cleaned_data["rental_models"]
            reasons += [why for model, why in self.MODEL_REASONS.items() if model in chosen]
        return reasons

    def models_in_scope(self) -> list[str]:
        return [model for model in self.cleaned_data["rental_models"] if model in RentalModel.values]

    def as_pairs(self) -> list[tuple[str, str]]:
        """The answers as they travel in an address and in the next form, without those that are none."""
        return [
            (name, value)
            for name, answer in getattr(self, "cleaned_data", {}).items()
            for value in ([answer] if isinstance(answer, str) else answer)
        ]


class ApplicationStart(forms.Form):
    """The first answer that is stored."""

    name = LineField(
        label="Registered or business name",
        enter="Enter the company’s name",
        max_length=200,
        help_text="As it is at Companies House, or as the business is known",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
