"""Pages of long lists, at a price that does not grow with the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import QueryDict

PER_PAGE = 25
COUNT_LIMIT = 1000  # counting stops here: "more than 1,000" says enough
LAST_PAGE = 10_000
LOOK_AHEAD = 100  # rows after the page's first that take_sorted counts
LAST_NUMBERED = 40  # pages that take_sorted finds by their number alone


@dataclass(frozen=True)
class ListPage:
    rows: Sequence[Any]
    number: int
    total: int
    is_more_than_total: bool
    has_next: bool
    # What the address of a neighbour says besides the filters.
    previous: str = ""
    next: str = ""

    @property
    def first_row(self) -> int:
        return (self.number - 1) * PER_PAGE + 1

    @property
    def last_row(self) -> int:
        return self.first_row + len(self.rows) - 1


def take_page(queryset: QuerySet[Any], query: QueryDict) -> ListPage:
    """The page that the address asks for, in two queries: the rows, and a count that is capped."""
    number = _page_number(query, LAST_PAGE)
    start = (number - 1) * PER_PAGE
    rows = list(queryset[start : start + PER_PAGE + 1])
    total = queryset.order_by().values("pk")[: COUNT_LIMIT + 1].count()
    return ListPage(
        rows=rows[:PER_PAGE],
        number=number,
        total=min(total, COUNT_LIMIT),
        is_more_than_total=total > COUNT_LIMIT,
        has_next=len(rows) > PER_PAGE,
    )


def _page_number(query: QueryDict, last: int) -> int:
    wanted = query.get("page", "")
    is_number = wanted.isascii() and wanted.isdigit() and len(wanted) < 10
    return min(max(int(wanted), 1), last) if is_number else 1


# --- By the key of a neighbour, where the order has an index ---

Key = tuple[Any, ...]


@dataclass(frozen=True)
class Order:
    """Fields as order_by takes them, all in one direction, the last of them pk; nulls come at the end.

    Only the first may be null.
    """

    fields: tuple[str, ...]
    has_nulls: bool = False

    def reversed(self) -> Order:
        return Order(
            tuple(name[1:] if name[0] == "-" else f"-{name}" for name in self.fields), self.has_nulls
        )

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name.lstrip("-") for name in self.fields)

    def after(self, key: Key) -> Q:
        """Rows that come after the one with this key."""
        later, same = Q(), Q()
        for name, value in zip(self.fields, key, strict=True):
            later |= same & self._past(name, value)
            same &= Q((f"{name.lstrip('-')}__isnull", True) if value is None else (name.lstrip("-"), value))
        return self._start(key[0]) & later

    def _past(self, name: str, value: Any) -> Q:
        plain, falling = name.lstrip("-"), name[0] == "-"
        if value is None:
            return Q((f"{plain}__isnull", False)) if falling else Q(pk__in=[])
        past = Q((f"{plain}__{'lt' if falling else 'gt'}", value))
        if self.has_nulls and name == self.fields[0] and not falling:
            past |= Q((f"{plain}__isnull", True))
        return past

    def _start(self, value: Any) -> Q:
        """Says again what `after` says, as an index can use it: where to begin."""
        name = self.fields[0]
        if self.has_nulls or value is None:
            return Q()
        return Q((f"{name.lstrip('-')}__{'lte' if name[0] == '-' else 'gte'}", value))


def take_sorted(
    found: QuerySet[Any],
    order: Order,
    query: QueryDict,
    fetch: Callable[[list[Any]], Mapping[Any, Any]],
    filters: str = "",
) -> ListPage:
    """A page of `found`, of which the address holds the number and the key of the row before or after it.

    It costs the same however far a reader goes. `fetch` gives the rows that are shown, by pk. The count looks
    LOOK_AHEAD rows ahead, in the same query. `filters` is what the address says besides.
    """
    number, start = _where(found, order, query)
    skipped = (number - 1) * PER_PAGE if start is None else 0
    walk = _walk(found.filter(order.after(start)) if start else found, order)
    ahead = list(walk[skipped : skipped + LOOK_AHEAD + 1])
    shown = ahead[:PER_PAGE]
    by_key = fetch([key[-1] for key in shown]) if shown else {}
    is_more, has_next = len(ahead) > LOOK_AHEAD, len(ahead) > PER_PAGE
    first = shown[0] if shown else None
    return ListPage(
        rows=[by_key[key[-1]] for key in shown if key[-1] in by_key],
        number=number,
        total=(number - 1) * PER_PAGE + len(ahead) - is_more if ahead else 0,
        is_more_than_total=is_more,
        has_next=has_next,
        previous=_part(filters, number - 1, "before", first, order) if number > 1 else "",
        next=_part(filters, number + 1, "after", shown[-1], order) if has_next else "",
    )


def _where(found: QuerySet[Any], order: Order, query: QueryDict) -> tuple[int, Key | None]:
    """The number of the page, and the key of the row before it; without a key, by the number alone."""
    number = _page_number(query, LAST_PAGE)
    if number == 1:
        return 1, None
    if before := _read(query, "before", order):
        back = order.reversed()
        keys = list(_walk(found.filter(back.after(before)), back)[: PER_PAGE + 1])
        return (number, keys[PER_PAGE]) if len(keys) > PER_PAGE else (1, None)
    if after := _read(query, "after", order):
        return number, after
    return (number if number <= LAST_NUMBERED else 1), None


def _walk(found: QuerySet[Any], order: Order) -> QuerySet[Any, Any]:
    return found.order_by(*order.fields).values_list(*order.names)


def _part(filters: str, number: int, name: str, key: Key | None, order: Order) -> str:
    parts = {"page": str(number)} if number > 1 else {}
    if key is not None and number > 1:
        parts[name] = signing.dumps([_written(value) for value in key], salt=_salt(order))
    return "?" + ("&".join(part for part in (filters, urlencode(parts)) if part) or "page=1")


def _written(value: Any) -> Any:
    return value if value is None or isinstance(value, int) else str(value)


def _read(query: QueryDict, name: str, order: Order) -> Key | None:
    """A key that an earlier page wrote; nothing when it is another order's, or somebody else's writing."""
    try:
        return tuple(signing.loads(query.get(name, ""), salt=_salt(order)))
    except signing.BadSignature:
        return None


def _salt(order: Order) -> str:
    return f"paging:{','.join(order.fields)}"
