"""The oracle's knowledge before the day: the reference file, and the mean volume at each time of earlier days."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import polars as pl

from tests.support.oracle_bars import (
    DAY_END,
    DAY_START,
    MINUTE,
    csv_lines,
    is_half_day,
    is_session,
    read_bars,
    since_midnight,
    smallest_step,
)

BASELINE_SESSIONS: Final = 10
SHORT_WINDOW: Final = 5 * MINUTE
"""Over how long the five-minute relative volume looks back."""

FACTS: Final = (
    "prev_close",
    "avg_volume",
    "prev_open",
    "prev_high",
    "prev_low",
    "prev_volume",
    "prev_vwap",
    "atr",
    "market_cap",
    "avg_volume_30d",
    "median_volume",
    "median_volume_30d",
    "short_interest",
    "limit_tier",
    "float_shares",
)

Facts: TypeAlias = dict[str, float | None]

NOTHING_KNOWN: Final[Facts] = dict.fromkeys(FACTS)


class Curve(NamedTuple):
    """A ticker's earlier sessions laid over each other.

    By the ``ends`` of their bars (nanoseconds since midnight, rising) they had traded ``cumulative`` shares together,
    in as many ``sessions`` as have a bar of the ticker.
    """

    ends: list[int]
    cumulative: list[float]
    sessions: int


def baseline(curve: Curve, instant: int) -> float:
    """Return the mean cumulative volume at an instant: of bars that had ended by then."""
    ended = bisect_right(curve.ends, instant)
    return curve.cumulative[ended - 1] / curve.sessions if ended else 0.0


def short_baseline(curve: Curve | None, instant: int) -> float | None:
    """Return by how much the baseline rose in the five minutes up to an instant."""
    return None if curve is None else baseline(curve, instant) - baseline(curve, instant - SHORT_WINDOW)


def read_reference(path: Path) -> dict[str, Facts]:
    """Return the facts by ticker; where a column or a field is absent, ``None``.

    Without a column ``avg_volume`` the one of thirty days is taken for it.
    """
    lines = csv_lines(path)
    header = next(lines)
    places = {name: header.index(name) for name in FACTS if name in header}
    if "avg_volume" not in places and "avg_volume_30d" in places:
        places["avg_volume"] = places["avg_volume_30d"]
    ticker = header.index("ticker")
    return {
        line[ticker]: NOTHING_KNOWN | {name: _number(line[place]) for name, place in places.items()}
        for line in lines
        if line
    }


def _number(text: str) -> float | None:
    return float(text) if text else None


def volume_curves(history: Sequence[Path], today: dt.date, default_length: int) -> dict[str, Curve]:
    """Return by ticker the last full sessions before a date that any ticker of the history has a bar in."""
    if not history:
        return {}
    frames = []
    for path in history:
        rows = read_bars(path)
        frames.append(rows.with_columns(end=pl.col("start") + (smallest_step(rows) or default_length)))
    earlier = pl.concat(frames).filter(
        pl.col("date") < today,
        pl.col("start") >= since_midnight(DAY_START),
        pl.col("start") < since_midnight(DAY_END),
    )
    full = [day for day in sorted(earlier["date"].unique().to_list()) if is_session(day) and not is_half_day(day)]
    counted = earlier.filter(pl.col("date").is_in(full[-BASELINE_SESSIONS:])).unique(
        ["ticker", "window_start"], keep="last", maintain_order=True
    )
    sessions = dict(counted.group_by("ticker").agg(pl.col("date").n_unique()).iter_rows())
    steps = (
        counted.group_by("ticker", "end")
        .agg(pl.col("volume").sum())
        .sort("ticker", "end")
        .with_columns(cumulative=pl.col("volume").cum_sum().over("ticker"))
    )
    return {
        ticker: Curve(ends, cumulative, sessions[ticker])
        for ticker, ends, cumulative in steps.group_by("ticker", maintain_order=True)
        .agg("end", "cumulative")
        .iter_rows()
    }
