"""``api.audiences``: everybody is in the one audience of what it follows."""

from hypothesis import given
from hypothesis import strategies as st

from api.audiences import Audiences

FEEDS = ("gainers", "losers", "volume")


def where(audiences: Audiences[str, str]) -> dict[frozenset[str], set[str]]:
    """Return the members by what they follow."""
    return {audience.feeds: set(audience.members) for audience in audiences}


def test_those_who_follow_the_same_are_together() -> None:
    """In whatever order they came to follow it; who follows nothing is somewhere too."""
    audiences = Audiences[str, str]()
    audiences.place("a", ["gainers", "losers"])
    audiences.place("b", ["losers", "gainers"])
    audiences.place("c", [])

    assert where(audiences) == {frozenset({"gainers", "losers"}): {"a", "b"}, frozenset(): {"c"}}


def test_one_that_moves_is_held_by_the_audience_it_left_no_more() -> None:
    """Also while somebody goes through the audiences."""
    audiences = Audiences[str, str]()
    audiences.place("a", ["gainers"])
    (before,) = audiences
    assert audiences.holds(before, "a")
    for audience in audiences:
        audiences.place("a", ["losers"])
        assert not audiences.holds(audience, "a")
    audiences.remove("a")
    audiences.remove("a")

    assert where(audiences) == {}


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.sets(st.sampled_from(FEEDS))), max_size=30),
)
def test_any_moves_leave_everybody_where_it_was_put_last(moves: list[tuple[str, set[str] | None]]) -> None:
    """And no audience without members."""
    audiences = Audiences[str, str]()
    expected: dict[str, frozenset[str]] = {}
    for member, feeds in moves:
        if feeds is None:
            audiences.remove(member)
            expected.pop(member, None)
        else:
            audiences.place(member, feeds)
            expected[member] = frozenset(feeds)
    found = where(audiences)

    assert {member: feeds for feeds, members in found.items() for member in members} == expected
    assert all(found.values())
