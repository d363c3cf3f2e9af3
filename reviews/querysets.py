from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from accounts.models import Role, User
from applications.querysets import Viewer
from reviews.permissions import can_see_reports

if TYPE_CHECKING:
    from reviews.models import ReviewReport


class ReviewReportQuerySet(models.QuerySet["ReviewReport"]):
    def visible_to(self, user: Viewer) -> ReviewReportQuerySet:
        """All to leads, who make and sign it; a finished one to the others who may see figures."""
        if not isinstance(user, User) or not can_see_reports(user):
            return self.none()
        return self if user.role == Role.LEAD else self.filter(status="ready")

    def light(self) -> ReviewReportQuerySet:
        """Without the frozen figures, which are long."""
        return self.defer("figures").select_related("requested_by")
