"""What this room removes when its time is over. What was signed, decided or counted is never among it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.erasing import NOWHERE
from accounts.holding import RetentionRule, delete_rows
from applications.models import (
    OPEN_APPLICATION_STATUSES,
    Application,
    Company,
    Declaration,
    EnrolledCompany,
    Enrolment,
    EnrolmentRow,
    EnrolmentStatus,
    Invitation,
    InvitationStatus,
    JoinRequest,
    JoinRequestStatus,
    Membership,
    SecurityContact,
)
from applications.services.personal_data import (
    delete_companies,
    remove_contact_details,
    remove_enrolled_addresses,
    remove_rows_of_lists,
)

PAST_CONTACTS_FOR = timedelta(days=6 * 365 + 1)
NOT_ACCEPTED_FOR = timedelta(days=730)
NEVER_SENT_FOR = timedelta(days=365)
ENDED_FOR = timedelta(days=365)


def past_contacts(now: datetime) -> QuerySet[SecurityContact]:
    long_ago = timezone.localdate(now - PAST_CONTACTS_FOR)
    return SecurityContact.objects.filter(until__lte=long_ago, details_removed_at=None)


def _ended_applications() -> QuerySet[Any]:
    """With the moment at which each was decided, withdrawn, or ran out."""
    return Application.objects.annotate(ended_at=Coalesce("decided_at", "closed_at"))


def companies_outside(before: datetime) -> QuerySet[Any]:
    """Never a member, nothing under way, and the last application came to its end before that."""
    own = {"company": OuterRef("pk")}
    last = _ended_applications().filter(**own).order_by(F("ended_at").desc(nulls_first=True))
    outside: QuerySet[Any] = Company.objects.filter(
        ~Exists(Membership.objects.filter(**own)),
        ~Exists(Application.objects.filter(**own, status__in=OPEN_APPLICATION_STATUSES)),
    )
    return outside.annotate(ended_at=Subquery(last.values("ended_at")[:1])).filter(ended_at__lte=before)


def contacts_of_companies_not_accepted(now: datetime) -> QuerySet[SecurityContact]:
    outside = companies_outside(now - NOT_ACCEPTED_FOR)
    ended = outside.filter(pk=OuterRef("company")).values("ended_at")
    contacts = SecurityContact.objects.filter(company__in=outside.values("pk"), details_removed_at=None)
    return contacts.annotate(ended_at=Subquery(ended[:1]))


def companies_never_sent(now: datetime) -> QuerySet[Company]:
    """Drafts that were withdrawn, or that ran out: nothing was sent, signed or counted."""
    return companies_outside(now - NEVER_SENT_FOR).filter(
        ~Exists(Application.objects.filter(company=OuterRef("pk"), submitted_at__isnull=False)),
        ~Exists(Declaration.objects.filter(company=OuterRef("pk"))),
    )


def ended_invitations(now: datetime) -> QuerySet[Invitation]:
    """Answered, withdrawn or replaced; or left open until their link stopped working."""
    ended = Q(status=InvitationStatus.OPEN, expires_at__lte=now - ENDED_FOR) | Q(
        closed_at__lte=now - ENDED_FOR
    )
    return Invitation.objects.filter(ended).annotate(ended_at=Coalesce("closed_at", "expires_at"))


def ended_join_requests(now: datetime) -> QuerySet[JoinRequest]:
    rows = JoinRequest.objects.annotate(ended_at=Coalesce("decided_at", "asked_at"))
    under_way = [JoinRequestStatus.WAITING, JoinRequestStatus.OPEN]
    return rows.exclude(status__in=under_way).filter(ended_at__lte=now - ENDED_FOR)


def settled_addresses(now: datetime) -> QuerySet[EnrolledCompany]:
    kept = EnrolledCompany.objects.exclude(email__endswith=f"@{NOWHERE}")
    return kept.filter(settled_at__lte=now - ENDED_FOR)


def rows_of_ended_lists(now: datetime) -> QuerySet[Any]:
    rows = Enrolment.objects.annotate(ended_at=Coalesce("done_at", "withdrawn_at"))
    held = EnrolmentRow.objects.filter(enrolment=OuterRef("pk"))
    return rows.filter(Exists(held), ended_at__lte=now - ENDED_FOR)


def lists_never_enrolled(now: datetime) -> QuerySet[Enrolment]:
    """Checked, and then left lying. One of which anything was enrolled is not deleted by the database."""
    left = [EnrolmentStatus.READY, EnrolmentStatus.FAULTY, EnrolmentStatus.FAILED]
    return Enrolment.objects.filter(status__in=left, worked_at__lte=now - ENDED_FOR)


CONTACT_ACTION = "Name, job title, e-mail address and telephone number are removed; the dates stay"
RULES = (
    RetentionRule(
        key="past_contacts",
        what="Security contacts and deputies who have been replaced",
        after="6 years after another took over",
        action=CONTACT_ACTION,
        model=SecurityContact,
        due=past_contacts,
        since="until",
        remove=remove_contact_details,
    ),
    RetentionRule(
        key="contacts_not_accepted",
        what="Security contacts of companies whose application was rejected or withdrawn",
        after="2 years after the application ended, when the company never joined",
        action=CONTACT_ACTION,
        model=SecurityContact,
        due=contacts_of_companies_not_accepted,
        since="ended_at",
        remove=remove_contact_details,
    ),
    RetentionRule(
        key="companies_never_sent",
        what="Companies that never sent an application",
        after="12 months after their draft was withdrawn or ran out",
        action="The company is deleted, with its draft, its contacts and who acts for it",
        model=Company,
        due=companies_never_sent,
        since="ended_at",
        remove=delete_companies,
    ),
    RetentionRule(
        key="invitations",
        what="Invitations to act for a company",
        after="12 months after they were answered, withdrawn or ran out",
        action="The invitation is deleted; the record of changes has it without the address",
        model=Invitation,
        due=ended_invitations,
        since="ended_at",
        remove=delete_rows(Invitation),
    ),
    RetentionRule(
        key="join_requests",
        what="Requests to act for a company",
        after="12 months after they were answered, or nobody was found to answer",
        action="The request is deleted; the record of changes has it without its words",
        model=JoinRequest,
        due=ended_join_requests,
        since="ended_at",
        remove=delete_rows(JoinRequest),
    ),
    RetentionRule(
        key="enrolled_addresses",
        what="E-mail addresses that partners gave for companies",
        after="12 months after the company joined, declined or was taken out",
        action="The address is removed; the company and what became of it stay",
        model=EnrolledCompany,
        due=settled_addresses,
        since="settled_at",
        remove=remove_enrolled_addresses,
    ),
    RetentionRule(
        key="rows_of_lists",
        what="Rows of lists that partners sent, as they were written",
        after="12 months after the list was enrolled or withdrawn",
        action="The rows are deleted; that the list was sent, and its counts, stay",
        model=Enrolment,
        due=rows_of_ended_lists,
        since="ended_at",
        remove=remove_rows_of_lists,
    ),
    RetentionRule(
        key="lists_never_enrolled",
        what="Lists that partners sent and never enrolled",
        after="12 months after they were checked",
        action="The list is deleted; the record of changes has that it was sent",
        model=Enrolment,
        due=lists_never_enrolled,
        since="worked_at",
        remove=delete_rows(Enrolment),
    ),
)
