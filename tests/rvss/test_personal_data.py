"""The register of what is held about people: whole, true to the models, and the source of every page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, Notification, Role, User
from accounts.services import label_of
from rvss.personal_data import HOLDINGS, ROOMS, RULES, declared_fields, holdings_for
from tests.cast import PEOPLE, Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Django's own tables, which hold the names of groups, permissions and models.
NOT_OURS = {"auth", "contenttypes"}
# No event of the record is about such a row itself: its company, application or check is named instead.
NEVER_RECORDED = {"CompanyPerson", "Declaration", "Decision", "Recommendation"}
CAN_HOLD_WORDS = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    models.GenericIPAddressField,
    models.BinaryField,
)


def can_hold_people(field: models.Field[Any, Any]) -> bool:
    """A tie to a person, or room for words: whether these are about people is for the room to say."""
    if field.is_relation:
        return field.related_model is User
    if isinstance(field, ArrayField):
        return can_hold_people(field.base_field)
    if isinstance(field, models.GeneratedField) or field.choices:
        return False
    return isinstance(field, CAN_HOLD_WORDS)


def fields_of_the_models() -> Iterator[tuple[str, str]]:
    """(room, name) of each; what packages hold is declared by the room of accounts."""
    for model in apps.get_models():
        label = model._meta.app_label
        if label in NOT_OURS:
            continue
        for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
            if can_hold_people(field):
                name = f"{model.__name__}.{field.name}"
                yield (label, name) if label in ROOMS else ("accounts", f"{label}.{name}")


def test_no_field_escapes_the_register() -> None:
    """A new field that can hold something about people fails here until its room says what it is.

    Name it in <room>/personal_data.py: in the `fields` of a holding, which is then copied, explained and
    erased; or, when it holds nothing about people, in `not_about_people` with the reason.
    """
    declared = {(each.room, each.name) for each in declared_fields()}
    found = set(fields_of_the_models())
    assert sorted(found - declared) == []
    gone = {(room, name) for room, name in declared - found if not _is_a_plain_tie(room, name)}
    assert sorted(gone) == [], "the register names fields that are not there"


def _is_a_plain_tie(room: str, name: str) -> bool:
    """A row that is personal by what it ties together, or by its number, may be named as well."""
    model, _, field = name.rpartition(".")
    label, _, model = model.rpartition(".")
    try:
        apps.get_model(label or room, model)._meta.get_field(field)
    except LookupError:
        return False
    return True


def test_each_field_is_declared_once() -> None:
    twice = [
        name for name, n in Counter((each.room, each.name) for each in declared_fields()).items() if n > 1
    ]
    assert twice == []


def test_each_holding_says_everything() -> None:
    keys = [holding.key for holding in HOLDINGS]
    assert len(keys) == len(set(keys))
    for holding in HOLDINGS:
        for words in (
            holding.what,
            holding.whose,
            holding.why,
            holding.kept,
            holding.at_the_end,
            holding.on_erasure,
        ):
            assert words, holding.key
            assert words[0] == words[0].upper(), words
            assert not words.endswith("."), f"{words} is part of a table"
        assert holding.fields, holding.key
        assert holding.roles <= set(Role.values)
    assert len(RULES) == sum(len(room.rules) for room in ROOMS.values()), "two rules share a key"
    for rule in RULES.values():
        for words, limit in ((rule.key, 40), (rule.what, 200), (rule.after, 200), (rule.action, 200)):
            assert 0 < len(words) <= limit, words


def test_every_person_reads_what_is_held_about_them(cast: Cast, client: Client) -> None:
    for name in PEOPLE[1:]:
        person = getattr(cast, name)
        client.force_login(person, backend=BACKEND)
        text = client.get(reverse("data:yours")).content.decode()
        for holding in HOLDINGS:
            assert (holding.what in text) == (holding in holdings_for(person)), (name, holding.key)
        assert ("Ask us to erase your data" in text) == (not person.is_dft), name
        # Every page leads there.
        assert reverse("data:yours") in client.get(reverse("accounts:messages")).content.decode()


def test_the_privacy_notice_is_made_of_the_register(db: None, client: Client) -> None:
    text = re.sub(r"\s+", " ", client.get(reverse("privacy")).content.decode())
    for holding in HOLDINGS:
        for words in (holding.what, holding.whose, holding.why, holding.kept, holding.at_the_end):
            assert words in text, words
    assert reverse("data:yours") in text


def test_the_document_is_up_to_date() -> None:
    page = (settings.BASE_DIR / "docs" / "personal-data.md").read_text(encoding="utf-8")
    from rvss.personal_data_document import draw

    assert page == draw(), "run manage.py describe_personal_data"


# --- The record, which cannot be edited, gets no names ---


def test_no_label_of_the_record_has_a_name_or_an_address(cast: Cast) -> None:
    """Every row of the cast and some more, as the record would call it."""
    mark = "Angharad Llŷn-Featherstonehaugh"
    for number, user in enumerate(User.objects.order_by("pk")):
        user.name, user.email = f"{mark} {number}", f"angharad{number}@example.com"
        user.save()
    told = {"to": "angharad@example.com", "subject": f"{mark} asks", "body": "-"}
    Notification.objects.create(user=cast.owner, **told)
    for model in apps.get_models():
        if model._meta.app_label not in ROOMS or model.__name__ in NEVER_RECORDED:
            continue
        for row in model._default_manager.all():
            label = label_of(row)
            assert mark not in label, label
            assert "angharad" not in label.lower(), label


def test_what_is_done_to_a_person_is_recorded_by_number(cast: Cast, client: Client) -> None:
    client.force_login(cast.administrator, backend=BACKEND)
    client.post(reverse("accounts:deactivate", kwargs={"pk": cast.viewer.pk}), {"reason": "Left."})
    event = AuditEvent.objects.latest("pk")
    assert (event.verb, event.target_label) == ("user.deactivated", f"Person {cast.viewer.pk}")
    shown = client.get(reverse("accounts:record")).content.decode()
    # Who reads the record sees whom it is about, as long as there is a name.
    assert f"Person {cast.viewer.pk} (Viewer)" in shown
    call_command("verify_audit")
