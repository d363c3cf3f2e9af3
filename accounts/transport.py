"""The way out of the house for a message: a mail server, or GOV.UK Notify (MESSAGES_VIA).

Whatever goes wrong comes back as one of three: to be tried again, the address is no good, or refused.
"""

from __future__ import annotations

import re
from smtplib import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

import requests
from django.conf import settings
from django.core.mail import EmailMessage
from notifications_python_client.errors import APIError, HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from accounts.models import Notification

# Seconds for each wait on Notify; a task claims a message for longer than any sending can take.
NOTIFY_TIMEOUT = 10
BAD_ADDRESS = re.compile(r"email_address|not a valid email|recipient", re.IGNORECASE)
# RFC 3463: 5.1.x is a permanent fault of an address.
ADDRESS_AT_FAULT = re.compile(r"\b5\.1\.\d{1,3}\b")


class SendingFailed(Exception):
    """The message was not taken."""


class TryAgain(SendingFailed):
    """The network, a server that is down or busy: the same message may pass later."""


class AddressRefused(SendingFailed):
    """There is no such mailbox: sending again to the same address would not help."""


class MessageRefused(SendingFailed):
    """A key that is not ours, a template that is gone: somebody must put it right first."""


def send_message(notification: Notification) -> str:
    """Hand the message over; returns Notify's id of it, or nothing for a mail server.

    Raises TryAgain, AddressRefused or MessageRefused.
    """
    if settings.MESSAGES_VIA == "notify":
        return _send_via_notify(notification)
    _send_via_smtp(notification)
    return ""


def _send_via_smtp(notification: Notification) -> None:
    message = EmailMessage(
        subject=notification.subject,
        body=notification.body,
        to=[notification.to],
        # The same at each attempt: mail programs show one message when a crash made it two.
        headers={"Message-ID": f"<{notification.reference}@rvss.invalid>"},
    )
    try:
        message.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        kind = AddressRefused if codes and min(codes) >= 500 else TryAgain
        raise kind(repr(error)) from error
    except (SMTPConnectError, SMTPHeloError) as error:
        # The server turned the connection away, not this message.
        raise TryAgain(repr(error)) from error
    except SMTPResponseException as error:
        raise _of_answer(error)(repr(error)) from error
    except (SMTPException, OSError) as error:
        raise TryAgain(repr(error)) from error


def _of_answer(error: SMTPResponseException) -> type[SendingFailed]:
    if error.smtp_code < 500:
        return TryAgain
    is_address = ADDRESS_AT_FAULT.search(str(error.smtp_error)) is not None
    at_fault = is_address and not isinstance(error, SMTPAuthenticationError)
    return AddressRefused if at_fault else MessageRefused


def _send_via_notify(notification: Notification) -> str:
    client = NotificationsAPIClient(
        settings.NOTIFY_API_KEY, base_url=settings.NOTIFY_BASE_URL, timeout=NOTIFY_TIMEOUT
    )
    try:
        # After a crash or a timeout nobody knows whether Notify has it: ask, before sending it twice.
        known = _find_at_notify(client, notification) if notification.attempts > 1 else ""
        return known or _post_to_notify(client, notification)
    except APIError as error:
        raise _of_notify(error)(f"Notify: {error}") from error
    except requests.RequestException as error:
        raise TryAgain(repr(error)) from error
    finally:
        client.request_session.close()


def _post_to_notify(client: NotificationsAPIClient, notification: Notification) -> str:
    answer = client.send_email_notification(
        email_address=notification.to,
        template_id=settings.NOTIFY_TEMPLATE_ID,
        personalisation={"subject": notification.subject, "body": without_links_in_words(notification.body)},
        reference=str(notification.reference),
    )
    return str(answer["id"])[:64]


def _find_at_notify(client: NotificationsAPIClient, notification: Notification) -> str:
    found = client.get_all_notifications(reference=str(notification.reference))["notifications"]
    return str(found[0]["id"])[:64] if found else ""


def without_links_in_words(text: str) -> str:
    """Notify reads Markdown: [words](address) in what somebody typed would hide where a link goes."""
    return text.replace("](", "] (")


def _of_notify(error: APIError) -> type[SendingFailed]:
    """Not an HTTPError: the answer could not be read. The client says 503 when there was no answer."""
    code = error.status_code
    if not isinstance(error, HTTPError) or code == 429 or code >= 500:
        return TryAgain
    if code == 400 and BAD_ADDRESS.search(str(error.message)):
        return AddressRefused
    return MessageRefused
