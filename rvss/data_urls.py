"""Addresses of the pages about personal data, named data:..."""

from django.urls import path

from rvss.views import data_requests, your_data

urlpatterns = [
    path("your-data/", your_data.YourData.as_view(), name="yours"),
    path("your-data/copies/", your_data.CopyAsk.as_view(), name="copy_ask"),
    path("your-data/copies/<int:pk>/", your_data.CopyDownload.as_view(), name="copy"),
    path("your-data/erasure/", your_data.ErasureOfOneself.as_view(), name="erasure"),
    path("your-data/erasure/cancel/", your_data.ErasureOfOneselfCancel.as_view(), name="erasure_cancel"),
    path("personal-data/requests/", data_requests.RequestList.as_view(), name="requests"),
    path("personal-data/copy/", data_requests.CopyForOther.as_view(), name="copy_for"),
    path("people/<int:pk>/erasure/", data_requests.ErasureOfOther.as_view(), name="erase_person"),
    path(
        "people/<int:pk>/erasure/cancel/",
        data_requests.ErasureOfOtherCancel.as_view(),
        name="erase_person_cancel",
    ),
    path("personal-data/retention/", data_requests.RetentionList.as_view(), name="retention"),
    path("personal-data/retention/new/", data_requests.RetentionStart.as_view(), name="retention_start"),
    path("personal-data/retention/<int:pk>/", data_requests.RetentionShow.as_view(), name="retention_run"),
    path(
        "personal-data/retention/<int:pk>/approve/",
        data_requests.RetentionApprove.as_view(),
        name="retention_approve",
    ),
    path(
        "personal-data/retention/<int:pk>/dismiss/",
        data_requests.RetentionDismiss.as_view(),
        name="retention_dismiss",
    ),
    path(
        "personal-data/retention/<int:pk>/retry/",
        data_requests.RetentionRetry.as_view(),
        name="retention_retry",
    ),
]
