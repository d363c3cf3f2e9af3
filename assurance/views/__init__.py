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
from assurance.views.company import ActionClose, ActionRetest, ActionShow, CompanyChecks, OutcomeShow
from assurance.views.plan import PlanJson, PlanPdf, PlanRead
from assurance.views.rounds import RoundAllocate, RoundDraw, RoundList, RoundShow
from assurance.views.suspensions import SuspensionDecide, SuspensionList

__all__ = [
    "ActionAdd",
    "ActionClose",
    "ActionRemove",
    "ActionRetest",
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
    "SuspensionDecide",
    "SuspensionList",
]
