"""Every change of a company, its application and its membership."""

from applications.services.assignment import (
    ASSIGNABLE,
    NOT_YOURS,
    Outcome,
    Pick,
    assign_application,
    assign_applications,
)
from applications.services.casework import (
    accept_application,
    reject_application,
)
from applications.services.contact_details import ContactDetails
from applications.services.contacts import (
    ask_again,
    ask_for_confirmation,
    change_security_contact,
    confirm_contact,
    miss_confirmation,
    refuse_contact,
    remind_contact,
    remove_deputy,
)
from applications.services.declarations import (
    AnswersChanged,
    SignedWords,
    sign_declaration,
    verify_declaration,
)
from applications.services.drafting import (
    apply_again,
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
from applications.services.enrolled import (
    answer_partner,
    invite_enrolled_again,
    remind_enrolled,
    withdraw_enrolled,
)
from applications.services.enrolments import (
    RowsRefused,
    receive_enrolment,
    retry_enrolment,
    start_import,
    withdraw_enrolment,
)
from applications.services.join_requests import (
    accept_join_request,
    ask_to_join,
    decline_join_request,
)
from applications.services.keeping import expire_draft, warn_of_expiry
from applications.services.lookups import keep_lookup
from applications.services.memberships import (
    reinstate_membership,
    remove_membership,
    resign_membership,
    suspend_membership,
)
from applications.services.people import (
    accept_invitation,
    change_level,
    invite_person,
    leave_company,
    remove_person,
    resend_invitation,
    withdraw_invitation,
)
from applications.services.questions import (
    answer_question,
    ask_question,
    send_replies,
    sign_and_send_replies,
)
from applications.services.reconsiderations import answer_reconsideration, ask_to_reconsider
from applications.services.renewals import lapse_membership, remind_of_renewal, renew_membership
from applications.services.sections import StaleAnswers, save_section
from applications.services.submission import (
    submit_application,
    withdraw_application,
)

__all__ = [
    "ASSIGNABLE",
    "NOT_YOURS",
    "AnswersChanged",
    "ContactDetails",
    "Outcome",
    "Pick",
    "RowsRefused",
    "SignedWords",
    "StaleAnswers",
    "accept_application",
    "accept_invitation",
    "accept_join_request",
    "answer_partner",
    "answer_question",
    "answer_reconsideration",
    "apply_again",
    "ask_again",
    "ask_for_confirmation",
    "ask_question",
    "ask_to_join",
    "ask_to_reconsider",
    "assign_application",
    "assign_applications",
    "change_level",
    "change_security_contact",
    "confirm_contact",
    "decline_join_request",
    "expire_draft",
    "invite_enrolled_again",
    "invite_person",
    "keep_lookup",
    "lapse_membership",
    "leave_company",
    "miss_confirmation",
    "receive_enrolment",
    "refuse_contact",
    "reinstate_membership",
    "reject_application",
    "remind_contact",
    "remind_enrolled",
    "remind_of_renewal",
    "remove_deputy",
    "remove_membership",
    "remove_person",
    "renew_membership",
    "resend_invitation",
    "resign_membership",
    "retry_enrolment",
    "save_section",
    "send_replies",
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
    "sign_and_send_replies",
    "sign_declaration",
    "start_application",
    "start_import",
    "submit_application",
    "suspend_membership",
    "verify_declaration",
    "warn_of_expiry",
    "withdraw_application",
    "withdraw_enrolled",
    "withdraw_enrolment",
    "withdraw_invitation",
]
