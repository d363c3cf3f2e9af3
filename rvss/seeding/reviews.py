"""Two reports of the review of the launch: one published, one with the panel. Documents are made at once."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction

from accounts.models import User
from reviews import services
from reviews.models import ReviewReport
from reviews.sections import sections_of, tables_of
from reviews.tasks import make_report
from rvss.seeding.staff import make_staff

SAID = {
    "summary": (
        "The scheme has grown steadily since it was launched, and most members that were checked meet most "
        "points of the code.\n\nTake-up is uneven. Large fleets have joined; among companies with few "
        "vehicles the scheme is less well known. Where points are not met, the cause is more often a record "
        "that was not kept than a check that was not made."
    ),
    "take-up": "Companies that belong to a trade body joined sooner than others, and stayed.",
    "compliance": "Findings of one point differ little between rounds, so that they can be added up.",
    "case": "A mandate would mostly reach companies that are outside the scheme, of which little is known.",
}
PARTS = {
    "benefit": "Police forces say that this point helps when a vehicle must be traced. Nobody counts it.",
    "enforcement": "The cost is mostly time of staff at handover. It weighs most on small companies.",
    "judgement": "The evidence so far does not call for a mandate. The next review should look at it again.",
}


@transaction.atomic
def make_reviews(until: date) -> list[ReviewReport]:
    """In one transaction, so that no worker takes a report up meanwhile."""
    staff = make_staff()
    panel = User.objects.get(email="panel@example.com")
    begin = until - timedelta(days=550)
    first = _drafted(begin, until - timedelta(days=120), staff.leads[0], staff.assurers[0])
    services.consult_panel(report=first, reason="The draft has all its words.", by=staff.leads[0])
    _made(first)
    comment = services.comment_on_report(
        report=first, section="summary", words="Please say how many small companies there are.", by=panel
    )
    services.answer_comment(
        comment=comment, words="The table “Who a mandate would reach” has it.", by=staff.assurers[0]
    )
    services.sign_report(report=first, reason="The words follow from the figures.", by=staff.leads[1])
    _made(first)
    services.publish_report(report=first, reason="The review is due.", by=staff.leads[0])
    second = _drafted(begin, until, staff.leads[0], staff.assurers[1])
    services.consult_panel(report=second, reason="Newer figures, for comments.", by=staff.leads[0])
    _made(second)
    services.comment_on_report(
        report=second, section="", words="The burden on one-person companies is missing.", by=panel
    )
    return [first, second]


def _drafted(period_from: date, period_to: date, lead: User, writer: User) -> ReviewReport:
    report = _made(services.start_report(period_from=period_from, period_to=period_to, by=lead))
    for section in sections_of(tables_of(report)):
        for part in section.parts:
            words = SAID.get(part.key) or (PARTS[part.key.rsplit("-", 1)[1]] if section.level == 3 else "")
            if words:
                services.write_section(report=report, section=part.key, words=words, seen=0, by=writer)
    return report


def _made(report: ReviewReport) -> ReviewReport:
    make_report(report.pk)
    report.refresh_from_db()
    return report
