"""The independent oracle: what ``tickerboard replay`` must write, computed in one batch from the files themselves.

It shares no code with the project: names, formulas, sessions and file formats are spelled out again from the
definitions, in the most direct way, so that a mistake would have to be made twice to go unseen.
"""

from collections.abc import Iterable, Sequence
from datetime import time
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import polars as pl

from tests.support.oracle_alerts import Alert, TickerDay, alerts_of
from tests.support.oracle_bars import (
    SECOND,
    Bar,
    at,
    bars_of,
    csv_lines,
    edges,
    read_bars,
    session_at,
    since_midnight,
    smallest_step,
    trading_date,
)
from tests.support.oracle_boards import BOARDS, FEED_BOARDS, boards
from tests.support.oracle_metrics import FEED_METRICS, INPUTS, METRICS, Moment, Row, metrics
from tests.support.oracle_reference import NOTHING_KNOWN, Curve, Facts, read_reference, volume_curves
from tests.support.oracle_watched import memberships

__all__ = [
    "BOARDS",
    "FEED_BOARDS",
    "FEED_METRICS",
    "INPUTS",
    "METRICS",
    "Alert",
    "Document",
    "Row",
    "csv_lines",
    "expected",
    "expected_alerts",
]

Document: TypeAlias = dict[str, Any]


class Material(NamedTuple):
    """All that a replay is given: the bars that count by ticker, their length, and what was known before the day."""

    moment: Moment
    length: int
    bars: dict[str, list[Bar]]
    facts: dict[str, Facts]
    curves: dict[str, Curve]


def expected(
    files: Path | Sequence[Path],
    until: str | None,
    reference: Path | None = None,
    history: Iterable[Path] = (),
    bar_seconds: int | None = None,
    date: str | None = None,
) -> Document:
    """Return the document that a replay of ``files`` until ``until`` ("HH:MM" or "HH:MM:SS", New York) must write.

    Of duplicates the last in the files wins; lines that are malformed or impossible are not there.
    """
    material = read(files, until, reference, history, bar_seconds, date)
    day, instant = material.moment
    symbols = {
        ticker: metrics(bars, material.moment, material.facts.get(ticker, NOTHING_KNOWN), material.curves.get(ticker))
        for ticker, bars in material.bars.items()
    }
    return {
        "trading_date": day.date.isoformat(),
        "as_of": at(day.date, instant).isoformat(),
        "boards": boards(symbols, session_at(day, instant)),
        "symbols": symbols,
    }


def expected_alerts(
    files: Path | Sequence[Path],
    until: str | None = None,
    reference: Path | None = None,
    history: Iterable[Path] = (),
    bar_seconds: int | None = None,
    date: str | None = None,
) -> list[Alert]:
    """Return the alerts that a replay of ``files`` must have written by ``until``, in no order.

    The files are clean: each bar is in them once, and each ticker's bars come in order of their starts.
    """
    material = read(files, until, reference, history, bar_seconds, date)
    days = [
        TickerDay(
            ticker,
            material.moment.day,
            material.length,
            bars,
            material.facts.get(ticker, NOTHING_KNOWN),
            material.curves.get(ticker),
        )
        for ticker, bars in material.bars.items()
    ]
    return [alert for day in days for alert in (*alerts_of(day), *memberships(day))]


def read(
    files: Path | Sequence[Path],
    until: str | None,
    reference: Path | None,
    history: Iterable[Path],
    bar_seconds: int | None,
    date: str | None,
) -> Material:
    """Return what a replay is given; without an instant it is as of the end of the last bar."""
    paths = [files] if isinstance(files, Path) else list(files)
    rows = pl.concat([read_bars(path) for path in paths])
    length = bar_seconds * SECOND if bar_seconds else smallest_step(rows)
    if length is None:
        message = "one start only: the length of a bar cannot be told from the file"
        raise ValueError(message)
    day = edges(trading_date(rows, date))
    instant = None if until is None else since_midnight(time.fromisoformat(until))
    bars = bars_of(rows, day, length, instant)
    if instant is None:
        if not bars:
            message = f"no bar of {day.date} counts, and no instant is given"
            raise ValueError(message)
        instant = max(bar.end for ticker_bars in bars.values() for bar in ticker_bars)
    facts = read_reference(reference) if reference else {}
    return Material(Moment(day, instant), length, bars, facts, volume_curves(list(history), day.date, length))
