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
        """All to leads; to the panel from the consultation on; to the department once there are tables."""
        if not isinstance(user, User) or not can_see_reports(user):
            return self.none()
        if user.role == Role.LEAD:
            return self
        if user.role == Role.PANEL:
            return self.exclude(publication="draft").filter(tables__isnull=False)
        return self.filter(tables__isnull=False)

    def public(self) -> ReviewReportQuerySet:
        """What everybody may read. A replaced report stays, and says by which."""
        return self.filter(publication__in=["published", "replaced"])

    def light(self) -> ReviewReportQuerySet:
        """Without the frozen figures and tables, which are long."""
        return self.defer("figures", "tables").select_related("requested_by", "edition")
