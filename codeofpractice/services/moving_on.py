"""Moving members' plans on when an edition comes into force.

Each member is a row with a transaction of its own: whatever is killed, and however often it is run, a member
is moved once. What was submitted does not change; an open draft under another edition is carried over whole
and stays on record as withdrawn.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone

from accounts.models import User
from accounts.services import queue_notification, record_event, require
from accounts.transitions import TransitionRefused, change_status
from applications.models import Company, Membership, PersonLevel, SecurityContactKind
from codeofpractice.models import (
    MEMBER_MOVE_TRANSITIONS,
    PLAN_VERSION_TRANSITIONS,
    Edition,
    EditionMove,
    Mark,
    MemberMove,
    MemberMoveStatus,
    PlanVersion,
    PlanVersionStatus,
    PointResponse,
    Position,
    ReadingStatus,
)
from codeofpractice.permissions import can_edit_plan, can_manage_editions
from codeofpractice.querysets import PlanVersionQuerySet
from codeofpractice.services.carrying import carry_over, make_version, mark_looked_at
from codeofpractice.services.locks import lock_draft

MAX_ATTEMPTS = 3
CHUNK = 50
LISTED_AT_ONCE = 1000


def start_moves() -> int:
    """List the members whom each edition that has come into force concerns; returns how many editions."""
    waiting = Edition.objects.published().filter(move__isnull=True).order_by("published_on", "pk")
    for edition in waiting:
        _list_members(edition)
    return len(waiting)


@transaction.atomic
def _list_members(edition: Edition) -> None:
    move, made = EditionMove.objects.get_or_create(edition=edition)
    if not made:
        return
    under = PlanVersion.objects.filter(plan__membership=OuterRef("pk")).exclude(
        status=PlanVersionStatus.WITHDRAWN
    )
    concerned = Membership.objects.filter(
        Exists(under), ~Exists(under.filter(edition=edition)), ended_on__isnull=True
    ).values_list("pk", "company__rental_models")
    rows: list[MemberMove] = []
    listed = 0
    for pk, rental_models in concerned.order_by("pk").iterator(chunk_size=LISTED_AT_ONCE):
        if edition.speaks_to(rental_models) or not edition.rental_models:
            rows.append(MemberMove(move=move, membership_id=pk))
            listed += 1
        if len(rows) >= LISTED_AT_ONCE:
            MemberMove.objects.bulk_create(rows)
            rows = []
    MemberMove.objects.bulk_create(rows)
    record_event(verb="edition.move_started", target=edition, by=None, data={"members": listed})


def open_moves() -> list[int]:
    return list(EditionMove.objects.filter(finished_at__isnull=True).values_list("pk", flat=True))


def move_chunk(*, move_id: int) -> int:
    """Move up to CHUNK members on, each in its own transaction; returns how many it took up."""
    pending = MemberMove.objects.filter(move_id=move_id, status=MemberMoveStatus.PENDING)
    ids = list(pending.order_by("attempts", "pk").values_list("pk", flat=True)[:CHUNK])
    taken = 0
    for pk in ids:
        try:
            taken += move_member(member_move_id=pk)
        except Exception as error:  # one member's trouble must not hold up the others
            _record_failure(pk, error)
            taken += 1
    _finish_if_done(move_id)
    return taken


@transaction.atomic
def move_member(*, member_move_id: int) -> bool:
    """One member; False when another worker has it, or its uploaded plan is still being read."""
    row = (
        MemberMove.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("move__edition")
        .filter(pk=member_move_id, status=MemberMoveStatus.PENDING)
        .first()
    )
    if row is None:
        return False
    membership = (
        Membership.objects.select_for_update(of=("self",)).select_related("company").get(pk=row.membership_id)
    )
    edition = row.move.edition
    versions = PlanVersion.objects.filter(plan__membership=membership).select_related("edition", "plan")
    earlier = _earlier(versions)
    draft = versions.select_for_update(of=("self",)).filter(status=PlanVersionStatus.DRAFT).first()
    if draft is not None and _is_being_read(draft):
        return False
    reason = _nothing_to_move(membership, edition, earlier)
    if reason or earlier is None:
        _settle(row, MemberMoveStatus.SKIPPED, reason=reason)
        return True
    row.version = _move(membership, edition, earlier)
    _settle(row, MemberMoveStatus.MOVED)
    return True


def _earlier(versions: PlanVersionQuerySet) -> PlanVersion | None:
    """What is carried over: the open draft, which holds what was typed last, or what was submitted last."""
    return versions.exclude(status=PlanVersionStatus.WITHDRAWN).order_by("-number").first()


def _is_being_read(draft: PlanVersion) -> bool:
    return draft.documents.filter(status__in=[ReadingStatus.PENDING, ReadingStatus.READING]).exists()


def _nothing_to_move(membership: Membership, edition: Edition, earlier: PlanVersion | None) -> str:
    if membership.ended_on is not None:
        return "The membership has ended."
    if earlier is None:
        return "There is no plan."
    if earlier.edition_id == edition.pk:
        return "The plan is under this edition already."
    if Edition.objects.for_models(membership.company.rental_models) != edition:
        return "Another edition speaks to more of how the company rents."
    return ""


def _settle(row: MemberMove, to: MemberMoveStatus, *, reason: str = "") -> None:
    change_status(row, to, MEMBER_MOVE_TRANSITIONS)
    row.reason = reason
    row.attempts += 1
    row.last_error = ""
    row.save(update_fields=["status", "version", "reason", "attempts", "last_error"])


def _move(membership: Membership, edition: Edition, earlier: PlanVersion) -> PlanVersion:
    was_draft = earlier.status == PlanVersionStatus.DRAFT
    last = (
        PlanVersion.objects.filter(plan=earlier.plan).order_by("-number").values_list("number", flat=True)[0]
    )
    if was_draft:
        change_status(earlier, PlanVersionStatus.WITHDRAWN, PLAN_VERSION_TRANSITIONS)
        earlier.save(update_fields=["status"])
        record_event(
            verb="plan.draft_withdrawn",
            target=earlier,
            by=None,
            reason=f"Its content was moved on to the {edition.title}.",
        )
    version = make_version(earlier.plan, edition, number=last + 1, by=None, moved_from=earlier)
    carry_over(earlier, version, None)
    marks = dict(version.responses.order_by().values_list("mark").annotate(n=Count("pk")))
    record_event(
        verb="plan.moved_on",
        target=version,
        by=None,
        data={"edition": edition.code, "from": earlier.number, "marks": marks},
    )
    _tell(membership.company, version, marks, was_draft=was_draft)
    return version


def _tell(company: Company, version: PlanVersion, marks: dict[str, int], *, was_draft: bool) -> None:
    """Owners and editors, who can do something about it, and the security contact."""
    people = company.people.filter(level__in=[PersonLevel.OWNER, PersonLevel.EDITOR]).select_related("user")
    addresses: dict[str, User | None] = {person.user.email: person.user for person in people}
    contact = company.security_contacts.filter(kind=SecurityContactKind.CONTACT, until__isnull=True).first()
    if contact is not None:
        addresses.setdefault(contact.email, None)
    kept = (
        "The draft that you had begun is kept among the earlier versions, with all that you entered."
        if was_draft
        else "The version that you submitted stays as it is, and counts until you submit the new one."
    )
    body = (
        f"The {version.edition.title} is now in force for companies like {company.name}.\n\n"
        f"We have made version {version.number} of your security plan for it, as a draft, with the text and "
        "the evidence of the version before. Of its points:\n\n"
        f"- {marks.get(Mark.UNCHANGED, 0)} unchanged\n"
        f"- {marks.get(Mark.NEEDS_LOOK, 0)} to look at again\n"
        f"- {marks.get(Mark.NEW, 0)} new\n\n"
        f"{kept}\n\nSign in, go through the points that are marked, and submit the plan.\n"
    )
    for address, user in addresses.items():
        queue_notification(
            to=address, user=user, subject="Your security plan and the new Code of Practice", body=body
        )


@transaction.atomic
def _record_failure(member_move_id: int, error: Exception) -> None:
    row = MemberMove.objects.select_for_update().get(pk=member_move_id)
    if row.status != MemberMoveStatus.PENDING:
        return
    row.attempts += 1
    row.last_error = f"{type(error).__name__}: {error}"[:2000]
    if row.attempts >= MAX_ATTEMPTS:
        change_status(row, MemberMoveStatus.FAILED, MEMBER_MOVE_TRANSITIONS)
    row.save(update_fields=["status", "attempts", "last_error"])


@transaction.atomic
def _finish_if_done(move_id: int) -> None:
    move = EditionMove.objects.select_for_update(of=("self",)).select_related("edition").get(pk=move_id)
    unsettled = [MemberMoveStatus.PENDING, MemberMoveStatus.FAILED]
    if move.finished_at is not None or move.members.filter(status__in=unsettled).exists():
        return
    move.finished_at = timezone.now()
    move.save(update_fields=["finished_at"])
    counts = dict(move.members.order_by().values_list("status").annotate(n=Count("pk")))
    record_event(verb="edition.move_finished", target=move.edition, by=None, data=counts)


@transaction.atomic
def retry_moves(*, edition: Edition, by: User) -> int:
    """Try the members again for whom it failed; returns how many."""
    require(can_manage_editions(by), "Only an administrator can move plans on")
    failed = MemberMove.objects.select_for_update().filter(
        move__edition=edition, status=MemberMoveStatus.FAILED
    )
    count = failed.update(status=MemberMoveStatus.PENDING, attempts=0)
    record_event(verb="edition.move_retried", target=edition, by=by, data={"members": count})
    return count


@transaction.atomic
def confirm_still_right(*, response: PointResponse, revision: int, by: User) -> PointResponse:
    """Say that an answer from another edition is right under this one, as it stands."""
    draft = lock_draft(response.version)
    require(
        can_edit_plan(by, draft.plan.membership), "Only an owner or editor of the company can change its plan"
    )
    locked = PointResponse.objects.select_for_update(of=("self",)).select_related("point").get(pk=response.pk)
    if locked.revision != revision:
        raise TransitionRefused("Somebody saved this answer after you opened the page. Look at it first.")
    if not locked.wants_a_look:
        return locked
    if not can_be_confirmed(locked):
        raise TransitionRefused(
            "This point has no full answer yet, so there is nothing to confirm. Answer it."
        )
    mark_looked_at(locked, by)
    locked.save(update_fields=["looked_by", "looked_at"])
    record_event(verb="plan.point_still_right", target=draft, by=by, data={"point": locked.point.number})
    return locked


def can_be_confirmed(response: PointResponse) -> bool:
    """It asks for a look, and its answer says all that an answer must say."""
    if response.mark != Mark.NEEDS_LOOK or not response.wants_a_look:
        return False
    if response.position == Position.NOT_APPLICABLE:
        return bool(response.not_applicable_reason)
    return bool(response.position and response.how_met and response.responsible_role)
