"""The plan that is checked, from beginning to end. Each reading is on record."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from assurance import services
from assurance.models import PlanCheck
from assurance.views.declaring import DeclaredFirst
from assurance.views.fetch import get_check, signed_in
from codeofpractice.models import PlanVersion
from codeofpractice.views.plan import as_download
from codeofpractice.whole_plan import describe_plan, file_name, plan_document, plan_page


class _PlanOfCheck(DeclaredFirst):
    how: str

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        check = get_check(
            request, pk, "plan_version__plan__membership__company", "plan_version__submitted_by"
        )
        if check.plan_version is None:
            raise Http404("The company had no plan when it was drawn")
        services.record_reading(check=check, how=self.how, by=signed_in(request))
        return self.answer(request, check, check.plan_version)

    def answer(self, request: HttpRequest, check: PlanCheck, version: PlanVersion) -> HttpResponse:
        raise NotImplementedError


class PlanRead(_PlanOfCheck):
    how = "page"

    def answer(self, request: HttpRequest, check: PlanCheck, version: PlanVersion) -> HttpResponse:
        context = plan_page(version, request.GET) | {"check": check}
        return render(request, "assurance/plan_read.html", context)


class PlanPdf(_PlanOfCheck):
    how = "pdf"

    def answer(self, request: HttpRequest, check: PlanCheck, version: PlanVersion) -> HttpResponse:
        document = HttpResponse(plan_document(version), content_type="application/pdf")
        return as_download(document, file_name(version, "pdf"))


class PlanJson(_PlanOfCheck):
    how = "json"

    def answer(self, request: HttpRequest, check: PlanCheck, version: PlanVersion) -> HttpResponse:
        return as_download(JsonResponse(describe_plan(version)), file_name(version, "json"))
