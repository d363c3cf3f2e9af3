"""Who may open the account pages. allauth redirects people who have no business on a page; that is `ok`."""

from tests.access.expectation import EVERYBODY, Leaf, get

EXPECTATIONS: dict[str, Leaf | list[Leaf]] = {
    "home": Leaf(get(EVERYBODY), public=True),
    "health": Leaf(get(EVERYBODY), public=True),
}
