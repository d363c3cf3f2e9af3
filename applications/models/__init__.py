from applications.models.application import (
    APPLICATION_TRANSITIONS,
    OPEN_APPLICATION_STATUSES,
    Application,
    ApplicationQuestion,
    ApplicationStatus,
    Declaration,
)
from applications.models.company import (
    Company,
    CompanyPerson,
    FleetCount,
    PersonLevel,
    SecurityContact,
    SecurityContactKind,
    Site,
    TradeBody,
    TradingName,
)
from applications.models.membership import (
    MEMBERSHIP_TRANSITIONS,
    Membership,
    MembershipOrigin,
    MembershipStatus,
)

__all__ = [
    "APPLICATION_TRANSITIONS",
    "MEMBERSHIP_TRANSITIONS",
    "OPEN_APPLICATION_STATUSES",
    "Application",
    "ApplicationQuestion",
    "ApplicationStatus",
    "Company",
    "CompanyPerson",
    "Declaration",
    "FleetCount",
    "Membership",
    "MembershipOrigin",
    "MembershipStatus",
    "PersonLevel",
    "SecurityContact",
    "SecurityContactKind",
    "Site",
    "TradeBody",
    "TradingName",
]
