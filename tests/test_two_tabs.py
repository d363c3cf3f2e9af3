"""Each form that changes something, sent from two tabs or by a double click: one outcome, and a page that
says what became of the second.

The forms are those of the URLconf; one that is neither here nor among those that change nothing fails.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.test import Client
from django.urls import reverse

from accounts.scopes import scopes_for
from applications import services
from applications.answers import canonical_json, snapshot
from applications.models import DeclarationRequest
from tests import factories as make
from tests.applications.test_views_apply import ANSWERS, SIGNATURE
from tests.cast import PEOPLE, Cast
from tests.page_forms import forms_in
from tests.signing_in import client_for
from tests.test_access_matrix import EXPECTATIONS
from tests.test_bad_input import NAMES

Given = dict[str, Any]
REASON = {"reason": "The plan was asked for three times."}
IN_SCOPE = {"short_term": "yes", "consumers": "yes", "three_months": "yes", "rental_models": "counter"}
PASSWORDS = {"password1": "violet anchor teapot", "password2": "violet anchor teapot"}

# They sign somebody in or out, change nothing, or are sent twice in a test of their own.
ELSEWHERE = {
    "account_login": "sign-in",
    "account_logout": "sign-out",
    "account_reauthenticate": "sign-in",
    "account_confirm_email": "tests/test_links.py",
    "account_reset_password_from_key": "tests/test_links.py",
    "account_reset_password": "sends a link each time, a few times a day",
    "account_email": "tests/accounts/test_new_email.py",
    "account_set_password": "for accounts without a password, and none is",
    "mfa_authenticate": "sign-in",
    "mfa_reauthenticate": "sign-in",
    "mfa_activate_totp": "tests/accounts/test_second_factor.py",
    "mfa_deactivate_totp": "tests/accounts/test_second_factor.py",
    "mfa_generate_recovery_codes": "tests/accounts/test_second_factor.py",
    "accounts:receipts": "tests/accounts/test_notify.py",
    "applications:eligibility": "stores nothing",
    "applications:enrolment_send": "tests/applications/test_enrolments_views.py",
    "applications:enrolment_import": "tests/applications/test_enrolments_races.py",
    "applications:enrolment_retry": "tests/applications/test_enrolments_work.py",
}


def section(cast: Cast, kwargs: Given) -> Given:
    return ANSWERS[kwargs["section"]]


def contact(cast: Cast, kwargs: Given) -> Given:
    person = ANSWERS["contact"] | {"name": "Ŵena ap Huw"}
    return person if kwargs["kind"] == "contact" else person | {"has_deputy": "yes"}


def signature(cast: Cast, kwargs: Given) -> Given:
    return SIGNATURE


def fixed(**data: Any) -> Callable[[Cast, Given], Given]:
    return lambda cast, kwargs: data


def inactive(cast: Cast, kwargs: Given) -> Given:
    cast.viewer.is_active = False
    cast.viewer.save()
    return REASON


def changed_fact(cast: Cast, kwargs: Given) -> Given:
    application = cast.membership.application
    make.DeclarationFactory(application=application, answers=canonical_json(snapshot(application)))
    services.set_company_details(
        application=application,
        by=cast.owner,
        **ANSWERS["company"] | {"company_number": "12345678", "postcode": "ZE1 0AA"},
    )
    assert DeclarationRequest.objects.open().exists()
    return SIGNATURE


DATA: dict[str, Callable[[Cast, Given], Given]] = {
    "account_signup": fixed(name="Ffion Ŵyn", email="ffion@example.com", password1="violet anchor teapot"),
    "account_change_password": fixed(oldpassword="correct horse battery", **PASSWORDS),
    "accounts:role": fixed(role="panel", **REASON),
    "accounts:deactivate": fixed(**REASON),
    "accounts:reactivate": inactive,
    "accounts:retry": fixed(),
    "applications:start": fixed(name="Porthwen Hire", **IN_SCOPE),
    "applications:look_up": fixed(),
    "applications:company_edit": fixed(**ANSWERS["company"]),
    "applications:trading_names": fixed(name="Llŷn Vans", action="add"),
    "applications:sites": fixed(name="Harbour", postcode="ZE1 0AB", action="add"),
    "applications:section": section,
    "declaration": signature,
    "declaration_again": changed_fact,
    "renew_sign": signature,
    "applications:answer": lambda cast, kwargs: {
        "answer": "Alpha.",
        "question": cast.asked_application.questions.get().pk,
    },
    "applications:withdraw": fixed(**REASON),
    "applications:assign": fixed(),
    "applications:ask": fixed(about="sites", question="Where?"),
    "applications:accept": fixed(),
    "applications:reject": fixed(reasons="out_of_scope", **REASON),
    "applications:reconsider": fixed(grounds="By the day."),
    "applications:reconsideration": fixed(outcome="stands", answer="It leases."),
    "applications:send_replies": fixed(),
    "declaration_correction": signature,
    "applications:queue_assign": lambda cast, kwargs: {
        "pick": f"{cast.sent_application.reference}:",
        "to": cast.assurer.pk,
    },
    "accounts:save_view": fixed(list="applications:queue", name="Yours", query="assigned=me"),
    "accounts:rename_view": fixed(name="Yours"),
    "accounts:delete_view": fixed(),
    "accounts:default_view": fixed(default="yes"),
    "accounts:token_create": lambda cast, kwargs: {
        "name": "Nightly upload",
        "scopes": scopes_for("partner")[0].name,
        "days": "30",
    },
    "accounts:token_revoke": fixed(**REASON),
    "data:copy_ask": fixed(),
    "data:copy_for": fixed(email="gone@example.com", **REASON),
    "data:erase_person": fixed(**REASON),
    "data:erase_person_cancel": fixed(**REASON),
    "data:erasure": fixed(understood="on", **REASON),
    "data:erasure_cancel": fixed(),
    "data:retention_start": fixed(),
    "data:retention_approve": fixed(),
    "data:retention_dismiss": fixed(**REASON),
    "data:retention_retry": fixed(),
    "applications:apply_again": fixed(),
    "applications:resign": fixed(reason_code="sold", reason="", step="confirm"),
    "applications:suspend": fixed(**REASON),
    "applications:reinstate": fixed(**REASON),
    "applications:remove": fixed(**REASON),
    "applications:invite": fixed(email="new@example.com", level="editor"),
    "applications:leave": fixed(),
    "applications:level": fixed(level="editor"),
    "applications:remove_person": fixed(**REASON),
    "applications:resend_invitation": fixed(),
    "applications:withdraw_invitation": fixed(**REASON),
    "applications:join_request": fixed(answer="accept", level="viewer"),
    "applications:invitation": fixed(),
    "applications:join": fixed(number="01234567", message="I keep your accounts."),
    "applications:contact_confirm": fixed(action="confirm"),
    "applications:change_contact": contact,
    "applications:ask_contact": fixed(),
    "applications:enrolment_withdraw": fixed(**REASON),
    "applications:enrolled_withdraw": fixed(**REASON),
    "applications:enrolled_invite": fixed(email="new@example.com"),
    "applications:partner_answer": fixed(answer="yes"),
}
NOT_THE_LAST_OWNER = {"applications:leave", "data:erasure"}
CHANGE_NOTHING = {"applications:look_up", "applications:section"}  # as the cast has it already
MORE_THAN_ONCE = {"applications:ask", "accounts:token_create"}  # in another tab it is another one
POSTS = {name for name in NAMES if any("POST" in leaf.methods for leaf in EXPECTATIONS[name])}


def test_every_form_is_sent_twice() -> None:
    assert set(DATA) & set(ELSEWHERE) == set()
    assert set(DATA) | set(ELSEWHERE) == POSTS


def everything() -> dict[str, list[str]]:
    """All rows of both rooms but the record, without keys and times: some answers are written anew."""
    found = {}
    for room in ("accounts", "applications"):
        for model in apps.get_app_config(room).get_models():
            if model._meta.model_name in {"auditevent", "companylookup"}:
                continue
            fields = [
                field.attname
                for field in model._meta.concrete_fields
                if not field.primary_key and not isinstance(field, models.DateTimeField)
            ]
            rows = model._default_manager.values_list(*[name for name in fields if name != "search"])
            found[model._meta.label] = sorted(map(repr, rows))
    return found


def page_of(client: Client, address: str) -> Given:
    """The hidden fields of the page that is open in a tab; buttons alone have none."""
    page = client.get(address)
    hidden: Given = {}
    if page.status_code == 200:
        for form in forms_in(page.content):
            if form.method == "POST" and form.action in {"", address}:
                hidden |= {name: form.controls[name].value for name in form.hidden}
    return hidden


@pytest.mark.parametrize("name", sorted(DATA))
def test_sent_twice_it_happens_once(cast: Cast, name: str) -> None:
    tried = 0
    for leaf in EXPECTATIONS[name]:
        who = leaf.methods.get("POST")
        if who is None or not who.ok or leaf.note in {"sent", "a member's facts"}:
            continue
        may = [person for person in PEOPLE if person in who.ok.split()]
        client = client_for(cast.person("viewer" if name in NOT_THE_LAST_OWNER else may[0]))
        kwargs = leaf.kwargs(cast)
        address, data = reverse(name, kwargs=kwargs), DATA[name](cast, kwargs)
        tabs = page_of(client, address), page_of(client, address)
        before = everything()
        first = client.post(address, tabs[0] | data)
        after = everything()
        assert first.status_code == 302 or name == "accounts:token_create", "the data are not accepted"
        assert after != before or name in CHANGE_NOTHING
        for hidden in tabs[: 1 + (name not in MORE_THAN_ONCE)]:
            second = client.post(address, hidden | data)
            assert everything() == after or name == "account_signup", "it happened twice"
            assert second.status_code in {200, 302, 403, 404, 409, 410}
            shown = client.get(second["Location"], follow=True) if second.status_code == 302 else second
            assert b"<h1" in shown.content
        tried += 1
    assert tried
