"""A draft as the form that a document is written from, and the digest by which its answers are told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, replace

from django.db.models import prefetch_related_objects

from accounts.words import one_line
from applications.services.locks import in_words
from codeofpractice.answers import Answer, MeasureDetails, PointAnswer, answers_of, may_skip
from codeofpractice.models import Measure, MeasureState, PlanVersion, PointResponse, Position
from codeofpractice.proforma.composing import Lines, compose
from codeofpractice.proforma.content import (
    FORM,
    Form,
    MeasureText,
    PointForm,
    PointText,
    Reference,
    digest_of,
    keepable,
)


def form_of(version: PlanVersion) -> Form:
    """In a number of queries that does not depend on what the version holds."""
    membership = version.plan.membership
    prefetch_related_objects([membership.company], "fleet", "sites")  # points ask whether they apply
    return Form(
        reference=reference_of(version),
        company=one_line(keepable(membership.company.name)),
        edition=version.edition.title,
        points=tuple(_point_form(answer, version) for answer in answers_of(version)),
    )


def reference_of(version: PlanVersion) -> Reference:
    return Reference(FORM, version.edition.code, version.plan.membership.number, version.number)


def own_lines(version: PlanVersion) -> set[str]:
    """Every line that a pro-forma of the version may have before anybody types in it."""
    lines, form = Lines(), form_of(version)
    for skips in (True, False):  # whichever was so when it was downloaded
        points = tuple(replace(point, may_skip=skips) for point in form.points)
        compose(replace(form, points=points), lines)
    return lines.found


def answer_of(response: PointResponse) -> Answer:
    """As it is written into a document: without characters that none can hold."""
    return Answer(
        position=response.position,
        how_met=keepable(response.how_met),
        responsible_role=one_line(keepable(response.responsible_role)),
        planned_for=response.planned_for,
        not_applicable_reason=keepable(response.not_applicable_reason),
    )


def details_of(row: Measure) -> MeasureDetails:
    return MeasureDetails(
        what=keepable(row.what),
        state=row.state,
        owner_role=one_line(keepable(row.owner_role)),
        day=row.day,
    )


def digest(answer: Answer, measures: Sequence[MeasureDetails]) -> str:
    """By which two states of an answer with its measures are told apart."""
    parts = [str(value or "") for value in astuple(answer)]
    return digest_of(parts + [str(value or "") for row in measures for value in astuple(row)])


def digest_of_response(response: PointResponse, measures: Sequence[Measure]) -> str:
    return digest(answer_of(response), [details_of(row) for row in measures])


def _point_form(answer: PointAnswer, version: PlanVersion) -> PointForm:
    point, said = answer.point, answer_of(answer.response)
    measures = [details_of(row) for row in answer.measures]
    return PointForm(
        heading=one_line(keepable(str(point))),
        requirement=keepable(point.requirement),
        good_evidence=keepable(point.good_evidence),
        may_skip=may_skip(point, version.plan.membership.company),
        answer=PointText(
            number=point.number,
            position=Position(said.position).label if said.position else "",
            how_met=said.how_met,
            responsible_role=said.responsible_role,
            planned_for=in_words(said.planned_for) if said.planned_for else "",
            not_applicable_reason=said.not_applicable_reason,
            measures=tuple(map(_measure_text, measures)),
            base=digest(said, measures),
        ),
    )


def _measure_text(row: MeasureDetails) -> MeasureText:
    day = in_words(row.day) if row.day else ""
    return MeasureText(row.what, MeasureState(row.state).label, day, row.owner_role)
