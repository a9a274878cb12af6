"""A board is what a plain sort of everything gives, cut to its size."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from schemas.boards import Entry, merge
from schemas.ranking import rank

VALUES = st.one_of(st.sampled_from([0.0, -0.0, 1.5, -1.5, math.nan]), st.floats(allow_infinity=False))
TICKERS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=12)
MARKETS = st.dictionaries(TICKERS, VALUES, max_size=60)


def plain(market: dict[str, float], *, descending: bool, size: int) -> list[tuple[str, float]]:
    """Sort everything that is defined."""
    sign = -1 if descending else 1
    defined = [(ticker, value) for ticker, value in market.items() if not math.isnan(value)]
    return sorted(defined, key=lambda item: (sign * item[1], item[0]))[:size]


def ranked(market: dict[str, float], *, descending: bool, size: int) -> list[tuple[str, float]]:
    """Rank columns."""
    tickers, values = list(market), np.array(list(market.values()), np.float64)
    names = np.array([ticker.encode() for ticker in tickers], "S12")
    best = rank(values, names, descending=descending, size=size).tolist()
    return [(tickers[place], float(values[place])) for place in best]


@given(MARKETS, st.booleans(), st.integers(1, 70))
def test_ranking_is_a_plain_sort(market: dict[str, float], descending: bool, size: int) -> None:  # noqa: FBT001 - drawn
    """Sorted, unique, at most so many, and the same as sorting all of it."""
    assert ranked(market, descending=descending, size=size) == plain(market, descending=descending, size=size)


@given(MARKETS, st.integers(1, 5), st.booleans(), st.integers(1, 30))
def test_merged_parts_are_the_whole(
    market: dict[str, float],
    partitions: int,
    descending: bool,  # noqa: FBT001 - drawn
    size: int,
) -> None:
    """Ranking each partition's tickers and merging the parts gives the board of all of them."""
    parts = []
    for partition in range(partitions):
        own = {ticker: value for ticker, value in market.items() if sum(ticker.encode()) % partitions == partition}
        parts.append([Entry(*row) for row in ranked(own, descending=descending, size=size)])

    merged = merge(parts, descending=descending)[:size]

    assert [(entry.ticker, entry.value) for entry in merged] == plain(market, descending=descending, size=size)
