"""What happens around the findings of a check, in a browser: questions, second readings, reconsideration,
proposals to suspend, closures, and the results of partners. The company is on a telephone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from assurance import services
from assurance.models import PartnerCheck, PlanCheck
from assurance.partner_columns import COLUMNS
from assurance.services import closing
from tests import factories as make
from tests.assurance.partners import join, own_member
from tests.browser.conftest import Person
from tests.browser.steps.checking import declares_no_conflict
from tests.browser.test_lifecycle import assert_no_sideways_scroll
from tests.cast import Cast, build_cast

pytestmark = pytest.mark.usefixtures("transactional_db")
BOTH = pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])


def has_problem(person: Person) -> None:
    expect(person.page.get_by_role("heading", name="There is a problem")).to_be_visible()


@BOTH
def test_a_question_is_asked_and_answered_in_place(someone: Callable[..., Person], scripts: bool) -> None:
    cast = build_cast()
    assurer, owner = someone(scripts=scripts), someone(phone=True, scripts=scripts)
    assurer.enter_as(cast.assurer)
    owner.enter_as(cast.owner)
    page = assurer.open(f"/checks/{cast.open_check.pk}/points/3/")
    assurer.click("Ask the company about this point", role="link")
    assurer.click("Send the question")
    has_problem(assurer)
    page.get_by_label("What do you want to know?").fill("Who looks at licences at night?")
    assurer.click("Send the question")
    expect(page.get_by_text("The clock stands still until it answers.")).to_be_visible()
    assurer.open(f"/checks/{cast.open_check.pk}/")
    expect(page.get_by_text(re.compile(r"stands still.*: \d+ working days left"))).to_be_visible()

    page = owner.open(f"/companies/{cast.alpha.public_id}/checks/")
    owner.click("DfT has a question about 3. Licence verification", role="link")
    owner.click("Send to DfT")
    has_problem(owner)
    page.get_by_label("Your answer").fill("The night manager, by the photocard.")
    file = {"name": "night-rota.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 rota %%EOF"}
    page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    owner.click("Send to DfT")
    expect(page.get_by_text("Your answer is sent to DfT.")).to_be_visible()
    assert_no_sideways_scroll(owner.page)

    page = assurer.open(f"/checks/{cast.open_check.pk}/")
    expect(page.get_by_text("The clock stands still")).to_have_count(0)
    page = assurer.open(f"/checks/{cast.open_check.pk}/points/3/")
    expect(page.get_by_text("The night manager, by the photocard.")).to_be_visible()


def recommended(cast: Cast, *, at_3: str, outcome: str) -> None:
    """Every point is met but the third; found and recommended by the assurer."""
    check = PlanCheck.objects.get(pk=cast.open_check.pk)
    for point in cast.edition.points.all():
        result = at_3 if point.number == 3 else "met"
        services.record_finding(check=check, point=point, result=result, note="Seen.", by=cast.assurer)
    point = cast.edition.points.get(number=3)
    if not check.actions.exists():
        make.CorrectiveActionFactory(check_of=check, point=point)
    services.recommend_outcome(check=check, outcome=outcome, reason="As found.", by=cast.assurer)


@BOTH
def test_not_met_is_read_twice_and_looked_at_again(someone: Callable[..., Person], scripts: bool) -> None:
    cast = build_cast()
    recommended(cast, at_3="not_met", outcome="not_met")
    reads_a_second_time(someone(scripts=scripts), cast)
    settles(someone(scripts=scripts), cast)
    recommended(cast, at_3="partly", outcome="met_with_actions")
    check = PlanCheck.objects.get(pk=cast.open_check.pk)
    services.decide_check(check=check, outcome="met_with_actions", reason="As settled.", by=cast.lead)

    owner = someone(phone=True, scripts=scripts)
    owner.enter_as(cast.owner)
    page = owner.open(f"/checks/{check.pk}/outcome/")
    owner.click("ask for the outcome to be looked at again", role="link")
    owner.click("Send to DfT")
    has_problem(owner)
    page.get_by_label("Why do you think the outcome is wrong?").fill("The annex says who looks at night.")
    owner.click("Send to DfT")
    expect(page.get_by_text("DfT is asked.")).to_be_visible()
    assert_no_sideways_scroll(page)

    other = someone(scripts=scripts)
    other.enter_as(cast.other_lead)
    page = other.open("/outcomes/")
    other.click("Alpha Vehicle Hire Ltd", role="link")
    page.get_by_label("Met", exact=True).check()
    page.get_by_label("Reason").fill("The annex does not say who.")
    other.click("Answer")
    has_problem(other)
    expect(page.get_by_label("Reason")).to_have_value("The annex does not say who.")
    page.get_by_label("Met with actions", exact=True).check()
    other.click("Answer")
    expect(page.get_by_text("The company is told what holds.")).to_be_visible()
    page = owner.open(f"/checks/{check.pk}/outcome/")
    expect(page.get_by_text("The annex does not say who.")).to_be_visible()


def reads_a_second_time(reader: Person, cast: Cast) -> None:
    reader.enter_as(cast.other_assurer)
    page = reader.open("/readings/")
    reader.click("Alpha Vehicle Hire Ltd", role="link")
    reader.click("Take it")
    declares_no_conflict(reader)
    reading = cast.open_check.second_readings.get()
    for point in cast.edition.points.exclude(number=3):
        services.record_second_finding(
            reading=reading, point=point, result="met", note="Read.", by=cast.other_assurer
        )
    reader.open(f"/readings/{reading.pk}/")
    reader.click("Submit your results")
    expect(page.get_by_text("1 point has no result yet.")).to_be_visible()
    reader.open(f"/readings/{reading.pk}/")
    reader.click("3. Licence verification", role="link")
    expect(page.get_by_text("As found.")).to_have_count(0)
    reader.click("Save and continue")
    has_problem(reader)
    page.get_by_label("Partly met", exact=True).check()
    page.get_by_label("Note").fill("By day it is looked at.")
    reader.click("Save and continue")
    reader.open(f"/readings/{reading.pk}/")
    reader.click("Submit your results")
    expect(page.get_by_text("Your results are with the leads.")).to_be_visible()


def settles(lead: Person, cast: Cast) -> None:
    lead.enter_as(cast.lead)
    page = lead.open("/readings/")
    lead.click("Alpha Vehicle Hire Ltd", role="link")
    expect(page.get_by_text("First: Not met. Second: Partly met.")).to_be_visible()
    lead.click("Settle the differences")
    lead.click("Settle")
    has_problem(lead)
    page.get_by_label("Partly met", exact=True).check()
    page.get_by_label("Reason at point 3").fill("The rota covers the day.")
    lead.click("Settle")
    expect(page.get_by_text("the check is back with")).to_be_visible()
    page = lead.open(f"/checks/{cast.open_check.pk}/")
    expect(page.get_by_text("The rota covers the day.").first).to_be_visible()


def test_a_suspension_is_declined_and_looked_at_by_another_lead(
    someone: Callable[..., Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closing, "SAMPLED_ONE_IN", 1)  # or it would be up to chance
    cast = build_cast()
    cast.proposal()
    lead, other = someone(phone=True), someone()
    lead.enter_as(cast.lead)
    page = lead.open("/suspensions/")
    lead.click("Alpha Vehicle Hire Ltd", role="link")
    page.get_by_label("No, not for these actions").check()
    lead.click("Decide")
    expect(page.get_by_text("Choose why it should not be suspended").first).to_be_visible()
    assert_no_sideways_scroll(page)
    page.get_by_label("Done or answered in another way").check()
    page.get_by_label("Reason", exact=True).fill("The branch has been sold.")
    lead.click("Decide")
    expect(page.get_by_text("stays a member")).to_be_visible()

    other.enter_as(cast.other_lead)
    page = other.open("/closed/")
    page.get_by_role("link", name=re.compile("^Alpha Vehicle Hire Ltd:")).click()
    other.click("Keep it on record")
    has_problem(other)
    page.get_by_label("It was right to close it").check()
    page.get_by_label("Note").fill("The sale is in the register.")
    other.click("Keep it on record")
    expect(page.get_by_text("What you say is on record.")).to_be_visible()
    expect(page.get_by_role("row", name="Lead 1 1 0")).to_be_visible()


def as_csv(*rows: dict[str, str]) -> bytes:
    written = io.StringIO()
    shown = [column for column in COLUMNS if any(column.key in row for row in rows)]
    lines = csv.writer(written)
    lines.writerow(column.header for column in shown)
    lines.writerows([row.get(column.key, "") for column in shown] for row in rows)
    return written.getvalue().encode()


def test_a_partner_sends_results_and_corrects_one(someone: Callable[..., Person], worker: None) -> None:
    cast = build_cast()
    join(cast.trade_body, cast.membership)
    others = [own_member(cast.trade_body) for _ in range(3)]
    partner = someone(phone=True)
    partner.enter_as(cast.partner)
    page = partner.open("/partner-results/")
    partner.click("Send a result")
    partner.click("Send the result")
    has_problem(partner)
    page.get_by_label("Your reference").fill("INSP-7")
    page.get_by_label("Membership number").fill(cast.membership.number.lower())
    page.get_by_label("On-site inspection").check()
    for name, value in (("Day", "6"), ("Month", "May"), ("Year", "2026")):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_label("Who inspected?").fill("The field team")
    page.get_by_label("Not met", exact=True).check()
    partner.click("Send the result")
    expect(page.get_by_text("The result INSP-7 has been sent.")).to_be_visible()

    partner.click("Correct this result")
    page.get_by_label("Your reference").fill("INSP-7a")
    page.get_by_label("Met", exact=True).check()
    partner.click("Send the correction")
    has_problem(partner)
    page.get_by_label("Why is the earlier result corrected?").fill("The wrong box was ticked.")
    partner.click("Send the correction")
    expect(page.get_by_text("The result INSP-7a has been sent.")).to_be_visible()
    partner.click("INSP-7", role="link")
    expect(page.get_by_text("This result no longer counts.")).to_be_visible()
    assert_no_sideways_scroll(page)

    sends_a_list(partner, [member.number for member in others])
    owner = someone(phone=True)
    owner.enter_as(cast.owner)
    page = owner.open(f"/companies/{cast.alpha.public_id}/checks/")
    expect(page.get_by_role("link", name="On-site inspection on 6 May 2026")).to_be_visible()
    assert_no_sideways_scroll(page)


def sends_a_list(partner: Person, numbers: list[str]) -> None:
    rows = [
        {
            "reference": f"LIST-{place}",
            "membership": number,
            "kind": "audit",
            "inspected_on": "1 July 2026",
            "inspected_by": "The field team",
            "outcome": "met",
        }
        for place, number in enumerate(numbers)
    ]
    page = partner.open("/partner-results/lists/")
    for name, sent in (("wrong.csv", [*rows, rows[0] | {"membership": "7"}]), ("right.csv", rows)):
        partner.open("/partner-results/lists/new/")
        file = {"name": name, "mimeType": "text/csv", "buffer": as_csv(*sent)}
        page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        partner.click("Send and check")
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
        if name == "wrong.csv":
            expect(page.get_by_text("Nothing has been taken over. Correct the file")).to_be_visible()
            expect(page.get_by_text("This is no membership number.").first).to_be_visible()
    partner.click("Take over these results")
    expect(page.get_by_role("link", name="LIST-2")).to_be_visible(timeout=30_000)
    partner.check()
    assert PartnerCheck.objects.filter(reference__startswith="LIST-").count() == len(numbers)
