from django.urls import URLPattern, path

from codeofpractice import views

app_name = "codeofpractice"

PLAN = "plans/<str:number>"

urlpatterns: list[URLPattern] = [
    path("editions/", views.EditionList.as_view(), name="editions"),
    path("editions/<slug:code>/", views.EditionShow.as_view(), name="edition"),
    path("manage-editions/", views.EditionManage.as_view(), name="edition_manage"),
    path("manage-editions/<slug:code>/", views.EditionPreview.as_view(), name="edition_preview"),
    path("manage-editions/<slug:code>/publish/", views.EditionPublish.as_view(), name="edition_publish"),
    path("manage-editions/<slug:code>/retry/", views.EditionRetry.as_view(), name="edition_retry"),
    path("plan-confirmations/<str:token>/", views.PlanConfirm.as_view(), name="confirm_plan"),
    path("files/<int:pk>/", views.FileDownload.as_view(), name="file"),
    path(f"{PLAN}/", views.PlanShow.as_view(), name="plan"),
    path(f"{PLAN}/start/", views.VersionStart.as_view(), name="start"),
    path(f"{PLAN}/points/<int:point>/", views.PointEdit.as_view(), name="point"),
    path(f"{PLAN}/points/<int:point>/still-right/", views.StillRight.as_view(), name="still_right"),
    path(f"{PLAN}/passages/<int:passage>/", views.PassageDecide.as_view(), name="passage"),
    path(f"{PLAN}/evidence/", views.EvidenceAdd.as_view(), name="evidence"),
    path(f"{PLAN}/points/<int:point>/measures/", views.MeasureAdd.as_view(), name="measure_add"),
    path(f"{PLAN}/measures/<int:pk>/", views.MeasureEdit.as_view(), name="measure"),
    path(f"{PLAN}/measures/<int:pk>/remove/", views.MeasureRemove.as_view(), name="measure_remove"),
    path(f"{PLAN}/points/<int:point>/training/", views.TrainingAdd.as_view(), name="training_add"),
    path(f"{PLAN}/training/<int:pk>/", views.TrainingEdit.as_view(), name="training"),
    path(f"{PLAN}/training/<int:pk>/remove/", views.TrainingRemove.as_view(), name="training_remove"),
    path(f"{PLAN}/points/<int:point>/evidence/", views.EvidenceUse.as_view(), name="evidence_use"),
    path(f"{PLAN}/evidence/<int:pk>/", views.EvidenceChange.as_view(), name="evidence_change"),
    path(f"{PLAN}/evidence/<int:pk>/replace/", views.EvidenceReplace.as_view(), name="evidence_replace"),
    path(f"{PLAN}/evidence/<int:pk>/remove/", views.EvidenceRemove.as_view(), name="evidence_remove"),
    path(f"{PLAN}/files/<int:pk>/scan/", views.FileScan.as_view(), name="file_scan"),
    path(f"{PLAN}/documents/", views.DocumentAdd.as_view(), name="document_add"),
    path(f"{PLAN}/documents/<int:pk>/", views.DocumentShow.as_view(), name="document"),
    path(f"{PLAN}/documents/<int:pk>/retry/", views.DocumentRetry.as_view(), name="document_retry"),
    path(f"{PLAN}/documents/<int:pk>/remove/", views.DocumentRemove.as_view(), name="document_remove"),
    path(f"{PLAN}/pro-forma/", views.ProformaUpload.as_view(), name="proforma"),
    path(f"{PLAN}/pro-forma/<int:pk>/", views.ProformaReview.as_view(), name="proforma_review"),
    path(f"{PLAN}/pro-forma.<str:suffix>", views.ProformaDownload.as_view(), name="proforma_download"),
    path(f"{PLAN}/submit/", views.PlanSubmit.as_view(), name="submit"),
    path(f"{PLAN}/withdraw/", views.DraftWithdraw.as_view(), name="withdraw"),
    path(f"{PLAN}/versions/<int:version>/", views.VersionShow.as_view(), name="version"),
    path(f"{PLAN}/versions/<int:version>/plan.pdf", views.VersionPdf.as_view(), name="version_pdf"),
    path(f"{PLAN}/versions/<int:version>/plan.json", views.VersionJson.as_view(), name="version_json"),
    path(f"{PLAN}/differences/", views.VersionCompare.as_view(), name="differences"),
    path(
        f"{PLAN}/versions/<int:version>/points/<int:point>/history/",
        views.PointHistory.as_view(),
        name="point_history",
    ),
]
