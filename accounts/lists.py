"""Lists with filters that stand in the address, and the views of them that a person keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, resolve, reverse
from django.views import View

from accounts.models import SavedView, User
from accounts.services import require

# A list opens with the person's default view; with this in its address, as it comes.
AS_IT_COMES = "view=none"
LONGEST_WORDS = 100


@dataclass(frozen=True)
class ShownField:
    """A filter as the page draws it."""

    name: str
    label: str
    hint: str
    value: str
    options: list[tuple[str, str]] | None  # None is a box to type in


@dataclass(frozen=True)
class FilterTag:
    """A filter that is on, with the address of the list without it."""

    label: str
    text: str
    remove: str


class ListFilter(forms.Form):
    """What the address of a list asks for. What makes no sense there is left out, and the page says so."""

    # What a field means when the address says nothing about it; otherwise it means no filter.
    standard: ClassVar[dict[str, str]] = {}
    sorting: ClassVar[str] = "sort"

    def __init__(self, query: QueryDict, user: User) -> None:
        super().__init__(query)
        self.user = user
        self.prepare()
        self.full_clean()
        given = {name: str(self.cleaned_data.get(name) or "") for name in self.fields}
        self.chosen = {name: value or self.standard.get(name, "") for name, value in given.items()}
        self.left_out = [str(self.fields[name].label) for name in self.errors]
        self.query = self._query_of(self.chosen)

    def prepare(self) -> None:
        """For choices that come from the database."""

    def choices_of(self, name: str) -> list[tuple[str, str]] | None:
        choices: Any = getattr(self.fields[name], "choices", None)
        return None if choices is None else [(str(value), str(text)) for value, text in choices]

    def set_choices(self, name: str, choices: Iterable[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    @property
    def address(self) -> str:
        return address_of(self.query)

    @property
    def filters(self) -> list[ShownField]:
        return [self._shown(name) for name in self.fields if name != self.sorting]

    @property
    def order(self) -> ShownField | None:
        return self._shown(self.sorting) if self.sorting in self.fields else None

    @property
    def kept_by_order(self) -> list[tuple[str, str]]:
        """What a form that changes the order only has to carry along."""
        return [(name, value) for name, value in self._pairs(self.chosen) if name != self.sorting]

    @property
    def tags(self) -> list[FilterTag]:
        return [
            FilterTag(str(self.fields[name].label), self._in_words(name), self._without(name))
            for name, _ in self.kept_by_order
        ]

    def _shown(self, name: str) -> ShownField:
        field = self.fields[name]
        return ShownField(
            name, str(field.label), str(field.help_text), self.chosen[name], self.choices_of(name)
        )

    def _in_words(self, name: str) -> str:
        value = self.chosen[name]
        return dict(self.choices_of(name) or []).get(value, value)

    def _without(self, name: str) -> str:
        return address_of(self._query_of({**self.chosen, name: self.standard.get(name, "")}))

    def _pairs(self, chosen: dict[str, str]) -> list[tuple[str, str]]:
        return [(name, value) for name, value in chosen.items() if value and value != self.standard.get(name)]

    def _query_of(self, chosen: dict[str, str]) -> str:
        return urlencode(self._pairs(chosen))


def address_of(query: str) -> str:
    return f"?{query or AS_IT_COMES}"


class FilteredList(View):
    """A list of which a person may keep views. The address of a list has no other parts than its filters."""

    page: ClassVar[str]  # the name of its address
    noun: ClassVar[str]  # what it lists, in the plural
    refusal: ClassVar[str] = "You are not allowed to see this list"
    filter_form: ClassVar[type[ListFilter]]
    template_name: ClassVar[str]

    def may_see(self, user: User) -> bool:
        raise NotImplementedError

    def get(self, request: HttpRequest) -> HttpResponse:
        assert isinstance(request.user, User)
        require(self.may_see(request.user), self.refusal)
        views = list(SavedView.objects.visible_to(request.user).of(self.page))
        if not request.GET and (opens_with := next((view for view in views if view.is_default), None)):
            return redirect(f"{request.path}{address_of(opens_with.query)}")
        chosen = self.filter_form(request.GET, request.user)
        context = {"list": self, "filter": chosen, "saved_views": views}
        return render(request, self.template_name, context | self.found(request, chosen))

    def found(self, request: HttpRequest, chosen: ListFilter) -> dict[str, Any]:
        """What the template shows: the page of rows, and what belongs to it."""
        raise NotImplementedError


def list_named(page: str, user: User) -> FilteredList:
    """The list by the name of its address; 404 when there is none, 403 when this person may not see it."""
    try:
        found = getattr(resolve(reverse(page)).func, "view_class", None)
    except NoReverseMatch:
        raise Http404 from None
    if not (isinstance(found, type) and issubclass(found, FilteredList)):
        raise Http404
    made = found()
    require(made.may_see(user), made.refusal)
    return made
