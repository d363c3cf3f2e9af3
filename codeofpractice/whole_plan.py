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
    clean = [row for row in answer.evidence if row.file.status == FileStatus.CLEAN]
    return {
        **_named(answer.point, "number", "key", "title", "requirement"),
        **_named(
            answer.response,
            "position",
            "planned_for",
            "how_met",
            "responsible_role",
            "not_applicable_reason",
        ),
        "measures": [_named(row, "what", "state", "day", "owner_role") for row in answer.measures],
        "training": [_named(row, "course", "staff", "trained", "trained_on") for row in answer.trainings],
        "security_contacts": [
            _named(row, "kind", "name", "job_title", "standing", "since") for row in answer.contacts
        ],
        "evidence": [
            {"sha256": row.file.sha256, **_named(row, "title", "effective_on", "expires_on")} for row in clean
        ],
        "passages": [_describe_passage(link) for link in answer.passages],
    }


def _named(row: object, *names: str) -> dict[str, Any]:
    """These values of a row, which programs find under the same names."""
    return {name: getattr(row, name) for name in names}


def _describe_passage(link: PassageLink) -> dict[str, Any]:
    passage = link.passage
    return {
        "document": passage.document.file.original_name,
        "page": passage.page,
        "heading": passage.heading,
        "text": passage.text,
    }
