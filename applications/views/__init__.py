from applications.views.application import (
    ApplicationCheck,
    ApplicationSent,
    ApplicationShow,
    ApplicationTasks,
    ApplicationWithdraw,
)
from applications.views.apply import ApplicationStart, ApplyShow, EligibilityCheck
from applications.views.assignment import ApplicationAssign, QueueAssign
from applications.views.casework import (
    ApplicationAccept,
    ApplicationReject,
)
from applications.views.certificate import (
    MembershipCertificate,
    MemberVerify,
)
from applications.views.company import CompanyShow
from applications.views.company_details import CompanyEdit, LookupAgain
from applications.views.contacts import (
    ContactAsk,
    ContactChange,
    ContactConfirm,
    ContactList,
    ContactsShow,
)
from applications.views.declarations import (
    DeclarationReceipt,
    DeclarationRequestList,
    DeclarationVerify,
    FactsShow,
)
from applications.views.enrolled import (
    EnrolledDownload,
    EnrolledInvite,
    EnrolledList,
    EnrolledShow,
    EnrolledWithdraw,
    PartnerAnswer,
)
from applications.views.enrolments import (
    EnrolmentColumns,
    EnrolmentFaults,
    EnrolmentImport,
    EnrolmentList,
    EnrolmentRetry,
    EnrolmentRows,
    EnrolmentSend,
    EnrolmentShow,
    EnrolmentTemplate,
    EnrolmentWithdraw,
)
from applications.views.invitations import (
    InvitationResend,
    InvitationSend,
    InvitationShow,
    InvitationWithdraw,
)
from applications.views.join_requests import JoinRequestAnswer, JoinRequestSend, JoinRequestSent
from applications.views.memberships import (
    ApplyAgain,
    MembershipHistory,
    MembershipList,
    MembershipReinstate,
    MembershipRemove,
    MembershipResign,
    MembershipSuspend,
)
from applications.views.people import CompanyLeave, LevelChange, PersonList, PersonRemove
from applications.views.questions import QuestionAnswer, QuestionAsk, RepliesSend
from applications.views.queue import ApplicationQueue, QueueDownload
from applications.views.reconsiderations import (
    ReconsiderationAnswer,
    ReconsiderationAsk,
    ReconsiderationList,
)
from applications.views.register import RegisterDownload, RegisterList, RegisterShow
from applications.views.sections import SectionEdit, SitesEdit, TradingNamesEdit

__all__ = [
    "ApplicationAccept",
    "ApplicationAssign",
    "ApplicationCheck",
    "ApplicationQueue",
    "ApplicationReject",
    "ApplicationSent",
    "ApplicationShow",
    "ApplicationStart",
    "ApplicationTasks",
    "ApplicationWithdraw",
    "ApplyAgain",
    "ApplyShow",
    "CompanyEdit",
    "CompanyLeave",
    "CompanyShow",
    "ContactAsk",
    "ContactChange",
    "ContactConfirm",
    "ContactList",
    "ContactsShow",
    "DeclarationReceipt",
    "DeclarationRequestList",
    "DeclarationVerify",
    "EligibilityCheck",
    "EnrolledDownload",
    "EnrolledInvite",
    "EnrolledList",
    "EnrolledShow",
    "EnrolledWithdraw",
    "EnrolmentColumns",
    "EnrolmentFaults",
    "EnrolmentImport",
    "EnrolmentList",
    "EnrolmentRetry",
    "EnrolmentRows",
    "EnrolmentSend",
    "EnrolmentShow",
    "EnrolmentTemplate",
    "EnrolmentWithdraw",
    "FactsShow",
    "InvitationResend",
    "InvitationSend",
    "InvitationShow",
    "InvitationWithdraw",
    "JoinRequestAnswer",
    "JoinRequestSend",
    "JoinRequestSent",
    "LevelChange",
    "LookupAgain",
    "MemberVerify",
    "MembershipCertificate",
    "MembershipHistory",
    "MembershipList",
    "MembershipReinstate",
    "MembershipRemove",
    "MembershipResign",
    "MembershipSuspend",
    "PartnerAnswer",
    "PersonList",
    "PersonRemove",
    "QuestionAnswer",
    "QuestionAsk",
    "QueueAssign",
    "QueueDownload",
    "ReconsiderationAnswer",
    "ReconsiderationAsk",
    "ReconsiderationList",
    "RegisterDownload",
    "RegisterList",
    "RegisterShow",
    "RepliesSend",
    "SectionEdit",
    "SitesEdit",
    "TradingNamesEdit",
]
