"""Every address of the service. tests/test_access_matrix.py holds an expectation for each."""

from django.conf import settings
from django.urls import include, path

from accounts.urls import pages as accounts_pages
from rvss import errors, views
from rvss.development_urls import urlpatterns as development_urls

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many_requests  # allauth looks for it here
handler500 = errors.server_error

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("accessibility/", views.About.as_view(page="accessibility"), name="accessibility"),
    path("privacy/", views.Privacy.as_view(), name="privacy"),
    path("cookies/", views.About.as_view(page="cookies"), name="cookies"),
    path("account/", views.Account.as_view(), name="account"),
    path("health/", views.Health.as_view(), name="health"),
    path("api/schema/", views.ApiSchema.as_view(), name="schema"),
    path("applications/<str:reference>/declaration/", views.DeclarationSign.as_view(), name="declaration"),
    path(
        "applications/<str:reference>/declaration/again/",
        views.DeclarationSignAgain.as_view(),
        name="declaration_again",
    ),
    path(
        "applications/<str:reference>/declaration/correction/",
        views.DeclarationSignCorrection.as_view(),
        name="declaration_correction",
    ),
    path("applications/<str:reference>/renewal/", views.MembershipRenew.as_view(), name="renew"),
    path(
        "applications/<str:reference>/renewal/declaration/",
        views.MembershipRenewSign.as_view(),
        name="renew_sign",
    ),
    path("accounts/", include("accounts.urls")),
    path("", include((accounts_pages, "accounts"))),
    path("", include(("rvss.data_urls", "data"))),
    path("", include("applications.urls")),
    path("", include("codeofpractice.urls")),
    path("", include("assurance.urls")),
    path("", include("reviews.urls")),
]
if settings.DEBUG:
    urlpatterns += development_urls
