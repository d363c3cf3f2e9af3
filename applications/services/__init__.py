"""Every change of a company, its application and its membership."""

from applications.services.casework import (
    accept_application,
    ask_question,
    assign_application,
    reject_application,
)
from applications.services.drafting import (
    ContactDetails,
    set_company_details,
    set_deputy,
    set_fleet,
    set_listing,
    set_no_deputy,
    set_regions,
    set_security_contact,
    set_sites,
    set_trade_bodies,
    set_trading_names,
    start_application,
)
from applications.services.memberships import reinstate_membership, suspend_membership
from applications.services.submission import (
    answer_question,
    submit_application,
    verify_declaration,
    withdraw_application,
)

__all__ = [
    "ContactDetails",
    "accept_application",
    "answer_question",
    "ask_question",
    "assign_application",
    "reinstate_membership",
    "reject_application",
    "set_company_details",
    "set_deputy",
    "set_fleet",
    "set_listing",
    "set_no_deputy",
    "set_regions",
    "set_security_contact",
    "set_sites",
    "set_trade_bodies",
    "set_trading_names",
    "start_application",
    "submit_application",
    "suspend_membership",
    "verify_declaration",
    "withdraw_application",
]
