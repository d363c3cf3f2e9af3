from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from accounts.models import User
from applications.querysets import Viewer

if TYPE_CHECKING:
    from codeofpractice.models.edition import Edition
    from codeofpractice.models.file import StoredFile
    from codeofpractice.models.plan import PlanVersion


class EditionQuerySet(models.QuerySet["Edition"]):
    def published(self) -> EditionQuerySet:
        return self.filter(status="published")

    def current(self) -> Edition | None:
        """The newest published edition: what a company applies under."""
        return self.published().order_by("-published_on", "-pk").first()


class PlanVersionQuerySet(models.QuerySet["PlanVersion"]):
    def visible_to(self, user: Viewer) -> PlanVersionQuerySet:
        """Its own company and no one else. DfT staff reach a plan only through a check they work on."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(plan__membership__company__people__user=user)


class StoredFileQuerySet(models.QuerySet["StoredFile"]):
    def visible_to(self, user: Viewer) -> StoredFileQuerySet:
        """Its own company's people. DfT staff reach a file only through a check they work on."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(company__people__user=user)

    def clean(self) -> StoredFileQuerySet:
        return self.filter(status="clean")
