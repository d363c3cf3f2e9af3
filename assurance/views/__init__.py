from assurance.views.asking import NoteAdd, RequestAdd, RequestAnswer, RequestExtend, RequestWithdraw
from assurance.views.bench import ActionAdd, ActionRemove, FindingRecord
from assurance.views.checks import (
    CheckAllocate,
    CheckDecide,
    CheckFile,
    CheckQueue,
    CheckSendBack,
    CheckShow,
    OutcomeRecommend,
    PlanTake,
)
from assurance.views.company import ActionClose, ActionReopen, ActionShow, CompanyChecks, OutcomeShow
from assurance.views.plan import PlanJson, PlanPdf, PlanRead
from assurance.views.rounds import RoundAllocate, RoundDraw, RoundList, RoundShow

__all__ = [
    "ActionAdd",
    "ActionClose",
    "ActionRemove",
    "ActionReopen",
    "ActionShow",
    "CheckAllocate",
    "CheckDecide",
    "CheckFile",
    "CheckQueue",
    "CheckSendBack",
    "CheckShow",
    "CompanyChecks",
    "FindingRecord",
    "NoteAdd",
    "OutcomeRecommend",
    "OutcomeShow",
    "PlanJson",
    "PlanPdf",
    "PlanRead",
    "PlanTake",
    "RequestAdd",
    "RequestAnswer",
    "RequestExtend",
    "RequestWithdraw",
    "RoundAllocate",
    "RoundDraw",
    "RoundList",
    "RoundShow",
]
