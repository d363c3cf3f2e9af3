"""Every address of the service. tests/test_access_matrix.py holds an expectation for each."""

from django.conf import settings
from django.urls import include, path

from accounts.urls import pages as accounts_pages
from rvss import errors, views
from rvss.development_urls import urlpatterns as development_urls

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("accessibility/", views.About.as_view(page="accessibility"), name="accessibility"),
    path("privacy/", views.About.as_view(page="privacy"), name="privacy"),
    path("cookies/", views.About.as_view(page="cookies"), name="cookies"),
    path("health/", views.Health.as_view(), name="health"),
    path("api/schema/", views.ApiSchema.as_view(), name="schema"),
    path("applications/<str:reference>/declaration/", views.DeclarationSign.as_view(), name="declaration"),
    path("accounts/", include("accounts.urls")),
    path("", include((accounts_pages, "accounts"))),
    path("", include("applications.urls")),
    path("", include("codeofpractice.urls")),
    path("", include("assurance.urls")),
    path("", include("reviews.urls")),
]
if settings.DEBUG:
    urlpatterns += development_urls
