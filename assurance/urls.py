from django.urls import URLPattern, path

from assurance import api, views

app_name = "assurance"

CHECK = "checks/<int:pk>"
READING = "readings/<int:pk>"
RESULT = "partner-results/<int:pk>"
LISTS = "partner-results/lists"
ASKED = f"{CHECK}/requests/<int:asked>"

urlpatterns: list[URLPattern] = [
    path("rounds/", views.RoundList.as_view(), name="rounds"),
    path("rounds/new/", views.RoundDraw.as_view(), name="round_draw"),
    path("rounds/re-checks/", views.RecheckCompare.as_view(), name="rechecks"),
    path("rounds/re-checks/new/", views.RecheckDraw.as_view(), name="recheck_draw"),
    path("rounds/<int:pk>/", views.RoundShow.as_view(), name="round"),
    path("rounds/<int:pk>/allocate/", views.RoundAllocate.as_view(), name="round_allocate"),
    path("interests/", views.InterestList.as_view(), name="interests"),
    path("interests/new/", views.InterestAdd.as_view(), name="interest_add"),
    path("interests/<int:pk>/end/", views.InterestEnd.as_view(), name="interest_end"),
    path("assurers/", views.StaffList.as_view(), name="staff"),
    path("assurers/<int:of>/", views.StaffShow.as_view(), name="staff_member"),
    path("assurers/<int:of>/interests/new/", views.InterestAdd.as_view(), name="interest_add_for"),
    path("assurers/<int:of>/skills/", views.SkillsSet.as_view(), name="skills"),
    path("checks/", views.CheckQueue.as_view(), name="queue"),
    path("checks.csv", views.QueueDownload.as_view(), name="queue_csv"),
    path(f"{CHECK}/", views.CheckShow.as_view(), name="check"),
    path(f"{CHECK}/allocate/", views.CheckAllocate.as_view(), name="allocate"),
    path(f"{CHECK}/bars/<int:of>/override/", views.BarsOverride.as_view(), name="bars_override"),
    path(f"{CHECK}/overrides/<int:of>/end/", views.OverrideEnd.as_view(), name="override_end"),
    path(f"{CHECK}/declare/", views.ConflictDeclare.as_view(), name="declare"),
    path(f"{CHECK}/take-plan/", views.PlanTake.as_view(), name="take_plan"),
    path(f"{CHECK}/plan/", views.PlanRead.as_view(), name="plan"),
    path(f"{CHECK}/plan.pdf", views.PlanPdf.as_view(), name="plan_pdf"),
    path(f"{CHECK}/plan.json", views.PlanJson.as_view(), name="plan_json"),
    path(f"{CHECK}/points/<int:point>/", views.FindingRecord.as_view(), name="point"),
    path(f"{CHECK}/points/<int:point>/ask/", views.RequestAdd.as_view(), name="request_add"),
    path(
        f"{CHECK}/requests/<int:asked>/take-back/", views.RequestWithdraw.as_view(), name="request_withdraw"
    ),
    path(f"{CHECK}/requests/<int:asked>/more-time/", views.RequestExtend.as_view(), name="request_extend"),
    path(f"{CHECK}/notes/new/", views.NoteAdd.as_view(), name="note_add"),
    path(f"{CHECK}/points/<int:point>/actions/", views.ActionAdd.as_view(), name="action_add"),
    path(f"{CHECK}/actions/<int:action>/remove/", views.ActionRemove.as_view(), name="action_remove"),
    path(f"{CHECK}/files/<int:file>/", views.CheckFile.as_view(), name="file"),
    path(f"{CHECK}/recommend/", views.OutcomeRecommend.as_view(), name="recommend"),
    path(f"{CHECK}/send-back/", views.CheckSendBack.as_view(), name="send_back"),
    path(f"{CHECK}/decide/", views.CheckDecide.as_view(), name="decide"),
    path(f"{CHECK}/outcome/", views.OutcomeShow.as_view(), name="outcome"),
    path(f"{CHECK}/outcome/ask/", views.ReconsiderationAsk.as_view(), name="outcome_ask"),
    path("outcomes/", views.ReconsiderationList.as_view(), name="outcome_reconsiderations"),
    path("outcomes/<int:pk>/", views.ReconsiderationAnswer.as_view(), name="outcome_reconsider"),
    path("companies/<uuid:public_id>/checks/", views.CompanyChecks.as_view(), name="company_checks"),
    path("questions/<int:pk>/", views.RequestAnswer.as_view(), name="request_answer"),
    path("actions/<int:pk>/", views.ActionShow.as_view(), name="action"),
    path("actions/<int:pk>/close/", views.ActionClose.as_view(), name="action_close"),
    path("actions/<int:pk>/look-again/", views.ActionRetest.as_view(), name="action_retest"),
    path("agreement/", views.CalibrationShow.as_view(), name="calibration"),
    path("readings/", views.ReadingList.as_view(), name="readings"),
    path(f"{READING}/", views.ReadingShow.as_view(), name="reading"),
    path(f"{READING}/declare/", views.ReadingDeclare.as_view(), name="reading_declare"),
    path(f"{READING}/take/", views.ReadingTake.as_view(), name="reading_take"),
    path(f"{READING}/give/", views.ReadingGive.as_view(), name="reading_give"),
    path(f"{READING}/points/<int:point>/", views.ReadingPoint.as_view(), name="reading_point"),
    path(f"{READING}/files/<int:file>/", views.ReadingFile.as_view(), name="reading_file"),
    path(f"{READING}/submit/", views.ReadingSubmit.as_view(), name="reading_submit"),
    path(f"{READING}/settle/", views.ReadingSettle.as_view(), name="reading_settle"),
    path("closed/", views.ClosureList.as_view(), name="closures"),
    path("closed/<int:pk>/", views.ClosureLook.as_view(), name="closure_look"),
    path("partner-results/", views.PartnerResultList.as_view(), name="partner_checks"),
    path("partner-results/new/", views.PartnerResultSend.as_view(), name="partner_check_send"),
    path(f"{LISTS}/", views.PartnerListList.as_view(), name="partner_lists"),
    path(f"{LISTS}/new/", views.PartnerListSend.as_view(), name="partner_list_send"),
    path(f"{LISTS}/columns/", views.PartnerListColumns.as_view(), name="partner_list_columns"),
    path(
        f"{LISTS}/template.csv",
        views.PartnerListTemplate.as_view(),
        name="partner_list_template",
    ),
    path(f"{LISTS}/<int:pk>/", views.PartnerListShow.as_view(), name="partner_list"),
    path(
        f"{LISTS}/<int:pk>/take-over/",
        views.PartnerListTakeOver.as_view(),
        name="partner_list_take_over",
    ),
    path(f"{RESULT}/", views.PartnerResultShow.as_view(), name="partner_check"),
    path(f"{RESULT}/correct/", views.PartnerResultCorrect.as_view(), name="partner_check_correct"),
    path("api/v1/partner-checks/", api.PartnerCheckListApi.as_view(), name="partner_checks_api"),
    path("api/v1/partner-checks/<int:pk>/", api.PartnerCheckApi.as_view(), name="partner_check_api"),
    path("suspensions/", views.SuspensionList.as_view(), name="suspensions"),
    path("suspensions/<int:pk>/", views.SuspensionDecide.as_view(), name="suspension"),
]
