from codeofpractice.views.documents import DocumentAdd, DocumentRemove, DocumentRetry, DocumentShow
from codeofpractice.views.editions import EditionList, EditionShow
from codeofpractice.views.files import FileDownload
from codeofpractice.views.plan import DraftWithdraw, PlanShow, PlanSubmit, VersionShow, VersionStart
from codeofpractice.views.points import EvidenceAdd, EvidenceRemove, PassageDecide, PointEdit

__all__ = [
    "DocumentAdd",
    "DocumentRemove",
    "DocumentRetry",
    "DocumentShow",
    "DraftWithdraw",
    "EditionList",
    "EditionShow",
    "EvidenceAdd",
    "EvidenceRemove",
    "FileDownload",
    "PassageDecide",
    "PlanShow",
    "PlanSubmit",
    "PointEdit",
    "VersionShow",
    "VersionStart",
]
