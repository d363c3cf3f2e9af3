from codeofpractice.views.documents import DocumentAdd, DocumentRemove, DocumentRetry, DocumentShow
from codeofpractice.views.edition_admin import EditionManage, EditionPreview, EditionPublish, EditionRetry
from codeofpractice.views.editions import EditionList, EditionShow
from codeofpractice.views.evidence import (
    EvidenceAdd,
    EvidenceChange,
    EvidenceRemove,
    EvidenceReplace,
    EvidenceUse,
)
from codeofpractice.views.files import FileDownload, FileScan
from codeofpractice.views.history import PointHistory, VersionCompare
from codeofpractice.views.marks import StillRight
from codeofpractice.views.measures import MeasureAdd, MeasureEdit, MeasureRemove
from codeofpractice.views.plan import (
    DraftWithdraw,
    PlanConfirm,
    PlanShow,
    PlanSubmit,
    VersionJson,
    VersionPdf,
    VersionShow,
    VersionStart,
)
from codeofpractice.views.points import PassageDecide, PointEdit
from codeofpractice.views.proformas import ProformaDownload, ProformaReview, ProformaUpload
from codeofpractice.views.training import TrainingAdd, TrainingEdit, TrainingRemove

__all__ = [
    "DocumentAdd",
    "DocumentRemove",
    "DocumentRetry",
    "DocumentShow",
    "DraftWithdraw",
    "EditionList",
    "EditionManage",
    "EditionPreview",
    "EditionPublish",
    "EditionRetry",
    "EditionShow",
    "EvidenceAdd",
    "EvidenceChange",
    "EvidenceRemove",
    "EvidenceReplace",
    "EvidenceUse",
    "FileDownload",
    "FileScan",
    "MeasureAdd",
    "MeasureEdit",
    "MeasureRemove",
    "PassageDecide",
    "PlanConfirm",
    "PlanShow",
    "PlanSubmit",
    "PointEdit",
    "PointHistory",
    "ProformaDownload",
    "ProformaReview",
    "ProformaUpload",
    "StillRight",
    "TrainingAdd",
    "TrainingEdit",
    "TrainingRemove",
    "VersionCompare",
    "VersionJson",
    "VersionPdf",
    "VersionShow",
    "VersionStart",
]
