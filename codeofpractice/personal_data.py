"""What this room holds about people. tests/rvss/test_personal_data.py finds a field that no list names."""

from __future__ import annotations

from accounts.holding import COMPANY_ROLES, PUBLIC_TASK, Holding, RoomRegister, deeds, together
from codeofpractice.models import (
    Evidence,
    Measure,
    PassageLink,
    PlanDocument,
    PlanVersion,
    PointResponse,
    PointRevision,
    StoredFile,
)

HOLDINGS = (
    Holding(
        key="plans",
        title="Security plans",
        what="Who wrote, submitted and uploaded what, and when; and the plans themselves, in "
        "which a company may name its people",
        whose="People of hire companies, and whoever a company names in its plan",
        why=PUBLIC_TASK,
        kept="As long as the scheme runs, and 6 years after that",
        at_the_end="Destroyed with the record of the scheme",
        on_erasure="It stays, and refers to you by a number. What a plan says is the company’s; ask the "
        "company to name you no longer in its next version",
        fields=(
            "PlanVersion.started_by",
            "PlanVersion.submitted_by",
            "PointResponse.changed_by",
            "PointResponse.looked_by",
            "PointResponse.how_met",
            "PointResponse.responsible_role",
            "PointResponse.not_applicable_reason",
            "PointRevision.how_met",
            "PointRevision.responsible_role",
            "PointRevision.not_applicable_reason",
            "PointRevision.written_by",
            "Measure.what",
            "Measure.owner_role",
            "Measure.written_by",
            "Evidence.title",
            "Evidence.added_by",
            "StoredFile.uploaded_by",
            "StoredFile.original_name",
            "PlanDocument.added_by",
            "PlanDocument.reason",
            "PlanDocument.last_error",
            "PlanDocument.confirmed_by",
            "ProformaAnswer.position",
            "ProformaAnswer.how_met",
            "ProformaAnswer.responsible_role",
            "ProformaAnswer.planned_for",
            "ProformaAnswer.not_applicable_reason",
            "ProformaMeasure.what",
            "ProformaMeasure.state",
            "ProformaMeasure.day",
            "ProformaMeasure.owner_role",
            "Passage.text",
            "Passage.heading",
            "PassageLink.decided_by",
            "PassageSuggestion.words",
        ),
        # That the person wrote, not what: the plan is the company's, and its people see it in the service.
        collect=together(
            deeds(PlanVersion, "Version of a plan started", by="started_by", at="started_at"),
            deeds(PlanVersion, "Version of a plan submitted", by="submitted_by", at="submitted_at"),
            deeds(PointResponse, "Answer to a point changed", by="changed_by", at="changed_at"),
            deeds(PointResponse, "Answer to a point looked at again", by="looked_by", at="looked_at"),
            deeds(PointRevision, "Answer to a point changed later", by="written_by", at="written_at"),
            deeds(Measure, "Measure written", by="written_by", at="written_at"),
            deeds(StoredFile, "File uploaded", by="uploaded_by", at="uploaded_at"),
            deeds(Evidence, "Evidence added", by="added_by", at="added_at"),
            deeds(PlanDocument, "Plan uploaded", by="added_by", at="added_at"),
            deeds(PlanDocument, "Answers of a pro-forma saved", by="confirmed_by", at="confirmed_at"),
            deeds(PassageLink, "Passage judged", by="decided_by", at="decided_at"),
        ),
        roles=COMPANY_ROLES,
    ),
)

REGISTER = RoomRegister(
    holdings=HOLDINGS,
    not_about_people={
        "the Code of Practice, which is public": (
            "Edition.code",
            "Edition.title",
            "Edition.rental_models",
            "Edition.declaration",
            "Edition.source_sha256",
            "Point.key",
            "Point.title",
            "Point.requirement",
            "Point.good_evidence",
            "Point.applies_when",
            "Correspondence.relation",
            "Correspondence.note",
            "PointResponse.mark",
            "MemberMove.reason",
            "MemberMove.last_error",
        ),
        "names, kinds and digests that the service itself writes": (
            "StoredFile.storage_name",
            "StoredFile.content_type",
            "StoredFile.sha256",
            "StoredFile.last_error",
            "Passage.kind",
            "ProformaAnswer.base",
            "ProformaAnswer.missing",
        ),
    },
)
