"""Taking in the results of a partner's own inspections: by the form, from a file, through the API."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record_event, require
from applications.models import TradeBody
from applications.services.locks import in_words, tell_owners
from assurance.models import PartnerCheck, PartnerCheckList, PartnerCheckSource, PartnerFinding
from assurance.partner_results import REFERENCE_TAKEN, Faults, Known, ResultFacts, faults_of
from assurance.permissions import can_send_results

NOT_YOURS = "Only the people of an approved partner can send its results"


class ResultRefused(Exception):
    """What is wrong, by field: a sentence each, without its full stop."""

    def __init__(self, faults: Faults) -> None:
        super().__init__("; ".join(faults.values()))
        self.faults = faults

    @property
    def is_conflict(self) -> bool:
        """Nothing is wrong with it but that its reference stands for something else."""
        return self.faults.get("reference") == REFERENCE_TAKEN


def lock_partner(body: TradeBody, by: User) -> TradeBody:
    """One sender at a time for a partner: a reference is looked up and used by nobody else in between."""
    locked = TradeBody.objects.select_for_update().get(pk=body.pk)
    require(can_send_results(by, locked), NOT_YOURS)
    return locked


@transaction.atomic
def record_partner_check(
    *, body: TradeBody, facts: ResultFacts, source: str, by: User
) -> tuple[PartnerCheck, bool]:
    """Keep a result. False beside it says that it was sent before, word for word, and nothing was made.

    Raises ResultRefused.
    """
    locked = lock_partner(body, by)
    known = Known.about(locked, [facts])
    made, is_new = keep_result(body=locked, facts=facts, known=known, source=source, by=by)
    if is_new:
        record_event(
            verb="partner_check.recorded",
            target=made,
            by=by,
            reason=made.correction_reason,
            data=data_of(made),
        )
    return made, is_new


def data_of(made: PartnerCheck) -> dict[str, str]:
    """What the record says besides."""
    data = {"membership": made.membership.number, "outcome": made.outcome, "sha256": made.sha256}
    return data | ({"replaces": str(made.replaces_id)} if made.replaces_id else {})


def keep_result(
    *,
    body: TradeBody,
    facts: ResultFacts,
    known: Known,
    source: str,
    by: User,
    sent_in: PartnerCheckList | None = None,
) -> tuple[PartnerCheck, bool]:
    """Called with the partner locked and `known` read since; the caller writes the event.

    Raises ResultRefused.
    """
    if earlier := known.same(facts):
        return earlier, False
    if faults := faults_of(facts, known, timezone.localdate()):
        raise ResultRefused(faults)
    member = known.member(facts)
    assert member is not None  # its absence is a fault
    made = PartnerCheck.objects.create(
        body=body,
        membership=member,
        reference=facts.reference,
        kind=facts.kind,
        inspected_on=facts.inspected_on,
        inspected_by=facts.inspected_by,
        outcome=facts.outcome,
        summary=facts.summary,
        edition=known.editions[facts.edition][0] if facts.edition else None,
        points_count=len(facts.points),
        replaces=known.results[facts.replaces] if facts.replaces else None,
        correction_reason=facts.correction_reason,
        sha256=facts.sha256,
        source=PartnerCheckSource(source),
        sent_in=sent_in,
        sent_by=by,
    )
    points = known.points(facts)
    PartnerFinding.objects.bulk_create(
        PartnerFinding(check_of=made, point=points[number], result=result)
        for number, result in sorted(facts.points.items())
    )
    _tell_company(made)
    return made, True


def _tell_company(made: PartnerCheck) -> None:
    """Whom it concerns; a company that was named by mistake before hears that this counts no more."""
    company = made.membership.company
    what = f"{made.get_kind_display().lower()} of {in_words(made.inspected_on)}"
    tell_owners(
        company,
        subject=f"{made.membership.number}: result of an inspection by {made.body.name}",
        body=(
            f"{made.body.name} has sent the Department for Transport the result of its {what} of "
            f"{company.name}: {made.get_outcome_display().lower()}.\n\n"
            "You can read it on the page about assurance checks of your company. If it is wrong, speak to "
            f"{made.body.name}, which can correct it.\n"
        ),
    )
    if made.replaces is not None and made.replaces.membership_id != made.membership_id:
        wrong = made.replaces
        tell_owners(
            wrong.membership.company,
            subject=f"{wrong.membership.number}: a result from {made.body.name} no longer counts",
            body=(
                f"{made.body.name} has told us that a result which it sent about "
                f"{wrong.membership.company.name} was a mistake. It no longer counts.\n"
            ),
        )
