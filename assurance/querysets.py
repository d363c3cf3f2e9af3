from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.models import BooleanField, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact

from accounts.models import Role, User
from applications.querysets import Viewer

if TYPE_CHECKING:
    from assurance.models.action import CorrectiveAction, SuspensionProposal
    from assurance.models.asking import CheckRequest
    from assurance.models.check import PlanCheck
    from assurance.models.closing import Closure
    from assurance.models.interests import BarOverride, ConflictDeclaration, StaffInterest
    from assurance.models.partner import PartnerCheck
    from assurance.models.partner_list import PartnerCheckList
    from assurance.models.reading import SecondReading
    from assurance.models.reconsideration import DecisionReconsideration
    from assurance.models.selection import SelectionRound


class SelectionRoundQuerySet(models.QuerySet["SelectionRound"]):
    def visible_to(self, user: Viewer) -> SelectionRoundQuerySet:
        """Assurers and leads; how members are drawn is nobody else's."""
        if isinstance(user, User) and user.role in {Role.ASSURER, Role.LEAD}:
            return self
        return self.none()


class PlanCheckQuerySet(models.QuerySet["PlanCheck"]):
    def visible_to(self, user: Viewer) -> PlanCheckQuerySet:
        """Leads see every check, an assurer their own; nobody one from which they are barred."""
        if not isinstance(user, User):
            return self.none()
        if user.role == Role.LEAD:
            return self.open_to(user)
        if user.role == Role.ASSURER:
            return self.filter(assurer=user).open_to(user)
        return self.none()

    def open_to(self, user: User) -> PlanCheckQuerySet:
        """Without those from which the person is barred, unless a lead has overridden every bar."""
        from assurance.bars import barred_from  # which reads this room's models

        return self.filter(~barred_from(user))

    def declared_by(self, user: User) -> PlanCheckQuerySet:
        """Those in which the person has declared, last of all, that they have no conflict of interest."""
        return self.filter(self._is_declared(user))

    def with_declaration(self, user: User) -> models.QuerySet[Any, Any]:
        """With `is_declared`: whether the person has."""
        return self.annotate(is_declared=self._is_declared(user))

    def _is_declared(self, user: User) -> Q:
        from assurance.models import ConflictDeclaration

        declared = ConflictDeclaration.objects.filter(check_of=OuterRef("pk"), user=user)
        newest = Subquery(declared.order_by("-pk").values("has_conflict")[:1], output_field=BooleanField())
        return Q(Exact(Coalesce(newest, Value(True)), False))

    def decided_for(self, user: Viewer) -> PlanCheckQuerySet:
        """The company's own view: its checks once they are decided."""
        if not isinstance(user, User):
            return self.none()
        return self.filter(membership__company__people__user=user, status="decided")


class CorrectiveActionQuerySet(models.QuerySet["CorrectiveAction"]):
    def visible_to(self, user: Viewer) -> CorrectiveActionQuerySet:
        """The company once the check is decided; the lead; the assurer of the check.

        As with checks, not for a lead or assurer who is barred.
        """
        from assurance.bars import barred_from

        if not isinstance(user, User):
            return self.none()
        if user.role in {Role.LEAD, Role.ASSURER}:
            others = self.filter(~barred_from(user, "check_of"))
            return others if user.role == Role.LEAD else others.filter(check_of__assurer=user)
        return self.filter(check_of__membership__company__people__user=user, check_of__status="decided")


class CheckRequestQuerySet(models.QuerySet["CheckRequest"]):
    def open(self) -> CheckRequestQuerySet:
        return self.filter(answered_at__isnull=True, withdrawn_at__isnull=True)

    def visible_to(self, user: Viewer) -> CheckRequestQuerySet:
        """The company; leads, and the assurer of the check, unless they are barred from it."""
        from assurance.bars import barred_from

        if not isinstance(user, User):
            return self.none()
        if user.role in {Role.LEAD, Role.ASSURER}:
            others = self.filter(~barred_from(user, "check_of"))
            return others if user.role == Role.LEAD else others.filter(check_of__assurer=user)
        return self.filter(check_of__membership__company__people__user=user)


class SuspensionProposalQuerySet(models.QuerySet["SuspensionProposal"]):
    def visible_to(self, user: Viewer) -> SuspensionProposalQuerySet:
        """Leads, but for companies from which they are barred."""
        from assurance.bars import barred_outright

        if not isinstance(user, User) or user.role != Role.LEAD:
            return self.none()
        return self.filter(~barred_outright(user, "membership__company"))

    def waiting_for(self, user: Viewer) -> SuspensionProposalQuerySet:
        return self.visible_to(user).filter(status="open")


class StaffInterestQuerySet(models.QuerySet["StaffInterest"]):
    def visible_to(self, user: Viewer) -> StaffInterestQuerySet:
        """One's own; leads and administrators keep those of everybody."""
        if not isinstance(user, User):
            return self.none()
        if user.role in {Role.LEAD, Role.ADMINISTRATOR}:
            return self
        return self.filter(user=user)

    def counting(self) -> StaffInterestQuerySet:
        return self.filter(ended_at__isnull=True)


class ConflictDeclarationQuerySet(models.QuerySet["ConflictDeclaration"]):
    def conflicts(self) -> ConflictDeclarationQuerySet:
        return self.filter(has_conflict=True)


class BarOverrideQuerySet(models.QuerySet["BarOverride"]):
    def standing(self) -> BarOverrideQuerySet:
        return self.filter(ended_at__isnull=True)


class SecondReadingQuerySet(models.QuerySet["SecondReading"]):
    def open(self) -> SecondReadingQuerySet:
        """Those still to be read: a recommendation that is void asks for none."""
        return self.filter(submitted_at__isnull=True, recommendation__void__isnull=True)

    def visible_to(self, user: Viewer) -> SecondReadingQuerySet:
        """Leads see all; an assurer theirs, and those that nobody has and that they could take."""
        from assurance.bars import barred_from
        from assurance.models import Recommendation

        if not isinstance(user, User) or user.role not in {Role.LEAD, Role.ASSURER}:
            return self.none()
        others = self.filter(~barred_from(user, "check_of"))
        if user.role == Role.LEAD:
            return others
        free = Q(reader__isnull=True, submitted_at__isnull=True, recommendation__void__isnull=True)
        read_first = Recommendation.objects.filter(check_of=OuterRef("check_of"), by=user)
        return (
            others.filter(Q(reader=user) | free).exclude(check_of__assurer=user).filter(~Exists(read_first))
        )


class ClosureQuerySet(models.QuerySet["Closure"]):
    def visible_to(self, user: Viewer) -> ClosureQuerySet:
        """Leads, but for companies from which they are barred."""
        from assurance.models import CheckRequest, CorrectiveAction, SuspensionProposal

        if not isinstance(user, User) or user.role != Role.LEAD:
            return self.none()
        return self.filter(
            Q(action__in=CorrectiveAction.objects.visible_to(user))
            | Q(request__in=CheckRequest.objects.visible_to(user))
            | Q(proposal__in=SuspensionProposal.objects.visible_to(user))
        )

    def for_second_look(self, user: User) -> ClosureQuerySet:
        """Those in the sample that the person can look at, or could while nobody had."""
        return self.visible_to(user).filter(is_sampled=True).exclude(by=user)

    def to_look_at(self, user: User) -> ClosureQuerySet:
        """Of these, the ones at which nobody has looked."""
        return self.for_second_look(user).filter(second_look=None)


class DecisionReconsiderationQuerySet(models.QuerySet["DecisionReconsideration"]):
    def visible_to(self, user: Viewer) -> DecisionReconsiderationQuerySet:
        """Leads, but for companies from which they are barred."""
        from assurance.bars import barred_from

        if not isinstance(user, User) or user.role != Role.LEAD:
            return self.none()
        return self.filter(~barred_from(user, "decision__check_of"))

    def waiting_for(self, user: User) -> DecisionReconsiderationQuerySet:
        """Those that the person can answer: they had no part in the outcome."""
        theirs = self.visible_to(user).filter(answered_at__isnull=True)
        return theirs.exclude(decided_by=user).exclude(decision__recommended_by=user)


class PartnerCheckQuerySet(models.QuerySet["PartnerCheck"]):
    def visible_to(self, user: Viewer) -> PartnerCheckQuerySet:
        """The partner that sent it, the company that it is about; assurers and leads whom nothing bars."""
        from assurance.bars import barred_outright

        if not isinstance(user, User):
            return self.none()
        if user.role in {Role.LEAD, Role.ASSURER}:
            return self.filter(~barred_outright(user, "membership__company"))
        if user.role == Role.PARTNER:
            return self.filter(body__people=user, body__is_partner=True)
        if user.role == Role.COMPANY:
            return self.filter(membership__company__people__user=user)
        return self.none()

    def current(self) -> PartnerCheckQuerySet:
        """Those that no correction has replaced."""
        return self.filter(replaced_by__isnull=True)

    def holding(self, at: datetime) -> PartnerCheckQuerySet:
        """Those that were sent by the moment, and that no correction had replaced by then."""
        from assurance.models import PartnerCheck

        corrected = PartnerCheck.objects.filter(replaces=OuterRef("pk"), sent_at__lte=at)
        return self.filter(~Exists(corrected), sent_at__lte=at)


class PartnerCheckListQuerySet(models.QuerySet["PartnerCheckList"]):
    def visible_to(self, user: Viewer) -> PartnerCheckListQuerySet:
        """The people of the partner that sent it: a list is about many companies, and nobody else's."""
        if not isinstance(user, User) or user.role != Role.PARTNER:
            return self.none()
        return self.filter(body__people=user, body__is_partner=True)
