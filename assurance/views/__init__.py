from assurance.views.allocation import BarsOverride, CheckAllocate, OverrideEnd, RoundAllocate
from assurance.views.asking import NoteAdd, RequestAdd, RequestAnswer, RequestExtend, RequestWithdraw
from assurance.views.bench import ActionAdd, ActionRemove, FindingRecord
from assurance.views.calibration import CalibrationShow
from assurance.views.checks import (
    CheckDecide,
    CheckFile,
    CheckSendBack,
    CheckShow,
    OutcomeRecommend,
    PlanTake,
)
from assurance.views.closing import ClosureList, ClosureLook
from assurance.views.company import ActionClose, ActionRetest, ActionShow, CompanyChecks, OutcomeShow
from assurance.views.declaring import ConflictDeclare
from assurance.views.interests import (
    InterestAdd,
    InterestEnd,
    InterestList,
    SkillsSet,
    StaffList,
    StaffShow,
)
from assurance.views.levels import MemberAssurance
from assurance.views.partner import (
    PartnerResultCorrect,
    PartnerResultList,
    PartnerResultSend,
    PartnerResultShow,
)
from assurance.views.partner_lists import (
    PartnerListColumns,
    PartnerListList,
    PartnerListSend,
    PartnerListShow,
    PartnerListTakeOver,
    PartnerListTemplate,
)
from assurance.views.plan import PlanJson, PlanPdf, PlanRead
from assurance.views.queue import CheckQueue, QueueDownload
from assurance.views.readings import (
    ReadingDeclare,
    ReadingFile,
    ReadingGive,
    ReadingList,
    ReadingPoint,
    ReadingSettle,
    ReadingShow,
    ReadingSubmit,
    ReadingTake,
)
from assurance.views.rechecks import RecheckCompare, RecheckDraw
from assurance.views.reconsidering import (
    ReconsiderationAnswer,
    ReconsiderationAsk,
    ReconsiderationList,
)
from assurance.views.rounds import RoundDraw, RoundList, RoundShow
from assurance.views.suspensions import SuspensionDecide, SuspensionList

__all__ = [
    "ActionAdd",
    "ActionClose",
    "ActionRemove",
    "ActionRetest",
    "ActionShow",
    "BarsOverride",
    "CalibrationShow",
    "CheckAllocate",
    "CheckDecide",
    "CheckFile",
    "CheckQueue",
    "CheckSendBack",
    "CheckShow",
    "ClosureList",
    "ClosureLook",
    "CompanyChecks",
    "ConflictDeclare",
    "FindingRecord",
    "InterestAdd",
    "InterestEnd",
    "InterestList",
    "MemberAssurance",
    "NoteAdd",
    "OutcomeRecommend",
    "OutcomeShow",
    "OverrideEnd",
    "PartnerListColumns",
    "PartnerListList",
    "PartnerListSend",
    "PartnerListShow",
    "PartnerListTakeOver",
    "PartnerListTemplate",
    "PartnerResultCorrect",
    "PartnerResultList",
    "PartnerResultSend",
    "PartnerResultShow",
    "PlanJson",
    "PlanPdf",
    "PlanRead",
    "PlanTake",
    "QueueDownload",
    "ReadingDeclare",
    "ReadingFile",
    "ReadingGive",
    "ReadingList",
    "ReadingPoint",
    "ReadingSettle",
    "ReadingShow",
    "ReadingSubmit",
    "ReadingTake",
    "RecheckCompare",
    "RecheckDraw",
    "ReconsiderationAnswer",
    "ReconsiderationAsk",
    "ReconsiderationList",
    "RequestAdd",
    "RequestAnswer",
    "RequestExtend",
    "RequestWithdraw",
    "RoundAllocate",
    "RoundDraw",
    "RoundList",
    "RoundShow",
    "SkillsSet",
    "StaffList",
    "StaffShow",
    "SuspensionDecide",
    "SuspensionList",
]
