from applications.views.application import (
    ApplicationCheck,
    ApplicationSent,
    ApplicationShow,
    ApplicationTasks,
    ApplicationWithdraw,
    QuestionAnswer,
)
from applications.views.apply import ApplicationStart, ApplyShow, EligibilityCheck
from applications.views.casework import (
    ApplicationAccept,
    ApplicationAssign,
    ApplicationQueue,
    ApplicationReject,
    QuestionAsk,
)
from applications.views.company import CompanyShow
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
    "ApplyShow",
    "CompanyShow",
    "EligibilityCheck",
    "QuestionAnswer",
    "QuestionAsk",
    "RegisterDownload",
    "RegisterList",
    "RegisterShow",
    "SectionEdit",
    "SitesEdit",
    "TradingNamesEdit",
]
