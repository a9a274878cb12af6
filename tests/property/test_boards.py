"""However the tickers are spread over partitions, the merged board is the same."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.boards import Entry, merge, rank_key

TICKERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1.0, -1.0])
MARKETS = st.dictionaries(TICKERS, VALUES, max_size=60)


def spread(market: dict[str, float], homes: list[int], *, descending: bool) -> list[list[Entry]]:
    """Return the ranked rows of each partition."""
    parts: list[list[Entry]] = [[] for _ in range(8)]
    for place, (ticker, value) in enumerate(market.items()):
        parts[homes[place % len(homes)]].append(Entry(ticker, value))
    return [sorted(part, key=lambda entry: rank_key(entry, descending=descending)) for part in parts]


@given(MARKETS, st.lists(st.integers(0, 7), min_size=1, max_size=60), st.booleans(), st.integers(0, 70))
def test_merge_is_the_sort_of_all(market: dict[str, float], homes: list[int], descending: bool, size: int) -> None:  # noqa: FBT001
    """Merging the parts gives the first rows of the whole market, sorted by value and then by ticker."""
    whole = sorted(sorted(market), key=market.__getitem__)
    if descending:
        whole = sorted(sorted(market), key=lambda ticker: -market[ticker])

    merged = merge(spread(market, homes, descending=descending), descending=descending, size=size)

    assert [entry.ticker for entry in merged] == whole[:size]


@given(MARKETS, st.lists(st.integers(0, 7), min_size=1, max_size=60), st.booleans(), st.integers(0, 70))
def test_parts_may_be_cut(market: dict[str, float], homes: list[int], descending: bool, size: int) -> None:  # noqa: FBT001
    """Parts cut to the size of the board lose no row of it: a partition could hold them all."""
    parts = spread(market, homes, descending=descending)

    merged = merge(parts, descending=descending, size=size)

    assert merge([part[:size] for part in parts], descending=descending, size=size) == merged


@given(MARKETS, st.lists(st.integers(0, 7), min_size=1, max_size=60), st.booleans(), st.integers(0, 70))
def test_sorted_unique_and_bounded(market: dict[str, float], homes: list[int], descending: bool, size: int) -> None:  # noqa: FBT001
    """A board is in order, names no ticker twice, has at most its size, and each row's value is the ticker's."""
    merged = merge(spread(market, homes, descending=descending), descending=descending, size=size)

    assert len(merged) == min(size, len(market))
    assert len({entry.ticker for entry in merged}) == len(merged)
    keys = [rank_key(entry, descending=descending) for entry in merged]
    assert keys == sorted(keys)
    assert all(market[entry.ticker] == entry.value for entry in merged)
