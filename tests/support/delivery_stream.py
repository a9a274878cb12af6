"""A stretch of minute bars as a feed sends them, some late and some corrected, and what has to come of it.

Between them come trades and pauses (``delivery_events``).
"""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

import msgspec

from schemas.records import Aggregate, Clock, Halt, LimitBand, Reference, Trade
from streams.feed.feed_clock import FeedClock
from streams.feed.market_model import Market
from tests.support import delivery_events, flat_files, oracle
from tests.support.oracle_alerts import Alert
from tests.support.oracle_boards import boards

MINUTE_MS: Final = 60_000
MINUTES: Final = range(305, 375)
"""Minutes since 04:00: from 09:05 to 10:15, over the open, and more than four windows of corrections."""
DAY: Final = date(2026, 6, 22)
LATE, CORRECTED, REPEATED, TOO_LATE = 0.03, 0.1, 0.3, 0.02
"""Shares of bars first sent late, sent again with other values, sent a third time, and sent again too late."""
MOST_DELAY: Final = 15
"""Minutes in which a bar is surely in time; from 16 on it is too late."""

ATR: Final = 0.03
"""Of the previous close."""

Record = Aggregate | Trade | LimitBand | Halt | Clock
Send = tuple[int, Aggregate, bool]
"""When (ms) which bar is sent, and whether it counts."""


class Stream(NamedTuple):
    """What is published, in order, and what it means."""

    records: tuple[Record, ...]
    too_late: frozenset[tuple[str, int, int]]
    """Ticker, start and received time (a number of its own for each sending) of the bars sent too late."""
    references: tuple[Reference, ...]
    as_of: int
    expected: dict[str, Any]
    """The oracle's document over a file in which each bar stands once, as last corrected in time."""
    alerts: tuple[Alert, ...]
    """What the oracle finds in trades and halts; what it would find in bars, late and corrected ones make uncertain."""

    def after(self, share: float) -> int:
        """Return the index of the record at which this share of the stream has been sent."""
        return int(len(self.records) * share)


def make_stream(seed: int, tickers: int, folder: Path, *, bars_only: bool = False) -> Stream:
    """Invent a stream; the same seed and number of tickers give the same one."""
    market = Market(seed, DAY, tickers)
    as_of = market.day.start + MINUTES.stop * MINUTE_MS
    sends = sorted(_sends(market, Random(seed)), key=lambda send: send[0])
    sends = [send for send in sends if send[0] <= as_of]
    numbered = [
        (time, msgspec.structs.replace(bar, received_time=number), counts)
        for number, (time, bar, counts) in enumerate(sends)
    ]
    references = tuple(_references(market, Random(seed)))
    too_late = frozenset((bar.ticker, bar.start_time, bar.received_time) for _, bar, counts in numbered if not counts)
    final = {(bar.start_time, bar.ticker): bar for _, bar, counts in numbered if counts}
    expected = _expected([final[key] for key in sorted(final)], references, folder)
    halts = delivery_events.pauses_of(market, MINUTES, Random(seed))
    others = [*delivery_events.trades(market, MINUTES, Random(seed)), *delivery_events.messages(halts, Random(seed))]
    both = [(time, bar) for time, bar, _ in numbered] + [send for send in others if send[0] <= as_of and not bars_only]
    records = tuple(_with_clocks(sorted(both, key=lambda send: send[0]), as_of))
    trades = delivery_events.follow(records, market.day, {record.ticker: record.atr for record in references})
    delivery_events.put_into(expected["symbols"], as_of, trades, halts)
    expected["boards"] = boards(expected["symbols"], "regular")
    alerts = delivery_events.alerts_of(market.day, as_of, trades, halts)
    return Stream(records, too_late, references, as_of, expected, tuple(alerts))


def _sends(market: Market, rng: Random) -> Iterator[Send]:
    for minute in MINUTES:
        due = market.day.start + (minute + 1) * MINUTE_MS
        for bar in _bars(market, minute):
            first = due
            if rng.random() < LATE:
                first += _delay(rng, 1, MOST_DELAY)
            yield first, bar, True
            if rng.random() < CORRECTED:
                yield max(first, due + _delay(rng, 1, MOST_DELAY)), _changed(bar, rng), True
                if rng.random() < REPEATED:
                    # The last word comes at the last moment.
                    yield due + MOST_DELAY * MINUTE_MS + 59_000, _changed(bar, rng), True
            if rng.random() < TOO_LATE:
                yield due + _delay(rng, MOST_DELAY + 1, 30), _changed(bar, rng), False


def _delay(rng: Random, least: int, most: int) -> int:
    return rng.randint(least, most) * MINUTE_MS + rng.randrange(0, 59) * 1000


def _bars(market: Market, minute: int) -> Iterator[Aggregate]:
    bars = market.minute_bars(minute)
    for index, ticker in enumerate(market.names[bars.ticker]):
        yield Aggregate(
            ticker=ticker,
            interval_ms=MINUTE_MS,
            start_time=int(bars.start[index]),
            open=float(bars.open[index]),
            high=float(bars.high[index]),
            low=float(bars.low[index]),
            close=float(bars.close[index]),
            volume=float(bars.volume[index]),
            received_time=0,
        )


def _changed(bar: Aggregate, rng: Random) -> Aggregate:
    """Return other values for a bar: any of them may be higher or lower than before."""
    factor = rng.uniform(0.9, 1.1)
    opening, close = round(bar.open * factor, 4), round(bar.close * rng.uniform(0.9, 1.1), 4)
    return msgspec.structs.replace(
        bar,
        open=opening,
        close=close,
        high=round(max(opening, close) * rng.uniform(1.0, 1.05), 4),
        low=round(min(opening, close) * rng.uniform(0.95, 1.0), 4),
        volume=round(bar.volume * rng.uniform(0.5, 2.0), 2),
    )


def _with_clocks(sends: list[tuple[int, Record]], as_of: int) -> Iterator[Record]:
    clock = FeedClock()
    for time, record in sends:
        due = clock.advance(time)
        if due is not None:
            yield Clock(event_time=due, received_time=0)
        yield record
    yield Clock(event_time=as_of, received_time=0)


def _references(market: Market, rng: Random) -> Iterator[Reference]:
    for ticker, close in zip(market.symbols, market.prev_closes().tolist(), strict=True):
        if rng.random() < 0.9:
            yield Reference(
                ticker=ticker,
                trading_date=DAY.isoformat(),
                prev_close=close,
                avg_volume=rng.randint(1_000, 10_000_000),
                atr=round(close * ATR, 4),
                market_cap=rng.choice((1e9, 3e9)),
            )


def _expected(bars: list[Aggregate], references: tuple[Reference, ...], folder: Path) -> dict[str, Any]:
    lines = [
        f"{bar.ticker},{bar.volume},{bar.open},{bar.close},{bar.high},{bar.low},{bar.start_time * 1_000_000},"
        for bar in bars
    ]
    known = [
        f"{record.ticker},{record.prev_close},{record.avg_volume},{record.atr},{record.market_cap}"
        for record in references
    ]
    file = flat_files.write(folder / "bars.csv", lines)
    reference = flat_files.write(folder / "reference.csv", known, "ticker,prev_close,avg_volume,atr,market_cap")
    hours, minutes = divmod(4 * 60 + MINUTES.stop, 60)
    document = oracle.expected(file, f"{hours:02}:{minutes:02}", reference)
    plain: dict[str, Any] = json.loads(json.dumps(document))
    return plain
