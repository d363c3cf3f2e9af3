"""The views of lists that a person keeps. They change nothing of the scheme, so the record has none of it."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower

from accounts.models import SavedView, User
from accounts.services import require

MOST_VIEWS = 20  # of one list: more would be a list to search in itself
NOT_YOURS = "Only whose view it is can change it"


class NotSaved(ValueError):
    """Another view has the name, or there are too many; the message says which."""


def _lock_views(by: User) -> None:
    """One change of a person's views at a time: count, name and default are looked at before they are set."""
    User.objects.select_for_update(no_key=True).get(pk=by.pk)


def _lock_view(view: SavedView, by: User) -> SavedView:
    _lock_views(by)
    require(view.owner_id == by.pk, NOT_YOURS)
    return SavedView.objects.get(pk=view.pk)


def _refuse_taken(page: str, name: str, by: User, but: int = 0) -> None:
    # As the database's constraint compares them.
    same = SavedView.objects.filter(owner=by, page=page).alias(lower=Lower("name"))
    if same.filter(lower=Lower(Value(name))).exclude(pk=but).exists():
        raise NotSaved("You already have a view with this name")


@transaction.atomic
def save_view(*, page: str, name: str, query: str, is_default: bool = False, by: User) -> SavedView:
    """Keep the filters of a list. Raises NotSaved for a name that is taken, and beyond MOST_VIEWS."""
    _lock_views(by)
    _refuse_taken(page, name, by)
    if SavedView.objects.filter(owner=by, page=page).count() >= MOST_VIEWS:
        raise NotSaved(f"You can keep {MOST_VIEWS} views of a list. Delete one first")
    if is_default:
        SavedView.objects.filter(owner=by, page=page, is_default=True).update(is_default=False)
    return SavedView.objects.create(owner=by, page=page, name=name, query=query, is_default=is_default)


@transaction.atomic
def rename_view(*, view: SavedView, name: str, by: User) -> None:
    """Raises NotSaved for a name that is taken."""
    locked = _lock_view(view, by)
    _refuse_taken(locked.page, name, by, but=locked.pk)
    locked.name = name
    locked.save(update_fields=["name"])


@transaction.atomic
def set_default_view(*, view: SavedView, is_default: bool, by: User) -> None:
    """The list opens with this view, instead of with another one; or with none."""
    locked = _lock_view(view, by)
    SavedView.objects.filter(owner=by, page=locked.page, is_default=True).update(is_default=False)
    locked.is_default = is_default
    locked.save(update_fields=["is_default"])


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    _lock_view(view, by).delete()
