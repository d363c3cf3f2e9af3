"""Sharing out: nobody barred, the skilled first, and nobody with two more than somebody able."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from assurance.sharing import Left, Share, Shared, Sharer, load_of, share_out

SKILLS = ("counter", "van", "edition 1")
sharers = st.lists(
    st.builds(
        lambda load, more, room, skills: (load, load - more if load > more else load, room, skills),
        st.integers(0, 5),
        st.integers(0, 2),
        st.none() | st.integers(0, 4),
        st.frozensets(st.sampled_from(SKILLS)),
    ),
    max_size=4,
).map(
    lambda rows: [
        Sharer(key, load, held, None if room is None else held + room, skills)
        for key, (load, held, room, skills) in enumerate(rows)
    ]
)
shares = st.lists(
    st.tuples(st.frozensets(st.sampled_from(SKILLS)), st.frozensets(st.integers(0, 3))), max_size=6
).map(lambda rows: [Share(key, needs, barred) for key, (needs, barred) in enumerate(rows)])


def has_room(sharer: Sharer, count: int) -> bool:
    return sharer.capacity is None or sharer.held + count <= sharer.capacity


def counts(people: list[Sharer], given: dict[int, int]) -> dict[int, int]:
    return {one.key: list(given.values()).count(one.key) for one in people}


@given(sharers, shares)
def test_nobody_barred_and_nobody_over_capacity(people: list[Sharer], checks: list[Share]) -> None:
    shared = share_out(people, checks)
    by_key = {one.key: one for one in people}
    assert shared.given.keys() | shared.left.keys() == {check.key for check in checks}
    assert not shared.given.keys() & shared.left.keys()
    for check in checks:
        if (to := shared.given.get(check.key)) is not None:
            assert to not in check.barred
            assert shared.lacking.get(check.key, frozenset()) == check.needs - by_key[to].skills
    for key, count in counts(people, shared.given).items():
        assert has_room(by_key[key], count) or count == 0


@given(sharers, shares)
def test_no_move_makes_it_fairer(people: list[Sharer], checks: list[Share]) -> None:
    """Not even along a chain: loads differ by one at most where bars and skills allow."""
    shared = share_out(people, checks)
    count = counts(people, shared.given)
    load = {one.key: one.load + count[one.key] for one in people}
    by_key = {one.key: one for one in people}

    def passes_on(giver: int) -> set[int]:
        found = set()
        for check in checks:
            if shared.given.get(check.key) == giver:
                is_skilled = check.key not in shared.lacking
                for to in people:
                    fits = not is_skilled or not check.needs - to.skills
                    if to.key not in check.barred and fits:
                        found.add(to.key)
        return found

    for giver in by_key:
        if count[giver]:
            reached, waiting = {giver}, [giver]
            while waiting:
                for to in passes_on(waiting.pop()) - reached:
                    reached.add(to)
                    waiting.append(to)
            for to in reached:
                if has_room(by_key[to], count[to] + 1):
                    assert load[giver] <= load[to] + 1


@given(sharers.filter(lambda found: len(found) < 4), shares.filter(lambda found: len(found) < 5))
def test_as_many_as_possible_go_to_the_skilled(people: list[Sharer], checks: list[Share]) -> None:
    """Against every way of giving each check to somebody skilled, or to nobody."""
    shared = share_out(people, checks)
    skilled = [
        [None, *(one.key for one in people if one.key not in check.barred and not check.needs - one.skills)]
        for check in checks
    ]
    best = 0
    for way in product(*skilled):
        given = {key: to for key, to in enumerate(way) if to is not None}
        if all(has_room(one, counts(people, given)[one.key]) or one.key not in way for one in people):
            best = max(best, len(given))
    assert len(shared.given.keys() - shared.lacking.keys()) == best


@given(sharers, shares)
def test_who_is_left_could_be_given_to_nobody(people: list[Sharer], checks: list[Share]) -> None:
    shared = share_out(people, checks)
    count = counts(people, shared.given)
    for check in checks:
        if why := shared.left.get(check.key):
            able = [one for one in people if one.key not in check.barred]
            assert not any(has_room(one, count[one.key] + 1) for one in able)
            assert (why == Left.NO_ASSURER) == (not people)
            assert (why == Left.ALL_FULL) == bool(able)


@given(sharers, shares)
def test_the_same_again_and_in_any_order_of_assurers(people: list[Sharer], checks: list[Share]) -> None:
    assert share_out(people, checks) == share_out(people[::-1], checks) == share_out(people, checks)


def sharer(key: int, load: int = 0, skills: tuple[str, ...] = SKILLS, capacity: int | None = None) -> Sharer:
    return Sharer(key, load, load, capacity, frozenset(skills))


def share(key: int, needs: str = "van", barred: tuple[int, ...] = ()) -> Share:
    return Share(key, frozenset([needs]), frozenset(barred))


def test_who_has_less_gets_more() -> None:
    shared = share_out([sharer(1, load=4), sharer(2, load=1)], [share(key) for key in range(5)])
    assert sorted(shared.given.values()) == [1, 2, 2, 2, 2]


def test_a_check_changes_hands_so_that_both_have_one() -> None:
    """The first goes to 1, who is the only one for the second."""
    shared = share_out([sharer(1), sharer(2)], [share(1), share(2, barred=(2,))])
    assert shared == Shared(given={2: 1, 1: 2})


def test_checks_change_hands_along_a_chain() -> None:
    """Only 1 can take the third: the first moves from 1 to 2, and the second from 2 to 3."""
    people = [sharer(1), sharer(2), sharer(3)]
    checks = [share(1, barred=(3,)), share(2, barred=(1,)), share(3, barred=(2, 3))]
    assert share_out(people, checks) == Shared(given={3: 1, 1: 2, 2: 3})


def test_the_unskilled_only_when_no_skilled_is_free() -> None:
    people = [sharer(1, load=9, capacity=10), sharer(2, skills=("counter",))]
    shared = share_out(people, [share(1), share(2)])
    assert shared.given == {1: 1, 2: 2}
    assert shared.lacking == {2: frozenset({"van"})}


def test_what_is_due_soon_weighs_more() -> None:
    assert [load_of(days) for days in (None, 20, 6, 5, 0, -3)] == [1, 1, 1, 2, 2, 2]
