"""Rows whose time is over, or nearly."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from applications.models import Application
from applications.services import withdraw_application
from tests import factories as make


def ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def day_ago(days: int) -> date:
    return timezone.localdate() - timedelta(days=days)


def unconfirmed(days: int, **more: Any) -> User:
    person = make.UserFactory(verified=False, **more)
    person.emailaddress_set.create(email=person.email, verified=False, primary=True)
    User.objects.filter(pk=person.pk).update(date_joined=ago(days))
    return person


def ended_application(days: int, status: str = "withdrawn", *, sent: bool = True, **more: Any) -> Application:
    made = make.ApplicationFactory(status="submitted" if sent else "draft", **more)
    if status == "withdrawn":
        withdraw_application(application=made, reason="-", by=_owner_of(made))
        Application.objects.filter(pk=made.pk).update(closed_at=ago(days))
    else:
        Application.objects.filter(pk=made.pk).update(
            status=status,
            due_on=None,
            decided_by=made.started_by,
            decided_at=ago(days),
            decision_reason="-",
            rejection_reasons=["other"],
        )
    return made


def _owner_of(application: Application) -> User:
    person, _ = application.company.people.get_or_create(user=application.started_by, level="owner")
    return person.user
