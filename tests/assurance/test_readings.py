"""Second readings: when there is one, that it is blind, and that the decision waits for it."""

from __future__ import annotations

from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.models import Notification, User
from accounts.transitions import TransitionRefused
from assurance import services
from assurance.models import (
    CheckStatus,
    Decision,
    PlanCheck,
    Recommendation,
    RecommendationVoid,
    SecondReading,
)
from assurance.services.readings import is_drawn
from tests import factories as make
from tests.cast import Cast
from tests.signing_in import client_for

SECRET = "What only the first reader wrote."


def find(cast: Cast, results: dict[int, str]) -> None:
    """All points of the open check are met, but for those named."""
    for point in cast.edition.points.all():
        result = results.get(point.number, "met")
        services.record_finding(
            check=cast.open_check, point=point, result=result, note=SECRET, by=cast.assurer
        )
        if result != "met":
            make.CorrectiveActionFactory(check_of=cast.open_check, point=point)


def recommend(cast: Cast, outcome: str = "met") -> Recommendation:
    return services.recommend_outcome(
        check=cast.open_check, outcome=outcome, reason="As found.", by=cast.assurer
    )


def read(cast: Cast, reading: SecondReading, results: dict[int, str]) -> None:
    services.give_reading(reading=reading, to=cast.other_assurer, by=cast.lead)
    assert Notification.objects.filter(to=cast.other_assurer.email, subject__contains="second time").exists()
    services.declare_conflict(check=cast.open_check, has_conflict=False, by=cast.other_assurer)
    for point in cast.edition.points.all():
        services.record_second_finding(
            reading=reading,
            point=point,
            result=results.get(point.number, "met"),
            note="Read again.",
            by=cast.other_assurer,
        )
    services.submit_reading(reading=reading, by=cast.other_assurer)


def decide(cast: Cast, outcome: str) -> Decision:
    return services.decide_check(check=cast.open_check, outcome=outcome, reason="So.", by=cast.lead)


def status(cast: Cast) -> str:
    return PlanCheck.objects.get(pk=cast.open_check.pk).status


@pytest.mark.parametrize(
    ("results", "outcome", "wanted"),
    [
        ({}, "met", False),
        ({3: "partly"}, "met_with_actions", False),
        ({3: "not_met"}, "met_with_actions", True),
        ({3: "partly"}, "not_met", True),
    ],
)
def test_every_not_met_is_read_again(cast: Cast, results: dict[int, str], outcome: str, wanted: bool) -> None:
    find(cast, results)
    recommend(cast, outcome)
    readings = list(cast.open_check.second_readings.all())
    assert [(row.because, row.probability) for row in readings] == ([("not_met", 1.0)] if wanted else [])


def test_a_random_share_of_the_others(cast: Cast, settings: Any) -> None:
    """Of 400 members about 40; which ones hangs on the seed, and not on who asks or when."""
    settings.SECOND_READING_SHARE = 0.1
    checks = [
        PlanCheck(
            membership=make.MembershipFactory.build(
                number=f"RVSS-{n:06d}", company=cast.alpha, application=None
            ),
            selection=make.SelectionFactory.build(round=cast.round, membership=None, position=n),
        )
        for n in range(400)
    ]
    drawn = [is_drawn(check) for check in checks]
    assert 20 <= sum(drawn) <= 62
    assert drawn == [is_drawn(check) for check in checks]
    settings.SECOND_READING_SHARE = 1.0
    find(cast, {})
    recommend(cast)
    reading = cast.open_check.second_readings.get()
    assert (reading.because, reading.probability) == ("random", 1.0)


def test_the_decision_waits_for_the_second_reading(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommendation = recommend(cast, "not_met")
    with pytest.raises(TransitionRefused, match="still to be read a second time"):
        decide(cast, "not_met")
    values = {
        "check_of": cast.open_check,
        "recommendation": recommendation,
        "recommended_by": cast.assurer,
        "outcome": "not_met",
        "reason": "So.",
        "decided_by": cast.lead,
        "decided_at": recommendation.at,
    }
    with pytest.raises(DatabaseError, match="comes before the decision"), transaction.atomic():
        Decision.objects.create(**values)
    read(cast, cast.open_check.second_readings.get(), {3: "not_met"})
    assert decide(cast, "not_met").outcome == "not_met"


def test_what_differs_is_settled_on_record(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommendation = recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    read(cast, reading, {3: "partly", 4: "not_met"})
    assert (
        "Points on which the two readers differ: 2"
        in Notification.objects.filter(to=cast.lead.email).latest("pk").body
    )
    with pytest.raises(TransitionRefused, match="Settle the points"):
        decide(cast, "not_met")
    both = {3: ("not_met", "Nothing at night."), 4: ("met", "The list is in the annex.")}
    for wrong in ({3: both[3]}, {**both, 5: both[4]}, {3: both[3], 4: ("met", " ")}):
        with pytest.raises(TransitionRefused):
            services.settle_reading(reading=reading, results=wrong, by=cast.lead)
        assert not reading.settlements.exists()
    with pytest.raises(PermissionDenied):
        services.settle_reading(reading=reading, results=both, by=cast.other_assurer)
    assert services.settle_reading(reading=reading, results=both, by=cast.lead) is False
    assert status(cast) == CheckStatus.RECOMMENDED
    assert decide(cast, "not_met").recommendation == recommendation
    with pytest.raises(DatabaseError), transaction.atomic():
        reading.settlements.update(result="met")


def test_a_settlement_that_changes_a_finding_voids_the_recommendation(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    first = recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    read(cast, reading, {3: "partly"})
    changed = {3: ("partly", "It is done by day.")}
    assert services.settle_reading(reading=reading, results=changed, by=cast.lead) is True
    assert status(cast) == CheckStatus.OPEN
    assert "It is done by day." in RecommendationVoid.objects.get(recommendation=first).reason
    assert "It is done by day." in Notification.objects.filter(to=cast.assurer.email).latest("pk").body
    services.record_finding(
        check=cast.open_check,
        point=cast.edition.points.get(number=3),
        result="partly",
        note="By day only.",
        by=cast.assurer,
    )
    second = recommend(cast, "met_with_actions")
    assert not SecondReading.objects.filter(recommendation=second).exists()  # the readers are at one
    assert decide(cast, "met_with_actions").recommendation == second


def test_findings_that_change_otherwise_are_read_again(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    read(cast, reading, {3: "partly"})
    services.settle_reading(reading=reading, results={3: ("partly", "By day.")}, by=cast.lead)
    services.record_finding(
        check=cast.open_check,
        point=cast.edition.points.get(number=5),
        result="not_met",
        note="No.",
        by=cast.assurer,
    )
    make.CorrectiveActionFactory(check_of=cast.open_check, point=cast.edition.points.get(number=5))
    recommend(cast, "not_met")
    assert cast.open_check.second_readings.filter(submitted_at=None).count() == 1


def test_sent_back_is_void_and_asks_for_no_reading(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommendation = recommend(cast, "not_met")
    services.send_back(check=cast.open_check, reason="Look at the annex.", by=cast.lead)
    assert RecommendationVoid.objects.get().recommendation == recommendation
    assert not SecondReading.objects.open().exists()
    with pytest.raises(TransitionRefused, match="no longer to be read"):
        services.give_reading(
            reading=cast.open_check.second_readings.get(), to=cast.other_assurer, by=cast.lead
        )


@pytest.mark.parametrize("person", ["assurer", "lead", "owner", "panel", "administrator"])
def test_who_cannot_read_a_second_time(cast: Cast, person: str) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    with pytest.raises(PermissionDenied):
        services.give_reading(
            reading=cast.open_check.second_readings.get(), to=cast.person(person), by=cast.lead
        )


def test_the_database_lets_nobody_read_their_own_again(cast: Cast) -> None:
    reading = cast.reading()
    with pytest.raises(DatabaseError, match="have recommended about"), transaction.atomic():
        SecondReading.objects.filter(pk=reading.pk).update(reader=cast.assurer)


def test_whoever_read_it_second_is_not_given_the_check(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    read(cast, cast.open_check.second_readings.get(), {3: "not_met"})
    services.send_back(check=cast.open_check, reason="Look at the annex.", by=cast.lead)
    with pytest.raises(PermissionDenied):
        services.allocate_check(
            check=cast.open_check, to=cast.other_assurer, reason="On leave.", by=cast.lead
        )


def test_two_cannot_take_the_same(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    third = make.UserFactory(role="assurer")
    services.give_reading(reading=reading, to=third, by=third)
    with pytest.raises(PermissionDenied):
        services.give_reading(reading=reading, to=cast.other_assurer, by=cast.other_assurer)


def words(user: User, name: str, **kwargs: int) -> str:
    answer = client_for(user).get(reverse(f"assurance:{name}", kwargs=kwargs))
    assert answer.status_code == 200
    return BeautifulSoup(answer.content, "html.parser").get_text(" ", strip=True)


def test_the_second_reader_sees_nothing_of_the_first(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    reader = client_for(cast.other_assurer)
    assert reader.post(reverse("assurance:reading_take", kwargs={"pk": reading.pk})).status_code == 302
    show = reverse("assurance:reading", kwargs={"pk": reading.pk})
    declare = reverse("assurance:reading_declare", kwargs={"pk": reading.pk})
    assert reader.get(show).headers["Location"] == declare
    point = reverse("assurance:reading_point", kwargs={"pk": reading.pk, "point": 3})
    assert reader.get(point).status_code == 403
    assert reader.post(declare, {"conflict": "no"}).headers["Location"] == show
    for page in (
        words(cast.other_assurer, "reading", pk=reading.pk),
        words(cast.other_assurer, "reading_point", pk=reading.pk, point=3),
    ):
        assert SECRET not in page
        assert "not met" not in page.replace("Not met", "", 1)
        assert cast.assurer.name not in page.replace("Other assurer", "")
    check = {"pk": cast.open_check.pk}
    for name, more in (("check", {}), ("point", {"point": 3}), ("plan", {}), ("plan_json", {})):
        assert reader.get(reverse(f"assurance:{name}", kwargs=check | more)).status_code == 404
    assert SECRET not in words(cast.assurer, "readings")


def test_the_first_reader_sees_nothing_of_the_second(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    read(cast, reading, {3: "partly"})
    client = client_for(cast.assurer)
    assert client.get(reverse("assurance:reading", kwargs={"pk": reading.pk})).status_code == 404
    assert "Read again." not in words(cast.assurer, "check", pk=cast.open_check.pk)


def test_from_taking_to_settling_on_the_pages(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    lead, reader = client_for(cast.lead), client_for(cast.other_assurer)
    of = {"pk": reading.pk}
    give = reverse("assurance:reading_give", kwargs=of)
    assert "Choose an assurer" in lead.post(give, {}).content.decode()
    lead.post(give, {"to": cast.other_assurer.pk})
    reader.post(reverse("assurance:reading_declare", kwargs=of), {"conflict": "no"})
    submit = reverse("assurance:reading_submit", kwargs=of)
    assert reader.post(submit).status_code == 409
    for n in range(1, 11):
        address = reverse("assurance:reading_point", kwargs=of | {"point": n})
        if n == 1:
            assert "Enter a note" in reader.post(address, {"result": "met"}).content.decode()
        reader.post(address, {"result": "met", "note": "Read again."})
    assert reader.post(submit).status_code == 302
    address = reverse("assurance:reading_point", kwargs=of | {"point": 1})
    finding = {"result": "met", "note": "Read again."}
    for late in (reader.post(submit), reader.get(address), reader.post(address, finding)):
        assert late.status_code == 409
        assert "This second reading was submitted already." in late.content.decode()
    waits = words(cast.lead, "check", pk=cast.open_check.pk)
    assert "The two readers differ. Settle the points on which they do first." in waits
    settle = reverse("assurance:reading_settle", kwargs=of)
    page = lead.post(settle, {"point-3-result": "met"}).content.decode()
    assert "Enter the reason at point 3" in page
    assert SECRET in page
    lead.post(settle, {"point-3-result": "not_met", "point-3-reason": "Nothing at night."})
    assert reading.settlements.get().reason == "Nothing at night."
    late = lead.post(settle, {"point-3-result": "met", "point-3-reason": "At night, too."})
    assert "What the two readers differ on is settled already." in late.content.decode()
    decide_page = reverse("assurance:decide", kwargs={"pk": cast.open_check.pk})
    latest = cast.open_check.recommendations.get().pk
    lead.post(decide_page, {"outcome": "not_met", "reason": "So.", "recommendation": latest})
    assert status(cast) == CheckStatus.DECIDED


def test_a_reader_with_a_conflict_gives_it_up(cast: Cast) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    reading = cast.open_check.second_readings.get()
    services.give_reading(reading=reading, to=cast.other_assurer, by=cast.lead)
    client = client_for(cast.other_assurer)
    declare = reverse("assurance:reading_declare", kwargs={"pk": reading.pk})
    client.post(declare, {"conflict": "yes", "details": "My brother works there."})
    reading.refresh_from_db()
    assert reading.reader is None
    again = client.post(declare, {"conflict": "yes", "details": "My brother works there."})
    assert again.status_code == 409
    assert "You have declared a conflict of interest in this case." in again.content.decode()
    assert client.get(declare).status_code == 404


def test_assurers_see_their_own_agreement_and_leads_see_all(cast: Cast, settings: Any) -> None:
    find(cast, {3: "not_met"})
    recommend(cast, "not_met")
    read(cast, cast.open_check.second_readings.get(), {3: "partly"})
    title = "3. Licence verification"
    for person in (cast.lead, cast.assurer, cast.other_assurer):
        page = words(person, "calibration")
        assert f"{title} 1 0%" in page
        assert "All points together 10 90%" in page
    assert "No plan has been read a second time yet." in words(
        make.UserFactory(role="assurer"), "calibration"
    )


def test_lists_cost_the_same_at_any_length(cast: Cast, django_assert_max_num_queries: Any) -> None:
    client = client_for(cast.lead)
    address = reverse("assurance:readings")

    def cost() -> int:
        with django_assert_max_num_queries(8) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    cast.reading()
    before = cost()
    for _ in range(3):
        check = make.PlanCheckFactory(plan_version=cast.submitted_version)
        recommendation = make.recommend(check, by=check.assurer, outcome="not_met")
        make.SecondReadingFactory(recommendation=recommendation)
    assert cost() == before
