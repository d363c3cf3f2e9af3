from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from accounts.models import Role, User
from applications.querysets import Viewer

if TYPE_CHECKING:
    from assurance.models.action import CorrectiveAction, SuspensionProposal
    from assurance.models.asking import CheckRequest
    from assurance.models.check import PlanCheck
    from assurance.models.selection import SelectionRound


class SelectionRoundQuerySet(models.QuerySet["SelectionRound"]):
    def visible_to(self, user: Viewer) -> SelectionRoundQuerySet:
        """Assurers and leads; how members are drawn is nobody else's."""
        if isinstance(user, User) and user.role in {Role.ASSURER, Role.LEAD}:
            return self
        return self.none()


class PlanCheckQuerySet(models.QuerySet["PlanCheck"]):
    def visible_to(self, user: Viewer) -> PlanCheckQuerySet:
        """Leads see every check; an assurer sees those allocated to them.

        Nobody works on a check of a company for which they act themselves.
        """
        if not isinstance(user, User):
            return self.none()
        if user.role == Role.LEAD:
            return self.exclude(membership__company__people__user=user)
        if user.role == Role.ASSURER:
            return self.filter(assurer=user).exclude(membership__company__people__user=user)
        return self.none()

    def decided_for(self, user: Viewer) -> PlanCheckQuerySet:
        """The company's own view: its checks once they are decided."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(membership__company__people__user=user, status="decided")


class CorrectiveActionQuerySet(models.QuerySet["CorrectiveAction"]):
    def visible_to(self, user: Viewer) -> CorrectiveActionQuerySet:
        """The company once the check is decided; the lead; the assurer of the check.

        As with checks, not for a lead or assurer who acts for the company.
        """
        if not isinstance(user, User):
            return self.none()
        if user.role in {Role.LEAD, Role.ASSURER}:
            others = self.exclude(check_of__membership__company__people__user=user)
            return others if user.role == Role.LEAD else others.filter(check_of__assurer=user)
        return self.filter(check_of__membership__company__people__user=user, check_of__status="decided")


class CheckRequestQuerySet(models.QuerySet["CheckRequest"]):
    def open(self) -> CheckRequestQuerySet:
        return self.filter(answered_at__isnull=True, withdrawn_at__isnull=True)

    def visible_to(self, user: Viewer) -> CheckRequestQuerySet:
        """The company; leads, and the assurer of the check, unless they act for the company."""
        if not isinstance(user, User):
            return self.none()
        if user.role in {Role.LEAD, Role.ASSURER}:
            others = self.exclude(check_of__membership__company__people__user=user)
            return others if user.role == Role.LEAD else others.filter(check_of__assurer=user)
        return self.filter(check_of__membership__company__people__user=user)


class SuspensionProposalQuerySet(models.QuerySet["SuspensionProposal"]):
    def visible_to(self, user: Viewer) -> SuspensionProposalQuerySet:
        """Leads, but for companies for which they act."""
        if not isinstance(user, User) or user.role != Role.LEAD:
            return self.none()
        return self.exclude(membership__company__people__user=user)

    def waiting_for(self, user: Viewer) -> SuspensionProposalQuerySet:
        return self.visible_to(user).filter(status="open")
