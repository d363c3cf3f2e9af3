from django.urls import URLPattern, path

from reviews import api, report_api, views

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
    path("reports/<int:pk>/steps/<slug:step>/", views.ReportStep.as_view(), name="report_step"),
    path("reports/<int:pk>/reproduce/", views.ReportReproduce.as_view(), name="report_reproduce"),
    path("reports/<int:pk>/words/", views.WordsList.as_view(), name="words"),
    path("reports/<int:pk>/words/<slug:key>/", views.WordsEdit.as_view(), name="words_edit"),
    path("reports/<int:pk>/comments/", views.Comments.as_view(), name="report_comments"),
    path("reports/<int:pk>/comments/<int:comment>/", views.CommentAnswer.as_view(), name="comment_answer"),
    path("reports/<int:pk>/read/", views.ReportRead.as_view(), name="report_read"),
    path("reports/<int:pk>/charts/<slug:slug>.svg", views.ReportChart.as_view(), name="report_chart"),
    path("reports/<int:pk>/tables/<slug:slug>.csv", views.ReportTable.as_view(), name="report_table"),
    path(
        "reports/<int:pk>/tables/<slug:slug>.csv-metadata.json",
        views.ReportTableAbout.as_view(),
        name="report_table_about",
    ),
    path("reports/<int:pk>/tables.ods", views.ReportSpreadsheet.as_view(), name="report_spreadsheet"),
    path("published-reviews/", views.PublicList.as_view(), name="published"),
    path("published-reviews/<int:pk>/", views.PublicRead.as_view(), name="public_read"),
    path("published-reviews/<int:pk>/review.pdf", views.PublicDownload.as_view(), name="public_download"),
    path(
        "published-reviews/<int:pk>/charts/<slug:slug>.svg", views.PublicChart.as_view(), name="public_chart"
    ),
    path(
        "published-reviews/<int:pk>/tables/<slug:slug>.csv", views.PublicTable.as_view(), name="public_table"
    ),
    path(
        "published-reviews/<int:pk>/tables/<slug:slug>.csv-metadata.json",
        views.PublicTableAbout.as_view(),
        name="public_table_about",
    ),
    path(
        "published-reviews/<int:pk>/tables.ods", views.PublicSpreadsheet.as_view(), name="public_spreadsheet"
    ),
    path("api/v1/reviews/", report_api.ReviewsApi.as_view(), name="reviews_api"),
    path("api/v1/reviews/<int:pk>/", report_api.ReviewApi.as_view(), name="review_api"),
    path("api/v1/take-up/", api.TakeUpApi.as_view(), name="take_up_api"),
]
