from django.urls import URLPattern, path

from codeofpractice import views

app_name = "codeofpractice"

PLAN = "plans/<str:number>"

urlpatterns: list[URLPattern] = [
    path("editions/", views.EditionList.as_view(), name="editions"),
    path("editions/<slug:code>/", views.EditionShow.as_view(), name="edition"),
    path("files/<int:pk>/", views.FileDownload.as_view(), name="file"),
    path(f"{PLAN}/", views.PlanShow.as_view(), name="plan"),
    path(f"{PLAN}/start/", views.VersionStart.as_view(), name="start"),
    path(f"{PLAN}/points/<int:point>/", views.PointEdit.as_view(), name="point"),
    path(f"{PLAN}/passages/<int:passage>/", views.PassageDecide.as_view(), name="passage"),
    path(f"{PLAN}/evidence/", views.EvidenceAdd.as_view(), name="evidence"),
    path(f"{PLAN}/evidence/<int:pk>/remove/", views.EvidenceRemove.as_view(), name="evidence_remove"),
    path(f"{PLAN}/documents/", views.DocumentAdd.as_view(), name="document_add"),
    path(f"{PLAN}/documents/<int:pk>/", views.DocumentShow.as_view(), name="document"),
    path(f"{PLAN}/documents/<int:pk>/retry/", views.DocumentRetry.as_view(), name="document_retry"),
    path(f"{PLAN}/documents/<int:pk>/remove/", views.DocumentRemove.as_view(), name="document_remove"),
    path(f"{PLAN}/submit/", views.PlanSubmit.as_view(), name="submit"),
    path(f"{PLAN}/withdraw/", views.DraftWithdraw.as_view(), name="withdraw"),
    path(f"{PLAN}/versions/<int:version>/", views.VersionShow.as_view(), name="version"),
]
