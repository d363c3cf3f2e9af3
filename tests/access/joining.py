"""Who may reply to DfT's questions, and have a rejection looked at again."""

from __future__ import annotations

from typing import Any

from applications import services
from applications.models import Application
from tests.access.expectation import ASSURERS, COMPANY_PEOPLE, DFT, Leaf, Who, form, get
from tests.cast import Cast

REPLY = {"answer": "Asked Vans."}


def status_of(application: Application) -> str:
    return Application.objects.get(pk=application.pk).status


def question(cast: Cast) -> dict[str, Any]:
    asked = cast.asked_application
    return {"reference": asked.reference, "pk": asked.questions.get().pk}


def replied(cast: Cast) -> dict[str, Any]:
    services.answer_question(question=cast.asked_application.questions.get(), answer="Yes.", by=cast.owner)
    return {"reference": cast.asked_application.reference}


def changed(cast: Cast) -> dict[str, Any]:
    """Signed, asked about, replied to, and with an answer changed: an owner signs again."""
    application = cast.draft_application
    address = {"reference": application.reference}
    if status_of(application) != "draft":
        return address
    services.submit_application(
        application=application,
        edition_code="2018",
        declaration_text="Text.",
        signatory_name="Nia Prydderch",
        signatory_role="Director",
        by=cast.owner,
    )
    asked = services.ask_question(
        application=application, section="listing", question="Why?", by=cast.assurer
    )
    services.set_listing(application=Application.objects.get(pk=application.pk), agrees=False, by=cast.owner)
    services.answer_question(question=asked, answer="We changed it.", by=cast.owner)
    return address


def rejected(cast: Cast) -> dict[str, Any]:
    """By one of the leads."""
    if status_of(cast.sent_application) == "submitted":
        services.reject_application(
            application=cast.sent_application, reasons=["out_of_scope"], reason="Leasing.", by=cast.lead
        )
    return {"reference": cast.sent_application.reference}


def asked_again(cast: Cast) -> dict[str, Any]:
    address = rejected(cast)
    services.ask_to_reconsider(application=cast.sent_application, grounds="By the day.", by=cast.owner)
    return address


NOT_THE_OTHER_LEAD = f"{COMPANY_PEOPLE} {ASSURERS} lead administrator"
EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "applications:answer": Leaf(
        get("owner editor", forbidden=f"viewer {DFT}")
        | {"POST": Who("owner editor", forbidden=f"viewer {DFT}", data=lambda cast: REPLY)},
        question,
    ),
    "applications:send_replies": Leaf(form("owner editor", forbidden=f"viewer {DFT}"), replied),
    "declaration_correction": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), changed),
    "applications:reconsider": Leaf(form("owner", forbidden=f"editor viewer {DFT}"), rejected),
    "applications:reconsideration": Leaf(form("other_lead", forbidden=NOT_THE_OTHER_LEAD), asked_again),
    "applications:reconsiderations": Leaf(get("lead other_lead", otherwise=403)),
}
