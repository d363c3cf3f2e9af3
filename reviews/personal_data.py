"""What this room holds about people. tests/rvss/test_personal_data.py finds a field that no list names."""

from __future__ import annotations

from accounts.holding import STAFF, Holding, RoomRegister, deeds, together
from reviews.models import ReportAnswer, ReportComment, ReportStep, ReportText, ReviewReport

HOLDINGS = (
    Holding(
        key="reviews",
        title="Reports of reviews",
        what=(
            "Who asked for a report, wrote its words, commented, answered or took it a step further, and "
            "when. The figures in it count companies, and name nobody"
        ),
        whose="DfT staff and members of the Advisory Panel",
        why="The scheme must be able to show who decided what, and why",
        kept="As long as the scheme runs, and 6 years after that",
        at_the_end="Destroyed with the record of the scheme",
        on_erasure="It stays, and refers to you by a number",
        fields=(
            "ReviewReport.requested_by",
            "ReportText.by",
            "ReportStep.by",
            "ReportComment.by",
            "ReportAnswer.by",
        ),
        collect=together(
            deeds(ReviewReport, "Report asked for", by="requested_by", at="requested_at"),
            deeds(ReportText, "Words of a report written", by="by", at="at"),
            deeds(ReportStep, "Report taken a step further", by="by", at="at"),
            deeds(ReportComment, "Report commented on", by="by", at="at"),
            deeds(ReportAnswer, "Comment answered", by="by", at="at"),
        ),
        roles=STAFF,
    ),
)

REGISTER = RoomRegister(
    holdings=HOLDINGS,
    not_about_people={
        "counts of companies": ("Snapshot.figures", "ReviewReport.figures", "ReviewReport.tables"),
        "where figures come from: a publication": ("SectorEstimate.source",),
        "names, kinds and digests that the service itself writes": (
            "Snapshot.sha256",
            "ReviewReport.last_error",
            "ReviewReport.figures_sha256",
            "ReviewReport.code_version",
            "ReviewReport.storage_name",
            "ReviewReport.pdf_sha256",
            "ReviewReport.row_counts",
            "ReviewReport.tables_sha256",
            "ReportText.section",
            "ReportComment.section",
        ),
        "what the department and the panel say about the scheme": (
            "ReviewReport.stopped_reason",
            "ReportText.words",
            "ReportStep.reason",
            "ReportComment.words",
            "ReportAnswer.words",
        ),
    },
)
