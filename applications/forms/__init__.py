"""What pages of this room take in. Forms validate; services decide."""

from applications.forms.apply import ApplicationStart, Eligibility
from applications.forms.casework import (
    Acceptance,
    Answer,
    DeclarationForm,
    Question,
    QueueFilter,
    Rejection,
    Withdrawal,
)
from applications.forms.register import RegisterFilter
from applications.forms.sections import (
    CompanyDetails,
    ContactForm,
    DeputyForm,
    ListingForm,
    RegionsForm,
    RentalsForm,
    SiteForm,
    TradeBodiesForm,
    TradingNameForm,
)

__all__ = [
    "Acceptance",
    "Answer",
    "ApplicationStart",
    "CompanyDetails",
    "ContactForm",
    "DeclarationForm",
    "DeputyForm",
    "Eligibility",
    "ListingForm",
    "Question",
    "QueueFilter",
    "RegionsForm",
    "RegisterFilter",
    "Rejection",
    "RentalsForm",
    "SiteForm",
    "TradeBodiesForm",
    "TradingNameForm",
    "Withdrawal",
]
