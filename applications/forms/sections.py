"""One form for each section of the application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.utils import ErrorDict

from applications.choices import LegalForm, Region, RentalModel, VehicleClass
from applications.fields import (
    CompanyNumberField,
    CountField,
    EmailField,
    LineField,
    ParagraphField,
    PostcodeField,
    TelephoneField,
)
from applications.forms.apply import yes_no
from applications.models import TradeBody

REGISTERED_FORMS = {LegalForm.LIMITED_COMPANY, LegalForm.LLP}


class CompanyNumber(forms.Form):
    """What is asked of Companies House: the number has to be there."""

    company_number = CompanyNumberField(label="Companies House number", enter="Enter the number to look up")


class CompanyDetails(forms.Form):
    legal_form = forms.ChoiceField(
        label="Legal form",
        choices=LegalForm.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say what the company’s legal form is"},
    )
    company_number = CompanyNumberField(
        label="Companies House number",
        help_text="8 characters, like 01234567 or SC012345. Sole traders and most partnerships have none: "
        "leave it empty",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "spellcheck": "false"}),
    )
    name = LineField(
        label="Registered or business name",
        enter="Enter the company’s name",
        max_length=200,
        help_text="A sole trader gives the name that the business is known by, or their own",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    address_line_1 = LineField(
        label="Address line 1",
        enter="Enter the first line of the address",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "address-line1"}),
    )
    address_line_2 = LineField(
        label="Address line 2 (optional)",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    town = LineField(
        label="Town or city",
        enter="Enter the town or city",
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2", "class": "govuk-!-width-two-thirds"}),
    )
    postcode = PostcodeField(
        label="Postcode",
        enter="Enter the postcode",
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "class": "govuk-input--width-10"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        needs_number = data.get("legal_form") in REGISTERED_FORMS
        if needs_number and not data.get("company_number") and "company_number" not in self.errors:
            self.add_error("company_number", "Enter the Companies House number")
        if data.get("legal_form") == LegalForm.SOLE_TRADER and data.get("company_number"):
            self.add_error(
                "company_number",
                "A sole trader has no Companies House number. Empty this box, or choose another legal form",
            )
        return data

    def keep_errors_of(self, name: str, other: forms.Form) -> None:
        """Show what was typed with the one error of another form, and none of our own."""
        self._errors = ErrorDict({name: other.errors[name]})
        self.cleaned_data = {}


class TradingNameForm(forms.Form):
    name = LineField(
        label="Add a trading name", called="The trading name", enter="Enter a trading name", max_length=200
    )


class SiteForm(forms.Form):
    name = LineField(
        label="Name of the site",
        enter="Enter the name of the site",
        max_length=120,
        help_text="Like Quay Road",
    )
    postcode = PostcodeField(
        label="Postcode of the site",
        enter="Enter the postcode of the site",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
    )


class RentalsForm(forms.Form):
    rental_models = forms.MultipleChoiceField(
        label="How does the company rent out vehicles?",
        choices=RentalModel.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply",
        error_messages={"required": "Choose at least one way in which the company rents out vehicles"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for value, label in VehicleClass.choices:
            self.fields[value] = CountField(label=str(label))

    @property
    def counts(self) -> dict[str, int]:
        return {value: self.cleaned_data[value] for value in VehicleClass.values}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors.keys() & set(VehicleClass.values) and not any(
            data.get(value) for value in VehicleClass.values
        ):
            self.add_error(VehicleClass.CAR, "Enter how many vehicles of at least one kind there are")
        return data


class RegionsForm(forms.Form):
    regions = forms.MultipleChoiceField(
        label="In which regions can people rent from the company?",
        choices=Region.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply",
        error_messages={"required": "Choose at least one region"},
    )
    home_region = forms.ChoiceField(
        label="In which region is the main office?",
        choices=[("", "Choose a region"), *Region.choices],
        error_messages={"required": "Choose the region of the main office"},
    )


class TradeBodiesForm(forms.Form):
    NONE = "none"
    trade_bodies = forms.MultipleChoiceField(
        label="Which trade bodies does the company belong to?",
        widget=forms.CheckboxSelectMultiple,
        help_text="Choose all that apply",
        error_messages={"required": "Choose a trade body, or say that the company belongs to none of these"},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bodies = [(str(body.pk), body.name) for body in TradeBody.objects.all()]
        self.fields["trade_bodies"].choices = [*bodies, (self.NONE, "None of these")]  # type: ignore[attr-defined]

    def clean_trade_bodies(self) -> list[str]:
        chosen: list[str] = self.cleaned_data["trade_bodies"]
        if self.NONE in chosen and len(chosen) > 1:
            raise forms.ValidationError("Choose trade bodies or “None of these”, not both")
        return [value for value in chosen if value != self.NONE]


class ContactForm(forms.Form):
    name = LineField(
        label="Full name",
        enter="Enter the contact’s full name",
        max_length=150,
        widget=forms.TextInput(attrs={"spellcheck": "false"}),
    )
    job_title = LineField(label="Job title", enter="Enter the contact’s job title", max_length=120)
    email = EmailField(label="Email address", enter="Enter the contact’s email address")
    telephone = TelephoneField(
        label="Telephone number",
        enter="Enter the contact’s telephone number",
        help_text="A UK number at which the contact can be reached, with an extension if there is one",
        widget=forms.TextInput(attrs={"class": "govuk-input--width-20", "inputmode": "tel"}),
    )


class DeputyForm(ContactForm):
    """The contact's fields are asked for only when there is a deputy, the reason only when not."""

    has_deputy = yes_no("Is there a deputy?", "Say whether there is a deputy")
    reason = ParagraphField(
        label="Why is a deputy not practical?",
        enter="Say why a deputy is not practical",
        max_length=1000,
        rows=3,
    )
    field_order = ["has_deputy", "name", "job_title", "email", "telephone", "reason"]

    def full_clean(self) -> None:
        answer = self.data.get("has_deputy") if self.is_bound else None
        for name, field in self.fields.items():
            if name != "has_deputy":
                field.required = answer == ("no" if name == "reason" else "yes")
        super().full_clean()
        unused = {"yes": ["reason"], "no": list(ContactForm.base_fields)}.get(answer or "", [])
        for name in unused:
            self.errors.pop(name, None)


class ListingForm(forms.Form):
    agrees = yes_no(
        "May the public register name the company?",
        "Say whether the public register may name the company",
        "The register shows members’ names, towns, regions and membership numbers. "
        "Nothing else from this application is published",
    )
