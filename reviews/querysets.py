from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from accounts.models import Role, User
from applications.querysets import Viewer

if TYPE_CHECKING:
    from reviews.models import ReviewReport


class ReviewReportQuerySet(models.QuerySet["ReviewReport"]):
    def visible_to(self, user: Viewer) -> ReviewReportQuerySet:
        """Leads, who make and sign it."""
        if isinstance(user, User) and user.role == Role.LEAD:
            return self
        return self.none()
