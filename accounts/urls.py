"""The allauth pages that the service uses, each with a template and an expectation; and our own."""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from django.urls import URLPattern
from django.urls import path as django_path
from django.urls import re_path as django_re_path
from django.views.decorators.http import require_http_methods, require_safe

from accounts import list_pages, token_views, views

# Form views of allauth take PUT for POST; nothing here needs it.
only_get_and_post = require_http_methods(["GET", "HEAD", "POST"])


def path(route: str, view: Any, name: str) -> URLPattern:
    return django_path(route, only_get_and_post(view), name=name)


def re_path(route: str, view: Any, name: str) -> URLPattern:
    return django_re_path(route, only_get_and_post(view), name=name)


urlpatterns = [
    path("sign-up/", views.SignUp.as_view(), name="account_signup"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm-it-is-you/", account.reauthenticate, name="account_reauthenticate"),
    path("email/", account.email, name="account_email"),
    path("confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[^/]+)/$", views.ConfirmEmail.as_view(), name="account_confirm_email"),
    path("password/change/", account.password_change, name="account_change_password"),
    path("password/set/", account.password_set, name="account_set_password"),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.PasswordReset.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", mfa.index, name="mfa_index"),
    path("second-factor/check/", mfa.authenticate, name="mfa_authenticate"),
    path("second-factor/confirm/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/app/", totp.activate_totp, name="mfa_activate_totp"),
    path("second-factor/app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-factor/codes/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/", recovery_codes.generate_recovery_codes, name="mfa_generate_recovery_codes"
    ),
    path(
        "second-factor/codes/download/",
        require_safe(recovery_codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
]

# The service's own pages about accounts; rvss/urls.py puts them at the root, named accounts:...
pages = [
    django_path("people/", views.PersonList.as_view(), name="people"),
    django_path("people/<int:pk>/", views.PersonShow.as_view(), name="person"),
    django_path("people/<int:pk>/role/", views.RoleChange.as_view(), name="role"),
    django_path("people/<int:pk>/deactivate/", views.PersonDeactivate.as_view(), name="deactivate"),
    django_path("people/<int:pk>/reactivate/", views.PersonReactivate.as_view(), name="reactivate"),
    django_path("messages/", views.MessageList.as_view(), name="messages"),
    django_path("messages/<int:pk>/", views.MessageShow.as_view(), name="message"),
    django_path("messages/failed/", views.FailedList.as_view(), name="failed"),
    django_path("messages/failed/<int:pk>/retry/", views.MessageRetry.as_view(), name="retry"),
    django_path("messages/receipts/", views.ReceiptTake.as_view(), name="receipts"),
    django_path("views/", list_pages.SavedViewList.as_view(), name="saved_views"),
    django_path("views/save/", list_pages.SavedViewSave.as_view(), name="save_view"),
    django_path("views/<int:pk>/rename/", list_pages.SavedViewRename.as_view(), name="rename_view"),
    django_path("views/<int:pk>/delete/", list_pages.SavedViewDelete.as_view(), name="delete_view"),
    django_path("views/<int:pk>/default/", list_pages.SavedViewDefault.as_view(), name="default_view"),
    django_path("tokens/", token_views.TokenList.as_view(), name="tokens"),
    django_path("tokens/new/", token_views.TokenCreate.as_view(), name="token_create"),
    django_path("tokens/<int:pk>/", token_views.TokenShow.as_view(), name="token"),
    django_path("tokens/<int:pk>/revoke/", token_views.TokenRevoke.as_view(), name="token_revoke"),
    django_path("record/", views.RecordList.as_view(), name="record"),
]
