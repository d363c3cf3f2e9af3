"""A version of a plan from beginning to end: as a page, as a document to print, and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils import timezone

from applications.pdf import render_pdf
from codeofpractice.answers import PointAnswer, answers_of
from codeofpractice.forms import PlanSearchForm
from codeofpractice.models import FileStatus, PassageLink, PlanVersion
from codeofpractice.plan_search import search_plan

STYLESHEET = Path(__file__).resolve().parent / "plan.css"


def plan_page(version: PlanVersion, query: Any) -> dict[str, Any]:
    """What the page shows, and what was found of `q`, in a number of queries that no plan changes."""
    answers = answers_of(version)
    form = PlanSearchForm(query) if "q" in query else PlanSearchForm()
    words = form.cleaned_data["q"] if form.is_bound and form.is_valid() else ""
    return {
        "version": version,
        "membership": version.plan.membership,
        "answers": answers,
        "documents": list(version.documents.plans().select_related("file__uploaded_by")),
        "search": form,
        "found": search_plan(version, answers, words) if words else None,
    }


def plan_document(version: PlanVersion) -> bytes:
    """The version as tagged PDF (PDF/UA-1)."""
    context = {
        "version": version,
        "membership": version.plan.membership,
        "answers": answers_of(version),
        "printed_on": timezone.localdate(),
        "clean": FileStatus.CLEAN,
    }
    return render_pdf(template="codeofpractice/plan_document.html", context=context, stylesheet=STYLESHEET)


def file_name(version: PlanVersion, ending: str) -> str:
    return f"security-plan-{version.plan.membership.number}-version-{version.number}.{ending}"


def describe_plan(version: PlanVersion) -> dict[str, Any]:
    """For programs: the same as the page shows, with dates as YYYY-MM-DD and files by their SHA-256."""
    membership = version.plan.membership
    return {
        "membership": membership.number,
        "company": membership.company.name,
        "edition": version.edition.code,
        "version": version.number,
        "status": version.status,
        "submitted_at": version.submitted_at,
        "review_on": version.review_on,
        "points": [_describe_point(answer) for answer in answers_of(version)],
    }


def _describe_point(answer: PointAnswer) -> dict[str, Any]:
    row = answer.response
    return {
        "number": answer.point.number,
        "key": answer.point.key,
        "title": answer.point.title,
        "requirement": answer.point.requirement,
        "position": row.position,
        "planned_for": row.planned_for,
        "how_met": row.how_met,
        "responsible_role": row.responsible_role,
        "not_applicable_reason": row.not_applicable_reason,
        "measures": [
            {"what": each.what, "state": each.state, "day": each.day, "owner_role": each.owner_role}
            for each in answer.measures
        ],
        "training": [
            {
                "course": each.course,
                "staff": each.staff,
                "trained": each.trained,
                "trained_on": each.trained_on,
            }
            for each in answer.trainings
        ],
        "security_contacts": [
            {
                "kind": each.kind,
                "name": each.name,
                "job_title": each.job_title,
                "standing": each.standing,
                "since": each.since,
            }
            for each in answer.contacts
        ],
        "evidence": [
            {
                "title": each.title,
                "sha256": each.file.sha256,
                "effective_on": each.effective_on,
                "expires_on": each.expires_on,
            }
            for each in answer.evidence
            if each.file.status == FileStatus.CLEAN
        ],
        "passages": [_describe_passage(link) for link in answer.passages],
    }


def _describe_passage(link: PassageLink) -> dict[str, Any]:
    passage = link.passage
    return {
        "document": passage.document.file.original_name,
        "page": passage.page,
        "heading": passage.heading,
        "text": passage.text,
    }
