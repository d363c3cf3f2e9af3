"""Every address of the service. tests/test_access_matrix.py holds an expectation for each."""

from django.urls import include, path

from rvss import errors, views

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error

urlpatterns = [
    path("", views.Home.as_view(), name="home"),
    path("health/", views.Health.as_view(), name="health"),
    path("api/schema/", views.ApiSchema.as_view(), name="schema"),
    path("applications/<str:reference>/declaration/", views.DeclarationSign.as_view(), name="declaration"),
    path("accounts/", include("accounts.urls")),
    path("", include("applications.urls")),
    path("", include("codeofpractice.urls")),
    path("", include("assurance.urls")),
    path("", include("reviews.urls")),
]
