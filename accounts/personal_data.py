"""What this room holds about people. tests/rvss/test_personal_data.py finds a field that no list names."""

from __future__ import annotations

from accounts import copying, erasing
from accounts.holding import PUBLIC_TASK, RIGHTS, SECURITY, STAFF, Holding, RoomRegister
from accounts.models import Role, User
from accounts.retention_rules import RULES


def works_for_dft(user: User) -> list[str]:
    if user.is_dft and user.is_active:
        return ["This account is for work at the department. An administrator has to stop its access first."]
    return []


HOLDINGS = (
    Holding(
        key="account",
        title="Your account",
        what="Name, e-mail addresses, role, when the account was made and when you last signed in",
        whose="Everybody who has an account",
        why=PUBLIC_TASK,
        kept="As long as you have the account; 30 days when you never confirm your e-mail address",
        at_the_end="An account that was never confirmed is deleted. Others are erased when you ask",
        on_erasure="The name and the addresses are replaced: you become “Former user” with a number. Nobody "
        "can sign in or be written to any more",
        fields=("User.email", "User.name", "account.EmailAddress.email", "account.EmailAddress.user"),
        collect=copying.copy_account,
        erase=erasing.erase_account,
    ),
    Holding(
        key="sign_in",
        title="How you sign in",
        what="Your password and second factor, encoded so that nobody can read them, and "
        "the sessions in which you are signed in",
        whose="Everybody who has an account",
        why=SECURITY,
        kept="As long as you have the account; a session ends after 12 hours",
        at_the_end="Ended sessions are deleted with the next removal",
        on_erasure="Deleted. You are signed out everywhere",
        fields=(
            "User.password",
            "User.groups",
            "User.user_permissions",
            "mfa.Authenticator.user",
            "mfa.Authenticator.data",
            "account.EmailConfirmation.key",
            "sessions.Session.session_key",
            "sessions.Session.session_data",
        ),
        collect=copying.copy_sign_in,
        erase=erasing.erase_sign_in,
    ),
    Holding(
        key="tokens",
        title="API tokens",
        what="Tokens that you made for programs: the name that you gave them, what they may do, when they "
        "were used last; and for a while the answers that a program got",
        whose="People of trade bodies who let programs work for them",
        why=SECURITY,
        kept="As long as you have the account; an answer 7 days",
        at_the_end="Answers are deleted by themselves",
        on_erasure="Deleted. Programs that used a token are refused from then on",
        fields=(
            "ApiToken.user",
            "ApiToken.name",
            "ApiToken.created_by",
            "ApiToken.revoked_by",
            "ApiToken.revoke_reason",
            "KeptAnswer.user",
            "KeptAnswer.key",
            "KeptAnswer.body",
        ),
        collect=copying.copy_tokens,
        erase=erasing.erase_tokens,
        roles=frozenset({Role.PARTNER}),
    ),
    Holding(
        key="saved_views",
        title="Views of lists",
        what="Filters of lists that you keep, under the name that you gave them",
        whose="DfT staff",
        why=PUBLIC_TASK,
        kept="Until you delete them",
        at_the_end="Deleted",
        on_erasure="Deleted",
        fields=("SavedView.owner", "SavedView.name", "SavedView.query"),
        collect=copying.copy_saved_views,
        erase=erasing.erase_saved_views,
        roles=STAFF,
    ),
    Holding(
        key="messages",
        title="Messages",
        what="What the service sent you: address, subject, text, and whether it arrived",
        whose="Everybody whom the service has written to",
        why=PUBLIC_TASK,
        kept="24 months",
        at_the_end="Subject, text and address are removed. That a message was sent, and when, stays",
        on_erasure="Subject, text and address are removed. Messages to other people in which you are named "
        "keep their text until it is 24 months old",
        fields=(
            "Notification.user",
            "Notification.to",
            "Notification.subject",
            "Notification.body",
            "Notification.last_error",
            "Notification.provider_id",
        ),
        collect=copying.copy_messages,
        erase=erasing.erase_messages,
    ),
    Holding(
        key="record",
        title="The record of changes",
        what="What you did in the service, when, and the reason that you gave",
        whose="Everybody who has changed anything in the service",
        why="The scheme must be able to show who decided what, and why; the record cannot be edited",
        kept="As long as the scheme runs, and 6 years after that",
        at_the_end="The whole record is destroyed",
        on_erasure="It stays, and refers to you by a number. Entries made before accounts could be erased "
        "may hold a name in their label, and reasons may hold one that somebody typed; both stay as long as "
        "the record does",
        fields=(
            "AuditEvent.by",
            "AuditEvent.target_label",
            "AuditEvent.target_id",
            "AuditEvent.reason",
            "AuditEvent.data",
        ),
        collect=copying.copy_record,
    ),
    Holding(
        key="requests",
        title="Your requests about your data",
        what="Requests for a copy of your data or for its erasure, and the copies themselves",
        whose="Everybody who has asked, and administrators who dealt with it",
        why=RIGHTS,
        kept="A copy 7 days, the request for it 12 months, a request for erasure as long as the record",
        at_the_end="Copies and requests for them are deleted",
        on_erasure="Copies are deleted. That an erasure was asked for and done stays",
        fields=(
            "DataExport.person",
            "DataExport.email",
            "DataExport.requested_by",
            "DataExport.reason",
            "DataExport.last_error",
            "DataExport.storage_name",
            "ErasureRequest.person",
            "ErasureRequest.requested_by",
            "ErasureRequest.reason",
            "ErasureRequest.obstacle",
            "ErasureRequest.last_error",
            "ErasureRequest.cancelled_by",
            "ErasureRequest.cancel_reason",
            "RetentionRun.started_by",
            "RetentionRun.approved_by",
            "RetentionRun.dismissed_by",
            "RetentionRun.reason",
            "RetentionRun.last_error",
            "RetentionBatch.ids",
            "RetentionPart.sample",
        ),
        collect=copying.copy_requests,
        erase=erasing.erase_exports,
    ),
)

REGISTER = RoomRegister(
    holdings=HOLDINGS,
    not_about_people={
        "names, kinds and digests that the service itself writes": (
            "AuditEvent.verb",
            "AuditEvent.target_type",
            "AuditEvent.previous_digest",
            "AuditEvent.digest",
            "DataExport.sha256",
            "ApiToken.prefix",
            "ApiToken.digest",
            "ApiToken.scopes",
            "KeptAnswer.request_hash",
            "KeptAnswer.location",
            "SavedView.page",
            "RetentionPart.rule",
            "RetentionPart.what",
            "RetentionPart.after",
            "RetentionPart.action",
        ),
    },
    rules=RULES,
    obstacles=(works_for_dft,),
)
