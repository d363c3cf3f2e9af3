"""How an expectation of the access matrix is written down."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.cast import PEOPLE, Cast

SIGN_IN = "sign in"  # sent to the sign-in page
OK = "ok"  # let through: the page, a redirect after work done, or the form again with its errors
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

EVERYBODY = " ".join(PEOPLE)
SIGNED_IN = " ".join(name for name in PEOPLE if name != "anonymous")
COMPANY_PEOPLE = "owner editor viewer"
LEADS = "lead other_lead"
ASSURERS = "assurer other_assurer"
DFT = f"{ASSURERS} {LEADS} administrator"


@dataclass(frozen=True)
class Who:
    """Who is let through by one method, and what the others who are signed in get: 403 or 404.

    `ok`, `forbidden` and `hidden` are names of the cast, separated by blanks.
    """

    ok: str = ""
    forbidden: str = ""
    hidden: str = ""
    otherwise: int | str = 404
    data: Callable[[Cast], dict[str, Any]] | None = None

    def expected(self, person: str) -> int | str:
        if person in self.ok.split():
            return OK
        if person == "anonymous":
            return SIGN_IN
        if person in self.forbidden.split():
            return 403
        if person in self.hidden.split():
            return 404
        return self.otherwise


@dataclass(frozen=True)
class Leaf:
    """One address: how to build it from the cast, and who gets through by which method.

    A method that is not given is refused with 405 to whoever is signed in. `public` says that the view
    asks nobody to sign in, so that 405 is for everyone. `api` says that it answers 401 or 403, not a page.
    `token` says that it takes a token only: a session is nobody there.
    """

    methods: dict[str, Who] = field(default_factory=dict)
    kwargs: Callable[[Cast], dict[str, Any]] = lambda cast: {}
    public: bool = False
    api: bool = False
    token: bool = False
    note: str = ""

    def expected(self, method: str, person: str) -> int | str:
        if self.token:
            return 401
        who = self.methods.get(method)
        if who is not None:
            answer = who.expected(person)
            return 403 if self.api and answer == SIGN_IN else answer
        if person == "anonymous" and not self.public:
            return 403 if self.api else SIGN_IN
        return 405


def get(ok: str, **kwargs: Any) -> dict[str, Who]:
    return {"GET": Who(ok=ok, **kwargs)}


def post(ok: str, **kwargs: Any) -> dict[str, Who]:
    return {"POST": Who(ok=ok, **kwargs)}


def form(ok: str, **kwargs: Any) -> dict[str, Who]:
    """A page with a form: the same people may open and send it."""
    return get(ok, **kwargs) | post(ok, **kwargs)
