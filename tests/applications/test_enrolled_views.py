"""How far each enrolled company is, what its people answer, and what DfT sees of it."""

from __future__ import annotations

import csv
import io

from django.urls import reverse

from accounts.models import Notification
from applications import services
from applications.models import EnrolledCompany
from tests.applications.enrolments import enrol, enrolled, row, rows
from tests.applications.test_enrolled import comes, contact_confirms, signs
from tests.applications.test_enrolments_views import url_of, words
from tests.applications.test_views_apply import client_of, errors_of, soup
from tests.cast import Cast


def test_a_partner_sees_how_far_each_company_is(cast: Cast) -> None:
    client = client_of(cast.partner)
    enrol(
        cast.trade_body, cast.partner, [(n + 1, row(n, owner_email=f"o{n}@example.com")) for n in range(1, 6)]
    )
    ties = list(EnrolledCompany.objects.order_by("company_number"))
    Notification.objects.filter(to="o2@example.com").update(status="bounced")
    comes(ties[2])
    signs(ties[3], comes(ties[3]))
    signs(ties[4], comes(ties[4]))
    contact_confirms(ties[4])
    response = client.get(reverse("applications:enrolled"))
    found = [
        " ".join(cell.get_text(" ").split()) for cell in soup(response).select("tbody tr td:nth-child(3)")
    ]
    number = ties[4].company.memberships.get().number
    assert found == [
        "Enrolled, not confirmed Invited. Nobody has answered",
        "Enrolled, not confirmed The invitation did not arrive. Check the address",
        "Enrolled, not confirmed Somebody acts for the company. The declaration is not signed",
        "Enrolled, not confirmed Declaration signed. The security contact has not confirmed",
        f"Member {number}",
    ]
    assert "Enrolled, not confirmed : 4 Member : 1" in words(response)
    home = words(client.get(reverse("home")))
    assert "1 member of the scheme has been enrolled through you" in home
    assert "Companies that have not confirmed 4" in home


def test_search_filter_and_csv(cast: Cast) -> None:
    client = client_of(cast.partner)
    enrol(cast.trade_body, cast.partner, [*rows(12), (20, row(99, name="=cmd() Llŷn", car="3"))])
    page = client.get(reverse("applications:enrolled"), {"q": "harbwr M-00007"})
    assert [link.get_text() for link in soup(page).select("tbody a")] == ["Harbwr Hire 7 Ltd"]
    assert "No companies found" in words(client.get(reverse("applications:enrolled"), {"status": "member"}))
    answer = client.get(reverse("applications:enrolled_csv"), {"q": "20000099"})
    lines = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    assert len(lines) == 2
    assert lines[1][0] == "'=cmd() Llŷn"
    assert lines[1][5:7] == ["Enrolled, not confirmed", "Invited. Nobody has answered"]
    assert len(b"".join(client.get(reverse("applications:enrolled_csv"))).splitlines()) == 14


def test_of_a_company_that_was_here_the_partner_sees_its_own_words_only(cast: Cast) -> None:
    tie = enrolled(
        cast.trade_body,
        cast.partner,
        name="Our name for it",
        company_number=cast.alpha.company_number,
        postcode="ZE9 9AA",
    )
    services.answer_partner(tie=tie, is_member=True, by=cast.owner)
    client = client_of(cast.partner)
    pages = [
        client.get(reverse("applications:enrolled")),
        client.get(url_of("enrolled_company", tie)),
        client.get(url_of("enrolment", tie.enrolment)),
        client.get(url_of("enrolment_rows", tie.enrolment)),
        client.get(reverse("home")),
    ]
    shown = " ".join(words(page) for page in pages)
    shown += b"".join(client.get(reverse("applications:enrolled_csv"))).decode()
    assert "Our name for it" in shown
    for secret in (
        "Alpha",
        cast.membership.number,
        "Ottersby",
        cast.owner.email,
        "Nia Prydderch",
    ):
        assert secret not in shown, secret
    for name, kwargs in (
        ("applications:company", {"public_id": cast.alpha.public_id}),
        ("applications:people", {"public_id": cast.alpha.public_id}),
        ("codeofpractice:plan", {"number": cast.membership.number}),
        ("applications:application", {"reference": cast.membership.application.reference}),
    ):
        assert client.get(reverse(name, kwargs=kwargs)).status_code == 404, name
    assert "Alpha Vehicle Hire Ltd" in words(client_of(cast.lead).get(url_of("enrolled_company", tie)))


def test_withdrawing_and_inviting_again(cast: Cast) -> None:
    client = client_of(cast.partner)
    tie = enrolled(cast.trade_body, cast.partner)
    address = url_of("enrolled_invite", tie)
    assert soup(client.get(address)).select_one("input[name=email]")["value"] == "sian.1@example.com"
    assert "right form" in errors_of(client.post(address, {"email": "no"}))[0]
    client.post(address, {"email": "right@example.com"})
    assert "right@example.com" in words(client.get(url_of("enrolled_company", tie)))
    address = url_of("enrolled_withdraw", tie)
    assert errors_of(client.post(address)) == ["Enter the reason"]
    client.post(address, {"reason": "Left us."})
    page = words(client.get(url_of("enrolled_company", tie)))
    assert "Withdrawn by the partner" in page
    assert "Left us." in page
    assert "Invite again" not in page


# --- The company ---


def test_the_owner_answers_the_partner(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    client = client_of(cast.owner)
    kwargs = {"public_id": cast.alpha.public_id, "pk": tie.pk}
    address = reverse("applications:partner_answer", kwargs=kwargs)
    assert "Say whether the company is a member of Association of Vehicle Hirers" in words(client.get("/"))
    company = reverse("applications:company", kwargs={"public_id": cast.alpha.public_id})
    assert soup(client.get(company)).find("a", href=address)
    assert not soup(client_of(cast.viewer).get(company)).find("a", href=address)
    assert errors_of(client.post(address)) == ["Say whether the company is a member"]
    assert errors_of(client.post(address, {"answer": "no"})) == ["Say why the company is not a member"]
    client.post(address, {"answer": "no", "reason": "We left."})
    tie.refresh_from_db()
    assert (tie.status, tie.reason) == ("declined", "We left.")
    assert "This question is closed" in words(client.get(address))
    assert client.post(address, {"answer": "yes"}).status_code == 409
    assert "Say whether" not in words(client.get("/"))


def test_another_companys_question_is_not_found(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner, company_number=cast.alpha.company_number)
    kwargs = {"public_id": cast.beta.public_id, "pk": tie.pk}
    answer = client_of(cast.other_owner).get(reverse("applications:partner_answer", kwargs=kwargs))
    assert answer.status_code == 404


def test_the_enrolled_owner_is_told_by_whom(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner)
    client = client_of(comes(tie))
    tasks = reverse("applications:tasks", kwargs={"reference": tie.company.applications.get().reference})
    assert "Association of Vehicle Hirers has told us about the company" in words(client.get(tasks))
    page = client.get(reverse("applications:company", kwargs={"public_id": tie.company.public_id}))
    assert "Association of Vehicle Hirers has enrolled the company" in words(page)


# --- DfT ---


def test_dft_sees_the_origin_and_is_not_asked_for_what_settles_itself(cast: Cast) -> None:
    tie = enrolled(cast.trade_body, cast.partner)
    application = signs(tie, comes(tie))
    client = client_of(cast.assurer)
    assert application.company.name not in words(client.get(reverse("applications:queue")))
    every = client.get(reverse("applications:queue"), {"status": "every"})
    assert "enrolled by Association of Vehicle Hirers" in words(every)
    review = reverse("applications:application", kwargs={"reference": application.reference})
    assert "It becomes a member by itself when its security contact confirms" in words(client.get(review))
    assert "Accept" not in words(client.get(review))
    contact_confirms(tie)
    assert "becomes a member by itself" not in words(client.get(review))
    assert "Through Association of Vehicle Hirers" in words(client.get(reverse("applications:memberships")))
    company = {"public_id": tie.company.public_id}
    history = client.get(reverse("applications:membership_history", kwargs=company))
    assert "Enrolled by an approved partner: Association of Vehicle Hirers" in words(history)
    shown = client.get(reverse("applications:company", kwargs=company))
    assert "Joined through Association of Vehicle Hirers" in words(shown)
