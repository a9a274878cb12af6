"""The oracle of a replay of trades: the bars they make, what these make, and what the trades themselves make.

The rules of bars made of trades are spelled out again; each ticker's trades go through ``trade_oracle`` one by one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from itertools import groupby
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from tests.support import flat_files, oracle
from tests.support.oracle_alerts import FIELDS, Alert, dollars
from tests.support.oracle_bars import NEW_YORK, SECOND, Day, csv_lines, edges, milliseconds, session_at, since_midnight
from tests.support.oracle_boards import boards
from tests.support.oracle_reference import NOTHING_KNOWN, read_reference
from tests.support.trade_oracle import Event, Print, TradeOracle, may

HEADER: Final = "ticker,conditions,price,sip_timestamp,size"
NANOSECONDS: Final = 1_000_000
"""In a millisecond."""

Prints: TypeAlias = dict[str, list[Print]]


class TradesDay(NamedTuple):
    """A file of a day's trades, what was known of its tickers, until when it is run, and the length of its bars."""

    trades: Path
    reference: Path
    date: date
    until: time
    bar_seconds: int = 1

    def arguments(self) -> list[str | Path]:
        """Return the arguments of ``tickerboard replay``."""
        options = ["--until", f"{self.until:%H:%M:%S}", "--date", f"{self.date}"]
        if self.bar_seconds != 1:
            options += ["--bar-seconds", str(self.bar_seconds)]
        return [self.trades, "--reference", self.reference, *options]


# Files


def write_trades(path: Path, trades: Iterable[tuple[str, Print]]) -> Path:
    """Write trades as the vendor's flat files have them."""
    lines = [
        f'{ticker},"{",".join(map(str, item.conditions))}",{item.price},{item.time * NANOSECONDS},{item.size}'
        for ticker, item in trades
    ]
    return flat_files.write(path, lines, HEADER)


def read_trades(path: Path) -> Iterator[tuple[str, Print]]:
    """Yield the trades of such a file by time; those of one nanosecond stay in the file's order."""
    lines = csv_lines(path)
    header = next(lines)
    ticker, ids, price, stamp, size = (header.index(name) for name in HEADER.split(","))
    for line in sorted(lines, key=lambda fields: int(fields[stamp])):
        conditions = tuple(int(text) for text in line[ids].split(",") if text)
        yield line[ticker], Print(int(line[stamp]) // NANOSECONDS, float(line[price]), float(line[size]), conditions)


def side_by_side(trades: Iterable[tuple[str, Print]], day: date) -> Iterator[tuple[str, date, Print]]:
    """Yield trades at their New York time of another day, and on which date each was."""
    for ticker, item in trades:
        moment = datetime.fromtimestamp(item.time // 1000, UTC).astimezone(NEW_YORK)
        seconds = int((moment.replace(tzinfo=None) - datetime.combine(moment.date(), time())).total_seconds())
        start = milliseconds(day, seconds * SECOND)
        yield ticker, moment.date(), item._replace(time=start + item.time % 1000)


def prints_of(given: TradesDay) -> Prints:
    """Return the trades of the day up to its instant, by ticker."""
    day = edges(given.date)
    last = milliseconds(day.date, since_midnight(given.until))
    start, end = milliseconds(day.date, day.start), milliseconds(day.date, day.end)
    found: Prints = defaultdict(list)
    for ticker, item in read_trades(given.trades):
        if start <= item.time < end and item.time <= last:
            found[ticker].append(item)
    return found


# Bars


def bar_lines(ticker: str, prints: Sequence[Print], length: int, regular: tuple[int, int]) -> Iterator[str]:
    """Yield the lines of a flat file of bars, ``length`` ms each, that a ticker's trades of a day make."""
    close = None
    for start, group in groupby(prints, key=lambda item: item.time // length * length):
        allowed = [(item, may(item.conditions, regular_session=regular[0] <= item.time < regular[1])) for item in group]
        if not any(any(rule) for _, rule in allowed):
            continue
        last = [item.price for item, rule in allowed if rule.last]
        opening = last[0] if last else close
        close = last[-1] if last else close
        if close is None or opening is None:
            continue
        prices = [opening, close, *(item.price for item, rule in allowed if rule.extremes)]
        volume = sum((item.size for item, rule in allowed if rule.volume), 0.0)
        yield f"{ticker},{volume!r},{opening!r},{close!r},{max(prices)!r},{min(prices)!r},{start * NANOSECONDS},"


def write_bars(given: TradesDay, prints: Prints, folder: Path) -> Path:
    """Write a flat file of the bars that a day's trades make, by start and ticker."""
    length = given.bar_seconds * 1000
    lines = [line for ticker in prints for line in bar_lines(ticker, prints[ticker], length, regular_of(given.date))]
    return flat_files.write(folder / "oracle-bars.csv", lines)


def regular_of(day: date) -> tuple[int, int]:
    """Return where the regular session begins and ends, ms since the epoch."""
    sessions = edges(day)
    return milliseconds(day, sessions.regular_start), milliseconds(day, sessions.regular_end)


# What a replay makes of them


def follow(prints: Sequence[Print], regular: tuple[int, int], atr: float | None) -> TradeOracle:
    """Return the oracle of a ticker that has seen trades in order of time, the feed's clock before each second."""
    found = TradeOracle(*regular, atr)
    for item in prints:
        found.add(item, item.time // 1000 * 1000 - 1)
    return found


def expected_of_trades(given: TradesDay, folder: Path) -> tuple[dict[str, Any], list[Alert]]:
    """Return the document and the alerts that a replay of a day's trades must write."""
    day, prints = edges(given.date), prints_of(given)
    facts = read_reference(given.reference)
    files = (write_bars(given, prints, folder), f"{given.until:%H:%M:%S}", given.reference)
    options: dict[str, Any] = {"bar_seconds": given.bar_seconds, "date": f"{given.date}"}
    document = oracle.expected(*files, **options)
    alerts = oracle.expected_alerts(*files, **options)
    instant = since_midnight(given.until)
    for ticker, own in prints.items():
        found = follow(own, regular_of(given.date), facts.get(ticker, NOTHING_KNOWN)["atr"])
        alerts += [running(ticker, event, day) for event in found.events]
        if ticker in document["symbols"]:
            document["symbols"][ticker] |= found.metrics(milliseconds(day.date, instant))
    document["boards"] = boards(document["symbols"], session_at(day, instant))
    return document, alerts


def running(ticker: str, event: Event, day: Day) -> Alert:
    """Return the alert of a run of the price."""
    kind = "running_up" if event.up else "running_down"
    speed = abs(event.price - event.level) * (60 / event.seconds)
    moment = datetime.fromtimestamp(event.time / 1000, UTC).astimezone(NEW_YORK).time()
    return dict.fromkeys(FIELDS) | {
        "id": f"{kind}:{ticker}:{event.time}:{event.seconds}s",
        "kind": kind,
        "ticker": ticker,
        "event_time": event.time,
        "session": session_at(day, since_midnight(moment)),
        "price": event.price,
        "level": event.level,
        "value": event.value,
        "count": event.number,
        "note": f"{dollars(speed)} a minute over {event.seconds} s",
    }
