"""What this room holds about people. tests/rvss/test_personal_data.py finds a field that no list names."""

from __future__ import annotations

from accounts.holding import STAFF, Holding, RoomRegister, deeds
from reviews.models import ReviewReport

HOLDINGS = (
    Holding(
        key="reviews",
        title="Reports of reviews",
        what="Who asked for a report, and when. The figures in it count companies, and name nobody",
        whose="DfT lead assurers",
        why="The scheme must be able to show who decided what, and why",
        kept="As long as the scheme runs, and 6 years after that",
        at_the_end="Destroyed with the record of the scheme",
        on_erasure="It stays, and refers to you by a number",
        fields=("ReviewReport.requested_by",),
        collect=deeds(ReviewReport, "Report asked for", by="requested_by", at="requested_at"),
        roles=STAFF,
    ),
)

REGISTER = RoomRegister(
    holdings=HOLDINGS,
    not_about_people={
        "counts of companies": ("Snapshot.figures", "ReviewReport.figures"),
        "where figures come from: a publication": ("SectorEstimate.source",),
        "names, kinds and digests that the service itself writes": (
            "Snapshot.sha256",
            "ReviewReport.last_error",
            "ReviewReport.figures_sha256",
            "ReviewReport.code_version",
            "ReviewReport.storage_name",
            "ReviewReport.pdf_sha256",
        ),
    },
)
