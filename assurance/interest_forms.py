"""Forms of what ties staff to companies, and of what assurers can check."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone

from accounts.fields import GovukDateField
from accounts.models import User
from applications.choices import RentalModel, VehicleClass
from applications.duplicates import name_key
from applications.fields import LineField, ParagraphField, normalise_company_number
from applications.models import Company, TradeBody
from applications.searching import membership_number
from assurance.models import AssurerSkills, InterestKind
from assurance.services.interests import Tie
from codeofpractice.models import Edition, EditionStatus

SHORTEST_NUMBER = 6  # digits: shorter ones may stand in a name
MOST_CHECKS = 500


def company_by_number(words: str) -> Company | None:
    """The company with this membership or Companies House number. Raises ValueError when there is none."""
    found = Company.objects.defer("search", "search_terms")
    if number := membership_number(words):
        company = found.filter(memberships__number=number).first()
    elif len(re.sub(r"\D", "", words)) >= SHORTEST_NUMBER:
        try:
            company = found.filter(company_number=normalise_company_number(words)).order_by("pk").first()
        except ValueError:  # a name with many digits
            return None
    else:
        return None
    if company is None:
        raise ValueError(words)
    return company


class InterestForm(forms.Form):
    kind = forms.ChoiceField(
        label="What is the tie?",
        choices=InterestKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what the tie is"},
    )
    company = LineField(
        label="Company",
        max_length=200,
        help_text="For an employer, or a company that was advised. Its name, Companies House number or "
        "membership number. A name is enough when it is not in the scheme",
    )
    trade_body = forms.ModelChoiceField(
        label="Trade body",
        queryset=TradeBody.objects.order_by("name"),
        required=False,
        empty_label="None",
        help_text="For work with a trade body, or belonging to it",
        error_messages={"invalid_choice": "Choose a trade body from the list"},
    )
    since = GovukDateField(
        label="From when? (optional)", required=False, help_text="The first day, as well as you know it"
    )
    until = GovukDateField(
        label="Until when? (optional)", required=False, help_text="Leave it empty while it goes on"
    )
    reason = ParagraphField(
        label="Why do you record it for somebody else?",
        enter="Enter the reason",
        max_length=1000,
        rows=3,
    )

    def __init__(self, of: User, by: User, data: QueryDict | None = None) -> None:
        super().__init__(data)
        if of.pk == by.pk:
            del self.fields["reason"]

    def clean_since(self) -> date | None:
        day: date | None = self.cleaned_data["since"]
        if day and day > timezone.localdate():
            raise forms.ValidationError("The first day must be today or in the past")
        return day

    def clean(self) -> dict[str, Any]:
        answers: dict[str, Any] = super().clean() or {}
        kind = answers.get("kind")
        since, until = answers.get("since"), answers.get("until")
        if since and until and until < since:
            self.add_error("until", "The last day must be the same as or after the first")
        if kind == InterestKind.TRADE_BODY:
            if not answers.get("trade_body") and "trade_body" not in self.errors:
                self.add_error("trade_body", "Choose the trade body")
        elif kind and "company" not in self.errors:
            self._find_company(answers)
        return answers

    def _find_company(self, answers: dict[str, Any]) -> None:
        words = answers.get("company") or ""
        try:
            answers["found"] = company_by_number(words)
        except ValueError:
            self.add_error("company", "No company in the scheme has this number. Enter its name instead")
            return
        if answers["found"] is None and not name_key(words):
            self.add_error("company", "Enter the name of the company")

    @property
    def tie(self) -> Tie:
        answers = self.cleaned_data
        dates = {"since": answers["since"], "until": answers["until"]}
        if answers["kind"] == InterestKind.TRADE_BODY:
            return Tie(answers["kind"], trade_body=answers["trade_body"], **dates)
        company = answers["found"]
        return Tie(answers["kind"], company=company, name="" if company else answers["company"], **dates)


class SkillsForm(forms.Form):
    rental_models = forms.MultipleChoiceField(
        label="Which rental models can they check?",
        choices=RentalModel.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    vehicle_classes = forms.MultipleChoiceField(
        label="Which vehicles?",
        choices=VehicleClass.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    editions = forms.ModelMultipleChoiceField(
        label="Which editions of the Code of Practice?",
        queryset=Edition.objects.filter(status=EditionStatus.PUBLISHED),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        error_messages={"invalid_choice": "Choose editions from the list"},
    )
    capacity = forms.IntegerField(
        label="How many checks can they have at once? (optional)",
        required=False,
        min_value=0,
        max_value=MOST_CHECKS,
        help_text="Nobody is given more when checks are shared out. Leave it empty for no limit",
        error_messages={
            "invalid": "Enter a whole number, like 12",
            "min_value": "Enter 0 or more",
            "max_value": f"Enter {MOST_CHECKS} or fewer",
        },
    )

    def __init__(self, skills: AssurerSkills | None, data: QueryDict | None = None) -> None:
        initial: dict[str, Any] = {}
        if skills is not None:
            initial = {
                "rental_models": skills.rental_models,
                "vehicle_classes": skills.vehicle_classes,
                "editions": [edition.pk for edition in skills.editions.all()],
                "capacity": skills.capacity,
            }
        super().__init__(data, initial=initial)


def words_of(skills: AssurerSkills) -> dict[str, list[str]]:
    """What is recorded, as the form calls it."""
    return {
        "rental_models": [RentalModel(key).label for key in skills.rental_models],
        "vehicle_classes": [VehicleClass(key).label for key in skills.vehicle_classes],
    }
