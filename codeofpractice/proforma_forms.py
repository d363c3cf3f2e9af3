"""The form that confirms what came back in a pro-forma. It stands on the review, which stands on forms."""

from __future__ import annotations

from typing import Any

from django import forms

from codeofpractice.proforma.checking import CONFLICT, PointReview
from codeofpractice.services import PointTaken

DOCUMENT, DRAFT = "document", "draft"


class ProformaReviewForm(forms.Form):
    """For each point that would change: which state of the draft was on the page; for conflicts a choice."""

    def __init__(self, reviews: list[PointReview], data: Any = None) -> None:
        super().__init__(data)
        self.reviews = [review for review in reviews if review.will_change]
        for review in self.reviews:
            number = review.point.number
            self.fields[f"seen-{number}"] = forms.CharField(
                widget=forms.HiddenInput, required=False, initial=review.seen
            )
            if review.state == CONFLICT:
                self.fields[f"choice-{number}"] = forms.ChoiceField(
                    label=f"Which answer to point {number} do you want?",
                    choices=[(DRAFT, "That of the draft, as it is now"), (DOCUMENT, "That of the document")],
                    widget=forms.RadioSelect,
                    error_messages={"required": f"Choose which answer to point {number} you want"},
                )

    def choice_of(self, review: PointReview) -> forms.BoundField | None:
        """The field with the choice for a conflict."""
        return self[f"choice-{review.point.number}"] if review.state == CONFLICT else None

    def seen(self) -> list[tuple[str, str]]:
        """Names and values of the hidden fields: always of what is on the page now."""
        return [(f"seen-{review.point.number}", review.seen) for review in self.reviews]

    def taken(self) -> list[PointTaken]:
        return [
            review.taken(self.cleaned_data[f"seen-{review.point.number}"])
            for review in self.reviews
            if self.cleaned_data.get(f"choice-{review.point.number}", DOCUMENT) == DOCUMENT
        ]
