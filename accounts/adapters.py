"""How allauth meets the house: mail becomes notification rows, secrets are encrypted at rest."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import User
from accounts.people import tell_of_new_email
from accounts.services import queue_notification


def display_name(user: User) -> str:
    return str(user)


SUGGESTED = "suggested_email"


def suggest_email(request: HttpRequest, email: str) -> None:
    """Fill in the address when the visitor signs up on the way to this page; not in an address, which is
    logged, but in the session."""
    request.session[SUGGESTED] = [request.path, email]


def suggested_email(request: HttpRequest) -> str:
    """The address for who comes from the page that suggested it; empty otherwise."""
    path, email = request.session.get(SUGGESTED, ["", ""])
    return str(email) if path and path == request.GET.get("next") else ""


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "duplicate_email": "Enter another address than the one that you have, or asked for, already",
        "email_taken": "Enter another address: this one belongs to another account",
    }

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """When the address takes the place of another, that one is told, and the change is on record."""
        with transaction.atomic():
            before = User.objects.select_for_update().get(pk=email_address.user_id).email
            confirmed = super().confirm_email(request, email_address)
            if confirmed and email_address.email != before:
                tell_of_new_email(person=email_address.user, before=before)
        return bool(confirmed)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As a row whose text nobody is shown: a link in it may be the key to the account."""
        message = self.render_mail(template_prefix, email, context)
        queue_notification(to=email, subject=message.subject, body=message.body, holds_key=True)

    def get_email_confirmation_url(
        self, request: HttpRequest | None, emailconfirmation: EmailConfirmationHMAC
    ) -> str:
        """With the page that the person was on the way to: they sign in after confirming, and go on there.

        The link may be opened in another browser, so a session would not do.
        """
        address: str = super().get_email_confirmation_url(request, emailconfirmation)
        onward = (request.POST.get("next") or request.GET.get("next")) if request else None
        if not onward or not self.is_safe_url(onward):
            return address
        sign_in = f"{reverse('account_login')}?{urlencode({'next': onward})}"
        return f"{address}?{urlencode({'next': sign_in})}"

    def save_user(self, request: Any, user: User, form: Any, commit: bool = True) -> User:
        user = super().save_user(request, user, form, commit=False)
        user.name = form.cleaned_data["name"]
        if commit:
            user.save()
        return user


class MfaAdapter(DefaultMFAAdapter):
    """allauth stores second-factor secrets in clear unless these two are overridden."""

    def _fernet(self) -> Fernet:
        key = settings.MFA_ENCRYPTION_KEY or base64.urlsafe_b64encode(
            hashlib.sha256(b"mfa:" + settings.SECRET_KEY.encode()).digest()
        )
        return Fernet(key)

    def encrypt(self, text: str) -> str:
        return self._fernet().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return self._fernet().decrypt(encrypted_text.encode()).decode()
