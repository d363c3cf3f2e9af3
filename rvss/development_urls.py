"""Addresses of a developer's machine only."""

from django.urls import path

from rvss.views.development import MailList, MailShow

urlpatterns = [
    path("development/mail/", MailList.as_view(), name="development_mail"),
    path("development/mail/<int:pk>/", MailShow.as_view(), name="development_message"),
]
