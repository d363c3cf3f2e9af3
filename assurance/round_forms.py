"""The form of a round: what should be drawn, and the sizes of its groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.words import DASHES
from applications.fields import LineField, ParagraphField
from applications.searching import MEMBERSHIP_NUMBER, membership_number
from assurance.allocation import Allocation
from assurance.design import Named, PlannedStratum, RoundDesign
from assurance.models import StratifyBy

MOST_NAMED = 200
BETWEEN = " \t,;:" + DASHES


class NamedMembersField(ParagraphField):
    """Members by number with a reason, one on each line; cleans to a tuple of Named."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            required=False,
            max_length=20_000,
            rows=3,
            help_text="One on each line: the membership number, then the reason. "
            "Like RVSS-000123 Asked for by the police in May",
            **kwargs,
        )

    def clean(self, value: Any) -> tuple[Named, ...]:
        lines = [line.strip() for line in super().clean(value).splitlines()]
        named = tuple(self._read(line) for line in lines if line)
        if len(named) > MOST_NAMED:
            raise forms.ValidationError(f"Name at most {MOST_NAMED} members")
        numbers = [row.number for row in named]
        for number in numbers:
            if numbers.count(number) > 1:
                raise forms.ValidationError(f"Name {number} only once")
        return named

    def _read(self, line: str) -> Named:
        match = MEMBERSHIP_NUMBER.match(line)
        number = membership_number(match[0]) if match else None
        if match is None or number is None:
            raise forms.ValidationError(f"Start with a membership number, like RVSS-000123: “{line[:60]}”")
        reason = line[match.end() :].lstrip(BETWEEN)
        if not reason:
            raise forms.ValidationError(f"Give the reason after {number}")
        return Named(number, reason)


class RoundForm(forms.Form):
    name = LineField(
        label="Name of the round",
        enter="Enter a name for the round",
        max_length=120,
        help_text="Like spring 2020",
    )
    strata_by = forms.MultipleChoiceField(
        label="Draw from groups by",
        choices=StratifyBy.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="Members are drawn at random within each group, so that none is missed. "
        "Choose nothing to draw from all members together",
    )
    allocation = forms.ChoiceField(
        label="How many should come from each group?",
        choices=Allocation.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Say how many should come from each group"},
        initial=Allocation.PROPORTIONAL,
    )
    size = forms.IntegerField(
        label="How many members should be drawn at random?",
        min_value=1,
        required=False,
        help_text="Leave this empty if you set the sizes of the groups yourself: you do so on the next page",
        error_messages={
            "invalid": "Enter a whole number, like 40",
            "min_value": "Draw at least 1 member",
        },
    )
    certainty = NamedMembersField(label="Members to check in any case (optional)")
    targeted = NamedMembersField(label="Members to check because of what is known (optional)")
    excluded = NamedMembersField(label="Members to leave out (optional)")
    seed = LineField(
        label="Seed (optional)",
        required=False,
        max_length=64,
        help_text="Give one that was published before the draw, so that anyone can repeat it. "
        "Without one, the service makes a random seed at the draw",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if (
            cleaned.get("allocation") not in {None, Allocation.FIXED}
            and not cleaned.get("size")
            and not self.has_error("size")
        ):
            self.add_error("size", "Enter how many members should be drawn")
        return cleaned

    def as_design(self, fixed: dict[str, int] | None = None) -> RoundDesign:
        chosen = self.cleaned_data
        return RoundDesign(
            name=chosen["name"],
            size=chosen["size"] or 0,
            strata_by=tuple(by for by in StratifyBy.values if by in chosen["strata_by"]),
            allocation=chosen["allocation"],
            fixed=fixed or {},
            certainty=chosen["certainty"],
            targeted=chosen["targeted"],
            excluded=chosen["excluded"],
            seed=chosen["seed"],
        )

    @property
    def as_hidden_inputs(self) -> list[tuple[str, str]]:
        """What was typed, by name, for the page that shows what would be drawn."""
        typed: Any = self.data
        return [(name, value) for name in self.fields for value in typed.getlist(name)]


class GroupSizesForm(forms.Form):
    """How many to draw from each group, for a round with sizes that a lead sets."""

    def __init__(self, strata: Sequence[PlannedStratum], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = {f"size-{row.stratum.key}".translate(NAME): row.stratum.key for row in strata}
        for name, row in zip(self.names, strata, strict=True):
            self.fields[name] = forms.IntegerField(
                label=row.stratum.label,
                min_value=1,
                max_value=row.members,
                help_text=f"{row.members:,} {'member' if row.members == 1 else 'members'}",
                error_messages={
                    "required": f"{row.stratum.label}: enter how many should be drawn",
                    "invalid": f"{row.stratum.label}: enter a whole number",
                    "min_value": f"{row.stratum.label}: draw at least 1, or the figures would miss the group",
                    "max_value": f"{row.stratum.label}: there are only {row.members:,}",
                },
            )

    @property
    def sizes(self) -> dict[str, int]:
        return {key: self.cleaned_data[name] for name, key in self.names.items()}


NAME = str.maketrans({"=": "-", ";": "."})
