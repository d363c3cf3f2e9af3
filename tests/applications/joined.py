"""Ways of a test to an application that was sent, asked about or rejected: by the services, as people go."""

from __future__ import annotations

from accounts.models import User
from applications import services
from applications.models import Application, ApplicationQuestion, Declaration
from tests.cast import Cast


def fetch(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def send(cast: Cast, by: User | None = None) -> Declaration:
    """Newco's draft, signed and sent."""
    return services.submit_application(
        application=cast.draft_application,
        edition_code="2018",
        declaration_text="We will keep a plan.",
        signatory_name="Nia Prydderch",
        signatory_role="Director",
        by=by or cast.owner,
    )


def ask(cast: Cast, section: str, label: str = "", words: str = "Is that right?") -> ApplicationQuestion:
    return services.ask_question(
        application=cast.draft_application,
        section=section,
        answer_label=label,
        question=words,
        by=cast.assurer,
    )


def sign_replies(cast: Cast, by: User | None = None, seen: str = "") -> Declaration:
    words = services.SignedWords("2018", "We will keep a plan.", "Nia Prydderch", "Director")
    return services.sign_and_send_replies(
        application=cast.draft_application, words=words, by=by or cast.owner, seen=seen
    )


def reject(cast: Cast, by: User | None = None) -> Application:
    """Sent's application, rejected by an assurer."""
    services.reject_application(
        application=cast.sent_application,
        reasons=["out_of_scope", "incomplete"],
        reason="Leasing only.",
        by=by or cast.assurer,
    )
    return fetch(cast.sent_application)
