"""Pages that mix rooms."""

from rvss.views.about import About, Privacy
from rvss.views.account import Account
from rvss.views.declare import DeclarationSign, DeclarationSignAgain, DeclarationSignCorrection
from rvss.views.home import Health, Home
from rvss.views.renew import MembershipRenew, MembershipRenewSign
from rvss.views.schema import ApiSchema

__all__ = [
    "About",
    "Account",
    "ApiSchema",
    "DeclarationSign",
    "DeclarationSignAgain",
    "DeclarationSignCorrection",
    "Health",
    "Home",
    "MembershipRenew",
    "MembershipRenewSign",
    "Privacy",
]
