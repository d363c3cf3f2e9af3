"""The yearly review of a plan, and evidence that ends: who is told, when, and once only."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notification
from accounts.transitions import TransitionRefused
from applications.models import Membership
from codeofpractice import services
from codeofpractice.models import Evidence, PlanReminder, PlanVersion
from codeofpractice.tasks import remind_of_plans
from tests import factories as make
from tests.cast import Cast

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def review_in(cast: Cast, days: int) -> None:
    PlanVersion.objects.filter(pk=cast.submitted_version.pk).update(review_on=in_days(days))


def ends_in(cast: Cast, days: int) -> None:
    Evidence.objects.filter(pk=cast.draft_evidence.pk).update(expires_on=in_days(days))


def told() -> list[str]:
    return sorted(
        Notification.objects.filter(subject__icontains="security plan of").values_list("to", flat=True)
    )


@pytest.mark.parametrize(("days", "step"), [(31, None), (30, 30), (8, 30), (7, 7), (1, 7), (0, 0), (-40, 0)])
def test_a_review_is_reminded_of_once_a_step(cast: Cast, days: int, step: int | None) -> None:
    review_in(cast, days)
    expected = 0 if step is None else 1
    assert remind_of_plans()["reviews"] == expected
    assert remind_of_plans()["reviews"] == 0
    assert list(PlanReminder.objects.values_list("kind", "days")) == (
        [] if step is None else [("review", step)]
    )


def test_a_review_is_for_owners_and_the_security_contact(cast: Cast) -> None:
    contact = cast.alpha.security_contacts.get(kind="contact", until__isnull=True)
    review_in(cast, 30)
    remind_of_plans()
    assert told() == sorted({cast.owner.email, contact.email})


def test_a_missed_day_is_made_good_by_the_latest_step(cast: Cast) -> None:
    review_in(cast, 30)
    remind_of_plans()
    review_in(cast, 3)
    assert remind_of_plans()["reviews"] == 1
    assert PlanReminder.objects.latest("pk").days == 7


def test_a_newer_version_ends_the_reminders_of_the_older(cast: Cast) -> None:
    review_in(cast, 0)
    make.submit(cast.draft_version)
    assert remind_of_plans()["reviews"] == 0


@pytest.mark.parametrize("status", ["lapsed", "removed", "resigned"])
def test_who_is_no_member_is_not_reminded(cast: Cast, status: str) -> None:
    review_in(cast, 0)
    ends_in(cast, 0)
    ended = timezone.localdate() if status != "lapsed" else None
    Membership.objects.filter(pk=cast.membership.pk).update(status=status, ended_on=ended)
    assert remind_of_plans() == {"reviews": 0, "evidence": 0}


@pytest.mark.parametrize(("days", "step"), [(31, None), (30, 30), (7, 7), (0, 0), (-3, 0)])
def test_evidence_is_reminded_of_once_a_step(cast: Cast, days: int, step: int | None) -> None:
    ends_in(cast, days)
    assert remind_of_plans()["evidence"] == (0 if step is None else 1)
    assert remind_of_plans()["evidence"] == 0
    kept = [] if step is None else [("evidence", cast.file.pk, step)]
    assert list(PlanReminder.objects.values_list("kind", "file", "days")) == kept
    assert told() == ([] if step is None else sorted([cast.owner.email, cast.editor.email]))


def test_files_that_end_together_are_one_message(cast: Cast) -> None:
    ends_in(cast, 20)
    cast.draft_version.evidence.create(
        file=make.StoredFileFactory(company=cast.alpha),
        title="Tystysgrif",
        added_by=cast.owner,
        expires_on=in_days(-1),
    )
    assert remind_of_plans()["evidence"] == 2
    message = Notification.objects.get(to=cast.owner.email, subject__startswith="Evidence")
    assert "Tystysgrif: expired on" in message.body
    assert "Handover procedure: holds until" in message.body


def test_a_replaced_file_and_an_older_version_are_left_alone(cast: Cast) -> None:
    ends_in(cast, 5)
    newer = cast.draft_version.evidence.create(
        file=make.StoredFileFactory(company=cast.alpha), title="Newer", added_by=cast.owner
    )
    Evidence.objects.filter(pk=cast.draft_evidence.pk).update(replaced_by=newer)
    assert remind_of_plans()["evidence"] == 0


def test_a_reminder_goes_out_once_by_constraint(cast: Cast) -> None:
    row = {"plan": cast.draft_version.plan, "kind": "review", "due_on": in_days(0), "days": 0}
    PlanReminder.objects.create(**row)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanReminder.objects.create(**row)


@pytest.mark.parametrize("kind", ["review", "evidence"])
def test_a_reminder_of_evidence_names_its_file(cast: Cast, kind: str) -> None:
    file = cast.file if kind == "review" else None
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanReminder.objects.create(
            plan=cast.draft_version.plan, kind=kind, file=file, due_on=in_days(0), days=0
        )


# --- The date itself ---


def ready(cast: Cast) -> PlanVersion:
    cast.draft_version.responses.update(position="in_place", how_met="Yes.", responsible_role="Manager")
    make.give_figures(cast.draft_version)
    return cast.draft_version


def test_a_plan_is_reviewed_within_a_year(cast: Cast) -> None:
    version = ready(cast)
    for day in (in_days(0), in_days(400)):
        with pytest.raises(TransitionRefused, match="within a year"):
            services.submit_version(version=version, review_on=day, by=cast.owner)
    make.confirm(version)
    submitted = services.submit_version(version=version, by=cast.owner)
    assert submitted.review_on == services.latest_review()


@pytest.mark.parametrize("status", ["submitted", "draft"])
def test_a_version_has_the_date_once_it_is_submitted(cast: Cast, status: str) -> None:
    row = cast.submitted_version if status == "submitted" else cast.draft_version
    day = None if status == "submitted" else in_days(9)
    with pytest.raises(IntegrityError), transaction.atomic():
        PlanVersion.objects.filter(pk=row.pk).update(review_on=day)


@pytest.mark.parametrize(
    ("days", "words"), [(0, "must be after today"), (400, "or earlier"), (None, "Enter the date on which")]
)
def test_a_wrong_date_is_explained_and_nothing_submitted(cast: Cast, days: int | None, words: str) -> None:
    version = ready(cast)
    client = Client()
    client.force_login(cast.owner, backend=BACKEND)
    data: dict[str, Any] = {"is_true": "on"}
    if days is not None:
        day = in_days(days)
        data |= {"review_on_day": day.day, "review_on_month": day.month, "review_on_year": day.year}
    place = reverse("codeofpractice:submit", kwargs={"number": cast.membership.number})
    assert words in client.post(place, data).content.decode()
    version.refresh_from_db()
    assert version.status == "draft"


def test_home_and_plan_say_when_the_review_is_due(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.owner, backend=BACKEND)
    assert "Review the security plan" not in client.get("/").content.decode()
    review_in(cast, 30)
    assert "Review the security plan by" in client.get("/").content.decode()
    review_in(cast, -1)
    assert "Review the security plan, which was due on" in client.get("/").content.decode()
    place = reverse("codeofpractice:plan", kwargs={"number": cast.membership.number})
    assert "To be reviewed by" in client.get(place).content.decode()
