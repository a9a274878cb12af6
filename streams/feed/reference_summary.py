"""What references say and what they do not: counts for a person to judge a load by. PURE."""

from collections.abc import Container, Mapping, Sequence
from typing import Final, NamedTuple

from schemas.records import Reference

COUNTED: Final = (
    "prev_close",
    "avg_volume",
    "avg_volume_30d",
    "atr",
    "float_shares",
    "market_cap",
    "short_interest",
    "sector",
    "exchange",
    "limit_tier",
)
EXAMPLES: Final = 5
LARGEST: Final = 10
TOLERANCE: Final = 0.001
"""Previous closes that differ by less than this share are the same but for rounding."""


class Missing(NamedTuple):
    """Of how many tickers something is missing, and some of them."""

    what: str
    tickers: int
    examples: tuple[str, ...]


def missing(records: Sequence[Reference], with_curve: Container[str] | None) -> list[Missing]:
    """Return what is missing of how many tickers; curves only where there are any (``None``: none were built)."""
    found = []
    for name in COUNTED:
        without = [record.ticker for record in records if getattr(record, name) is None]
        found.append(Missing(name, len(without), tuple(without[:EXAMPLES])))
    if with_curve is not None:
        without = [record.ticker for record in records if record.ticker not in with_curve]
        found.append(Missing("volume curve", len(without), tuple(without[:EXAMPLES])))
    return found


def split_lines(records: Sequence[Reference]) -> list[str]:
    """Return a line for each split that takes effect on the trading date."""
    return [
        f"split today: {record.ticker}, {record.split_ratio:g} new for one old"
        for record in records
        if record.split_ratio is not None
    ]


def close_differences(records: Sequence[Reference], closes: Mapping[str, float]) -> list[str]:
    """Return how many previous closes differ from the vendor's own, and the largest differences, one line each."""
    pairs = [
        (abs(record.prev_close / closes[record.ticker] - 1), record.ticker, record.prev_close)
        for record in records
        if record.prev_close is not None and closes.get(record.ticker)
    ]
    apart = sorted((pair for pair in pairs if pair[0] > TOLERANCE), reverse=True)
    if not apart:
        return []
    first = f"previous close: {len(apart):,} of {len(pairs):,} differ from the snapshot's prevDay; the largest:"
    lines = [f"  {ticker}: {ours:g} here, {closes[ticker]:g} there" for _, ticker, ours in apart[:LARGEST]]
    return [first, *lines]
