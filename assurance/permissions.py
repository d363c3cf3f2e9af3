"""What a person may do with rounds, checks and actions. Shared by services, views and templates."""

from __future__ import annotations

from accounts.models import Role, User
from applications.permissions import can_edit_company, level_in
from assurance.models import CheckRequest, CorrectiveAction, PlanCheck, SuspensionProposal


def can_see_rounds(user: User) -> bool:
    return user.role in {Role.ASSURER, Role.LEAD}


def can_draw_round(user: User) -> bool:
    return user.role == Role.LEAD


def _has_no_conflict(user: User, check: PlanCheck) -> bool:
    """Nobody works on a company for which they act themselves."""
    return level_in(user, check.membership.company) is None


def can_be_allocated(user: User, check: PlanCheck) -> bool:
    return user.is_active and user.role == Role.ASSURER and _has_no_conflict(user, check)


def can_allocate_check(user: User, check: PlanCheck) -> bool:
    return user.role == Role.LEAD and _has_no_conflict(user, check)


def can_work_on_check(user: User, check: PlanCheck) -> bool:
    """The assurer to whom the check is allocated records findings and recommends."""
    return check.assurer_id == user.pk and user.role == Role.ASSURER and _has_no_conflict(user, check)


def can_decide_check(user: User, check: PlanCheck) -> bool:
    """A lead who recommended no outcome of this check; the service asks which recommendation it was."""
    return (
        user.role == Role.LEAD
        and _has_no_conflict(user, check)
        and not check.recommendations.filter(by=user).exists()
    )


def can_ask_company(user: User, check: PlanCheck) -> bool:
    """Give more time, or take a question back: the assurer of the check, or a lead."""
    return can_work_on_check(user, check) or (user.role == Role.LEAD and _has_no_conflict(user, check))


def can_answer_request(user: User, request: CheckRequest) -> bool:
    return can_edit_company(user, request.check_of.membership.company)


def can_answer_action(user: User, action: CorrectiveAction) -> bool:
    return can_edit_company(user, action.check_of.membership.company)


def can_close_action(user: User, action: CorrectiveAction) -> bool:
    check = action.check_of
    is_theirs = user.role == Role.LEAD or (user.role == Role.ASSURER and check.assurer_id == user.pk)
    return is_theirs and _has_no_conflict(user, check)


def can_decide_suspension(user: User, proposal: SuspensionProposal) -> bool:
    return user.role == Role.LEAD and level_in(user, proposal.membership.company) is None
