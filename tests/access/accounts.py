"""Who may open the account pages. allauth redirects people who have no business on a page; that is `ok`."""

from typing import Any

from allauth.account.models import EmailAddress, EmailConfirmationHMAC

from tests.access.expectation import EVERYBODY, SIGN_IN, SIGNED_IN, Leaf, form, get, post
from tests.cast import Cast


def confirmation_key(cast: Cast) -> dict[str, Any]:
    address, _ = EmailAddress.objects.get_or_create(user=cast.owner, email="owner-new@example.com")
    return {"key": EmailConfirmationHMAC(address).key}


EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "home": Leaf(get(EVERYBODY), public=True),
    "accessibility": Leaf(get(EVERYBODY), public=True),
    "privacy": Leaf(get(EVERYBODY), public=True),
    "cookies": Leaf(get(EVERYBODY), public=True),
    "account": Leaf(get(SIGNED_IN)),
    "health": Leaf(get(EVERYBODY), public=True),
    "account_signup": Leaf(form(EVERYBODY), public=True),
    "account_login": Leaf(form(EVERYBODY), public=True),
    "account_logout": Leaf(form(EVERYBODY), public=True),
    "account_inactive": Leaf(get(EVERYBODY), public=True),
    "account_email_verification_sent": Leaf(get(EVERYBODY), public=True),
    # Whoever is not the address's owner confirms, and is sent to sign in.
    "account_confirm_email": Leaf(
        get(EVERYBODY) | post("owner", otherwise=SIGN_IN),
        public=True,
        kwargs=confirmation_key,
    ),
    "account_reset_password": Leaf(form(EVERYBODY), public=True),
    "account_reset_password_done": Leaf(get(EVERYBODY), public=True),
    "account_reset_password_from_key": Leaf(
        form(EVERYBODY), public=True, kwargs=lambda cast: {"uidb36": "1", "key": "unknown"}
    ),
    "account_reset_password_from_key_done": Leaf(get(EVERYBODY), public=True),
    "account_reauthenticate": Leaf(form(SIGNED_IN)),
    "account_email": Leaf(form(SIGNED_IN)),
    "account_change_password": Leaf(form(SIGNED_IN)),
    "account_set_password": Leaf(form(SIGNED_IN)),
    "mfa_index": Leaf(get(SIGNED_IN)),
    "mfa_authenticate": Leaf(form(SIGNED_IN), public=True),
    "mfa_reauthenticate": Leaf(form(SIGNED_IN)),
    "mfa_activate_totp": Leaf(form(SIGNED_IN)),
    # Nobody of the cast has an authenticator, so there is nothing to take away or to look at.
    "mfa_deactivate_totp": Leaf(form("", hidden=SIGNED_IN)),
    "mfa_view_recovery_codes": Leaf(get("", hidden=SIGNED_IN)),
    "mfa_generate_recovery_codes": Leaf(form(SIGNED_IN)),
    "mfa_download_recovery_codes": Leaf(get("", hidden=SIGNED_IN)),
}
