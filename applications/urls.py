from django.urls import URLPattern, path

from applications import api, views

app_name = "applications"

ONE = "applications/<str:reference>"

urlpatterns: list[URLPattern] = [
    path("apply/", views.ApplyShow.as_view(), name="apply"),
    path("apply/eligibility/", views.EligibilityCheck.as_view(), name="eligibility"),
    path("apply/new/", views.ApplicationStart.as_view(), name="start"),
    path("applications/", views.ApplicationQueue.as_view(), name="queue"),
    path(f"{ONE}/", views.ApplicationShow.as_view(), name="application"),
    path(f"{ONE}/tasks/", views.ApplicationTasks.as_view(), name="tasks"),
    # These two lists have pages of their own at the addresses that their sections would have.
    path(f"{ONE}/answers/trading-names/", views.TradingNamesEdit.as_view(), name="trading_names"),
    path(f"{ONE}/answers/sites/", views.SitesEdit.as_view(), name="sites"),
    path(f"{ONE}/answers/<slug:section>/", views.SectionEdit.as_view(), name="section"),
    path(f"{ONE}/check/", views.ApplicationCheck.as_view(), name="check"),
    path(f"{ONE}/sent/", views.ApplicationSent.as_view(), name="sent"),
    path(f"{ONE}/answer/", views.QuestionAnswer.as_view(), name="answer"),
    path(f"{ONE}/withdraw/", views.ApplicationWithdraw.as_view(), name="withdraw"),
    path(f"{ONE}/assign/", views.ApplicationAssign.as_view(), name="assign"),
    path(f"{ONE}/ask/", views.QuestionAsk.as_view(), name="ask"),
    path(f"{ONE}/accept/", views.ApplicationAccept.as_view(), name="accept"),
    path(f"{ONE}/reject/", views.ApplicationReject.as_view(), name="reject"),
    path("companies/<uuid:public_id>/", views.CompanyShow.as_view(), name="company"),
    path("register/", views.RegisterList.as_view(), name="register"),
    path("register/download.csv", views.RegisterDownload.as_view(), name="register_csv"),
    path("register/<str:number>/", views.RegisterShow.as_view(), name="member"),
    path("api/v1/register/", api.RegisterApi.as_view(), name="register_api"),
]
