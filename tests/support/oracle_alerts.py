"""The oracle's alerts: every event that the bars of a day make, found by looking back over the whole list of them.

It holds for clean data: each bar once, each ticker's bars in order of their starts, no corrections.
"""

import operator
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from itertools import accumulate
from typing import Any, Final, NamedTuple, TypeAlias

from tests.support.oracle_bars import MINUTE, SESSIONS, Bar, Day, by_session, milliseconds, session_at
from tests.support.oracle_reference import SHORT_WINDOW, Curve, Facts, short_baseline

Alert: TypeAlias = dict[str, Any]

FIELDS: Final = (
    "id",
    "kind",
    "ticker",
    "event_time",
    "session",
    "price",
    "level",
    "value",
    "count",
    "quality_days",
    "note",
)

COOLDOWN_MS: Final = 60_000
OPENING_RANGES: Final = (1, 5, 15, 30)
"""Minutes."""
SPIKE_RATIO: Final = 5
SPIKE_OVER: Final = 2.5
SPIKE_SHARES: Final = 10_000
EXACT: Final = Context(prec=80)
"""Enough digits for a day of prices times volumes: nothing is rounded."""
SESSION_WORDS: Final = {"pre_market": "the pre-market", "regular": "the regular-session"}


class TickerDay(NamedTuple):
    """A ticker's bars of a day in order of their starts, and what was known of it before."""

    ticker: str
    day: Day
    length: int
    bars: Sequence[Bar]
    facts: Facts
    curve: Curve | None


class Way(NamedTuple):
    """Upward or downward: which field of a bar breaks a level, which of two levels is further, what is beyond it."""

    name: str
    word: str
    furthest: Callable[..., float]
    beyond: Callable[[float, float], bool]


UP: Final = Way("up", "high", max, operator.gt)
DOWN: Final = Way("down", "low", min, operator.lt)


def alerts_of(own: TickerDay) -> Iterator[Alert]:
    """Yield the alerts of a ticker's day, kind by kind."""
    for way in (UP, DOWN):
        yield from new_extremes(own, way)
        yield from opening_ranges(own, way)
        yield from vwap_crossings(own, way)
        yield from prev_close_crossings(own, way)
    yield from volume_spikes(own)


def alert(own: TickerDay, kind: str, bar: Bar, price: float, level: float | None, **others: object) -> Alert:
    """Return an alert at the end of the bar that made it; of ``others``, ``extra`` is the last part of its id."""
    event_time = milliseconds(own.day.date, bar.end)
    parts = [kind, own.ticker, str(event_time), *([str(others.pop("extra"))] if "extra" in others else [])]
    return dict.fromkeys(FIELDS) | {
        "id": ":".join(parts),
        "kind": kind,
        "ticker": own.ticker,
        "event_time": event_time,
        "session": session_at(own.day, bar.start),
        "price": price,
        "level": level,
        **others,
    }


def cooled(candidates: Iterable[Alert]) -> Iterator[Alert]:
    """Yield of alerts in order of time those that come a minute or more after the last one yielded."""
    last = None
    for candidate in candidates:
        if last is None or candidate["event_time"] >= last + COOLDOWN_MS:
            last = candidate["event_time"]
            yield candidate


def new_extremes(own: TickerDay, way: Way) -> Iterator[Alert]:
    """Yield the bars that go beyond all earlier bars of their session, a minute or more apart."""
    sessions = by_session(own.day, own.bars)
    for bars in sessions.values():
        values = [getattr(bar, way.word) for bar in bars]
        levels = accumulate(values, way.furthest)
        breaks = [
            (bar, value, level)
            for bar, value, level in zip(bars[1:], values[1:], levels, strict=False)
            if way.beyond(value, level)
        ]
        yield from cooled(
            alert(
                own,
                f"new_{way.word}",
                bar,
                value,
                level,
                count=count,
                quality_days=_quality_days(own, way, value),
                note=_breaches(own, sessions, way, bar, level),
            )
            for count, (bar, value, level) in enumerate(breaks, start=1)
        )


def _quality_days(own: TickerDay, way: Way, price: float) -> int | None:
    """Return how many days a price clears, where a reference file tells of yesterday alone."""
    yesterday = own.facts[f"prev_{way.word}"]
    return None if yesterday is None else int(way.beyond(price, yesterday))


def _breaches(own: TickerDay, sessions: Mapping[str, Sequence[Bar]], way: Way, bar: Bar, level: float) -> str | None:
    """Return which extremes of earlier sessions, newest first, and of yesterday a bar is the first to go beyond."""
    price = getattr(bar, way.word)
    before = SESSIONS[: SESSIONS.index(session_at(own.day, bar.start))]
    earlier = [
        (SESSION_WORDS[name], way.furthest(getattr(other, way.word) for other in sessions[name]))
        for name in reversed(before)
        if sessions[name]
    ]
    yesterday = own.facts[f"prev_{way.word}"]
    if yesterday is not None:
        earlier.append(("yesterday's", yesterday))
    notes = [
        f"broke {whose} {way.word} of {dollars(limit)}"
        for whose, limit in earlier
        if not way.beyond(level, limit) and way.beyond(price, limit)
    ]
    return "; ".join(notes) or None


def dollars(price: float) -> str:
    """Return a price as people write it: cents, thousands apart, and below a dollar four decimals."""
    return f"${price:.4f}" if price < 1 else f"${price:,.2f}"


def opening_ranges(own: TickerDay, way: Way) -> Iterator[Alert]:
    """Yield for each length of the opening range the first bar of the session after it that goes beyond it."""
    regular = by_session(own.day, own.bars)["regular"]
    for minutes in OPENING_RANGES:
        over = own.day.regular_start + minutes * MINUTE
        inside = [getattr(bar, way.word) for bar in regular if bar.start < over]
        if minutes * MINUTE % own.length or not inside:
            continue
        level = way.furthest(inside)
        for bar in regular:
            value = getattr(bar, way.word)
            if bar.start >= over and way.beyond(value, level):
                note = f"broke the {minutes}-minute opening range {way.word} of {dollars(level)}"
                kind = f"opening_range_{way.name}"
                yield alert(own, kind, bar, value, level, value=minutes, extra=minutes, note=note)
                break


def vwap_crossings(own: TickerDay, way: Way) -> Iterator[Alert]:
    """Yield the bars whose close is the first on the other side of the VWAP that they leave behind.

    Side is told in exact arithmetic on the decimals of the file: as long as a ticker trades at one price it is on
    neither, whatever the last bit of a floating-point sum says.
    """
    volume = list(accumulate(bar.volume for bar in own.bars))
    traded = list(accumulate(bar.close * bar.volume for bar in own.bars))
    levels = [total / shares if shares else None for total, shares in zip(traded, volume, strict=True)]
    return _crossings(own, f"vwap_cross_{way.name}", way, _sides_of_vwap(own.bars), levels)


def _sides_of_vwap(bars: Sequence[Bar]) -> list[int]:
    sides = []
    shares = dollars_traded = Decimal(0)
    for bar in bars:
        close, volume = Decimal(repr(bar.close)), Decimal(repr(bar.volume))
        shares = EXACT.add(shares, volume)
        dollars_traded = EXACT.add(dollars_traded, EXACT.multiply(close, volume))
        sides.append(int(EXACT.compare(EXACT.multiply(close, shares), dollars_traded)))
    return sides


def prev_close_crossings(own: TickerDay, way: Way) -> Iterator[Alert]:
    """Yield the bars whose close is the first on the other side of the previous close."""
    level = own.facts["prev_close"]
    if level is None:
        return iter(())
    sides = [(bar.close > level) - (bar.close < level) for bar in own.bars]
    return _crossings(own, f"prev_close_cross_{way.name}", way, sides, [level] * len(sides))


def _crossings(
    own: TickerDay, kind: str, way: Way, sides: Sequence[int], levels: Sequence[float | None]
) -> Iterator[Alert]:
    """Yield where the side, -1 or 1 and 0 for as it was, changes upward or downward, a minute or more apart."""
    known: list[int] = []
    for side in sides:
        known.append(side or (known[-1] if known else 0))
    wanted = 1 if way is UP else -1
    return cooled(
        alert(own, kind, bar, bar.close, level)
        for bar, level, before, now in zip(own.bars[1:], levels[1:], known, known[1:], strict=False)
        if level is not None and now == wanted and before == -wanted
    )


def volume_spikes(own: TickerDay) -> Iterator[Alert]:
    """Yield the bars with which the volume of five minutes becomes a multiple of the usual, a minute or more apart."""
    return cooled(_spikes(own))


def _spikes(own: TickerDay) -> Iterator[Alert]:
    spiking = False
    ends = [bar.end for bar in own.bars]
    for place, bar in enumerate(own.bars):
        base = short_baseline(own.curve, bar.end)
        if base is None or base <= 0:
            spiking = False
            continue
        first = bisect_right(ends, bar.end - SHORT_WINDOW)
        recent = sum(counted.volume for counted in own.bars[first : place + 1])
        ratio = recent / base
        if not spiking and ratio >= SPIKE_RATIO and recent >= SPIKE_SHARES:
            spiking = True
            yield alert(own, "volume_spike", bar, bar.close, base, value=ratio)
        elif ratio < SPIKE_OVER:
            spiking = False
