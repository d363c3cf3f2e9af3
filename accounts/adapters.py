"""How allauth meets the house: mail becomes notification rows, secrets are encrypted at rest."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings

from accounts.models import User
from accounts.services import queue_notification


def display_name(user: User) -> str:
    return str(user)


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """As a row for nobody's list of messages: a link in it may be the key to the account."""
        message = self.render_mail(template_prefix, email, context)
        queue_notification(to=email, subject=message.subject, body=message.body)

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
