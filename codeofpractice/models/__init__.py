from codeofpractice.models.document import (
    DOCUMENT_TRANSITIONS,
    LinkDecision,
    Passage,
    PassageLink,
    PassageSuggestion,
    PlanDocument,
    ReadingStatus,
)
from codeofpractice.models.edition import Applicability, Edition, EditionStatus, Point
from codeofpractice.models.file import FILE_TRANSITIONS, FileStatus, StoredFile
from codeofpractice.models.plan import (
    PLAN_VERSION_TRANSITIONS,
    Evidence,
    Plan,
    PlanVersion,
    PlanVersionStatus,
    PointResponse,
    Position,
)

__all__ = [
    "DOCUMENT_TRANSITIONS",
    "FILE_TRANSITIONS",
    "PLAN_VERSION_TRANSITIONS",
    "Applicability",
    "Edition",
    "EditionStatus",
    "Evidence",
    "FileStatus",
    "LinkDecision",
    "Passage",
    "PassageLink",
    "PassageSuggestion",
    "Plan",
    "PlanDocument",
    "PlanVersion",
    "PlanVersionStatus",
    "Point",
    "PointResponse",
    "Position",
    "ReadingStatus",
    "StoredFile",
]
