"""What a person may do with rounds, checks and actions. Shared by services, views and templates."""

from __future__ import annotations

from accounts.models import Role, User
from applications.models import TradeBody
from applications.permissions import can_edit_company, can_enrol, can_sign_for_company
from assurance.models import (
    CheckRequest,
    Closure,
    CorrectiveAction,
    DecisionReconsideration,
    PlanCheck,
    SecondReading,
    SuspensionProposal,
)

STAFF = frozenset({Role.ASSURER, Role.LEAD})  # those who work on checks


def can_see_rounds(user: User) -> bool:
    return user.role in STAFF


def can_draw_round(user: User) -> bool:
    return user.role == Role.LEAD


def is_barred(user: User, check: PlanCheck) -> bool:
    """Whether something bars the person from the company that no lead has overridden for this check."""
    return not PlanCheck.objects.filter(pk=check.pk).open_to(user).exists()


def _works_on(user: User, check: PlanCheck) -> bool:
    return user.role == Role.LEAD or (user.role == Role.ASSURER and check.assurer_id == user.pk)


def _is_second_reader(user: User, check: PlanCheck) -> bool:
    return user.role == Role.ASSURER and check.second_readings.filter(reader=user).exists()


def can_declare(user: User, check: PlanCheck) -> bool:
    """Say whether one has a conflict of interest: whoever is to work on the check, or to read it again."""
    return (_works_on(user, check) or _is_second_reader(user, check)) and not is_barred(user, check)


def has_declared(user: User, check: PlanCheck) -> bool:
    """Whether the person said last that they have no conflict of interest in this case.

    Of a check that was fetched as visible to them it is all that is left to ask before its plan is opened.
    """
    return PlanCheck.objects.filter(pk=check.pk).declared_by(user).exists()


def can_open_plan(user: User, check: PlanCheck) -> bool:
    """The assurer of the check and leads, once they have declared that they have no conflict of interest."""
    case = PlanCheck.objects.filter(pk=check.pk)
    return _works_on(user, check) and case.open_to(user).declared_by(user).exists()


def can_be_allocated(user: User, check: PlanCheck) -> bool:
    """An assurer whom nothing bars, and who has not read the plan for the second time."""
    return (
        user.is_active
        and user.role == Role.ASSURER
        and not check.second_readings.filter(reader=user).exists()
        and not is_barred(user, check)
    )


def can_allocate_check(user: User, check: PlanCheck) -> bool:
    return user.role == Role.LEAD and not is_barred(user, check)


def can_override_bars(user: User, check: PlanCheck, of: User) -> bool:
    """A lead, for an assurer or another lead; never for oneself, nor while one is barred oneself."""
    return user.pk != of.pk and of.role in STAFF and can_allocate_check(user, check)


def can_work_on_check(user: User, check: PlanCheck) -> bool:
    """The assurer to whom the check is allocated records findings and recommends."""
    return user.role == Role.ASSURER and can_open_plan(user, check)


def can_decide_check(user: User, check: PlanCheck) -> bool:
    """A lead who recommended no outcome of this check; the service asks which recommendation it was."""
    return (
        user.role == Role.LEAD
        and can_open_plan(user, check)
        and not check.recommendations.filter(by=user).exists()
    )


def can_ask_company(user: User, check: PlanCheck) -> bool:
    """Give more time, or take a question back: the assurer of the check, or a lead."""
    return can_open_plan(user, check)


def can_answer_request(user: User, request: CheckRequest) -> bool:
    return can_edit_company(user, request.check_of.membership.company)


def can_answer_action(user: User, action: CorrectiveAction) -> bool:
    return can_edit_company(user, action.check_of.membership.company)


def can_close_action(user: User, action: CorrectiveAction) -> bool:
    return can_open_plan(user, action.check_of)


def has_interests(user: User) -> bool:
    """Those who work on checks record what ties them to companies."""
    return user.role in STAFF


def can_keep_staff(user: User) -> bool:
    """See the interests of assurers and leads, and record or end one for somebody."""
    return user.role in {Role.LEAD, Role.ADMINISTRATOR}


def can_record_interest(user: User, of: User) -> bool:
    return has_interests(of) and (user.pk == of.pk or can_keep_staff(user))


def can_set_skills(user: User, of: User) -> bool:
    """A lead, of an assurer: nobody says of themselves what they can check."""
    return user.role == Role.LEAD and of.role == Role.ASSURER


def can_decide_suspension(user: User, proposal: SuspensionProposal) -> bool:
    return SuspensionProposal.objects.visible_to(user).filter(pk=proposal.pk).exists()


def can_take_reading(user: User, reading: SecondReading, *, is_free: bool = True) -> bool:
    """An assurer who has no part in the check; with `is_free`, only while nobody else has it."""
    check = reading.check_of
    return (
        user.is_active
        and user.role == Role.ASSURER
        and check.assurer_id != user.pk
        and not check.recommendations.filter(by=user).exists()
        and (not is_free or reading.reader_id in {None, user.pk})
        and not is_barred(user, check)
    )


def can_give_reading(user: User, reading: SecondReading) -> bool:
    return can_allocate_check(user, reading.check_of)


def reads_again(user: User, check: PlanCheck) -> bool:
    """The second reader of the check, once they have declared that they have no conflict of interest."""
    case = PlanCheck.objects.filter(pk=check.pk)
    return _is_second_reader(user, check) and case.open_to(user).declared_by(user).exists()


def can_read_again(user: User, reading: SecondReading) -> bool:
    return reading.reader_id == user.pk and reads_again(user, reading.check_of)


def can_look_again(user: User, closure: Closure) -> bool:
    """A lead who did not close it; of a check, once they have declared in its case."""
    if closure.check_of is not None and not can_open_plan(user, closure.check_of):
        return False
    is_theirs = Closure.objects.visible_to(user).filter(pk=closure.pk, is_sampled=True)
    return closure.by_id != user.pk and is_theirs.exists()


def can_ask_to_reconsider(user: User, check: PlanCheck) -> bool:
    """Only an owner: it speaks for the company."""
    return can_sign_for_company(user, check.membership.company)


def can_answer_reconsideration(user: User, asked: DecisionReconsideration, check: PlanCheck) -> bool:
    """A lead who neither recommended nor decided."""
    return asked.decided_by_id != user.pk and can_decide_check(user, check)


def can_send_results(user: User, body: TradeBody) -> bool:
    """The people of an approved partner, for it: the same who enrol its members."""
    return can_enrol(user, body)


def can_see_partner_results(user: User) -> bool:
    """The list of results. A company reads those about itself on its own page."""
    return user.role in STAFF or user.role == Role.PARTNER
