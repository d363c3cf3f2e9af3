from django.urls import URLPattern, path

from reviews import api, views

app_name = "reviews"

urlpatterns: list[URLPattern] = [
    path("take-up/", views.TakeUpShow.as_view(), name="take_up"),
    path("take-up/charts/<slug:slug>.svg", views.ChartShow.as_view(), name="chart"),
    path("take-up/tables/<slug:slug>.csv", views.TableDownload.as_view(), name="table"),
    path("take-up/take-up.ods", views.TakeUpSpreadsheet.as_view(), name="spreadsheet"),
    path("take-up/summary/", views.SummaryShow.as_view(), name="summary"),
    path("take-up/summary/charts/<slug:slug>.svg", views.SummaryChart.as_view(), name="summary_chart"),
    path("take-up/summary/tables/<slug:slug>.csv", views.SummaryTable.as_view(), name="summary_table"),
    path("take-up/summary/take-up.ods", views.SummarySpreadsheet.as_view(), name="summary_spreadsheet"),
    path("methodology/", views.MethodologyShow.as_view(), name="methodology"),
    path("reports/", views.ReportList.as_view(), name="reports"),
    path("reports/new/", views.ReportStart.as_view(), name="report_start"),
    path("reports/<int:pk>/", views.ReportShow.as_view(), name="report"),
    path("reports/<int:pk>/retry/", views.ReportRetry.as_view(), name="report_retry"),
    path("reports/<int:pk>/download/", views.ReportDownload.as_view(), name="report_download"),
    path("api/v1/take-up/", api.TakeUpApi.as_view(), name="take_up_api"),
]
