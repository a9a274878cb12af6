"""Trades and pauses for the tests of delivery, as feeds send them, some late, and what has to come of them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import Any, Final, NamedTuple

from schemas.records import Clock, Halt, LimitBand, Trade
from streams.feed.market_model import Market
from streams.market.session import TradingDay
from tests.support.halt_oracle import Pause
from tests.support.oracle_alerts import Alert
from tests.support.oracle_bars import edges
from tests.support.oracle_halts import Bands, halt_metrics, pause_alerts
from tests.support.oracle_trades import running
from tests.support.trade_oracle import Print, TradeOracle

Send = tuple[int, Trade | LimitBand | Halt]
"""When (ms) which record is sent."""

TRADED, PAUSED = range(24), range(16, 40)
"""Numbers of the tickers that have trades, and of those that are paused."""
SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
STEP_SECONDS: Final = 6
LATE: Final = 0.08
BEHIND: Final = (2, 30, 59, 63, 64, 90)
"""Seconds that a late trade is behind: from 64 on it counts in no second."""
CONDITIONS: Final = ((), (), (), (), (14, 41), (37,), (12,), (2,), (10,), (15,), (12, 37))
PAUSE, RESUME = 17, 18
"""Indicators of a message of price bands."""


class Pauses(NamedTuple):
    """What happens to the paused tickers, and who tells of it: the bands, the exchange, or both."""

    pauses: tuple[Pause, ...]
    bands: tuple[Bands, ...]
    by_exchange: frozenset[str]
    """Tickers of which only the exchange tells."""


def trades(market: Market, minutes: range, rng: Random) -> Iterator[Send]:
    """Yield the trades of some tickers, whose prices stand still, run and turn, with when each is sent."""
    first, last = (market.day.start + minute * MINUTE for minute in (minutes.start, minutes.stop))
    closes = market.prev_closes().tolist()
    for number in TRADED:
        time, price, drift = first, closes[number], 0
        while (time := time + int(rng.expovariate(1 / STEP_SECONDS) * SECOND) + 1) < last:
            if rng.random() < 0.05:
                drift = rng.choice((-1, 0, 0, 1))
            price = max(0.01, round(price * (1 + 0.0006 * (drift or rng.choice((-1, 0, 1)))), 4))
            behind = rng.choice(BEHIND) * SECOND if rng.random() < LATE else 0
            yield (
                time,
                Trade(
                    ticker=market.symbols[number],
                    price=price,
                    size=rng.choice((0.5, 33.3, 100.0, 700.0)),
                    trade_time=time - behind,
                    conditions=rng.choice(CONDITIONS),
                    received_time=0,
                ),
            )


def pauses_of(market: Market, minutes: range, rng: Random) -> Pauses:
    """Return pauses of five or ten minutes in the regular session, one or two of a ticker; some outlast the stream."""
    day, last = market.day, market.day.start + minutes.stop * MINUTE
    pauses, bands, listed = [], [], set()
    for number, close in zip(PAUSED, market.prev_closes()[PAUSED.start :].tolist(), strict=False):
        ticker = market.symbols[number]
        begins = day.open + rng.randint(60, 900) * SECOND
        while begins < last:
            ends = begins + rng.choice((5, 10)) * MINUTE
            pauses.append(Pause(ticker, begins, ends, close))
            bands += [Bands(ticker, time, round(close * 0.8, 2), round(close * 1.3, 2)) for time in (begins, ends)]
            begins = ends + rng.randint(120, 3000) * SECOND
        if number % 3 == 0:
            listed.add(ticker)
    told = tuple(each for each in bands if each.ticker not in listed)
    return Pauses(tuple(pauses), told, frozenset(listed))


def messages(halts: Pauses, rng: Random) -> Iterator[Send]:
    """Yield what is sent of pauses: bands at once, the exchange's word a moment later, sometimes twice."""
    limits = {(each.ticker, each.time): each for each in halts.bands}
    for pause in halts.pauses:
        is_listed = pause.ticker in halts.by_exchange
        for time, indicator in ((pause.begins, PAUSE), (pause.ends, RESUME)):
            if not is_listed:
                yield time, band(limits[pause.ticker, time], indicator)
            if is_listed or rng.random() < 0.5:
                late = 0 if is_listed else 700
                for delay in (0, 5 * SECOND)[: rng.randint(1, 2)]:
                    yield time + delay + late, listing(pause, late, is_over=indicator == RESUME)


def band(told: Bands, indicator: int) -> LimitBand:
    """Return the message of price bands that begins or ends a pause."""
    return LimitBand(
        ticker=told.ticker,
        event_time=told.time,
        high_limit=told.high,
        low_limit=told.low,
        indicators=(21, indicator),
        received_time=0,
    )


def listing(pause: Pause, late: int = 0, *, is_over: bool) -> Halt:
    """Return what the exchange lists of a pause, whose times are ``late`` ms behind."""
    ends = pause.ends + late if is_over else None
    return Halt(
        ticker=pause.ticker,
        event_time=ends or pause.begins + late,
        halt_time=pause.begins + late,
        reason="LUDP",
        market="NASDAQ",
        pause_price=pause.price,
        quote_time=ends,
        trade_time=ends,
        received_time=0,
    )


def follow(records: Iterable[Any], day: TradingDay, atr: Mapping[str, float | None]) -> dict[str, TradeOracle]:
    """Return by ticker the oracle that has seen the trades among records, in their order, between their clocks."""
    found: dict[str, TradeOracle] = {}
    clock = 0
    for record in records:
        if isinstance(record, Clock):
            clock = record.event_time
        elif isinstance(record, Trade):
            oracle = found.setdefault(record.ticker, TradeOracle(day.open, day.close, atr.get(record.ticker)))
            oracle.add(Print(record.trade_time, record.price, record.size, record.conditions), clock)
    return found


def put_into(symbols: dict[str, Any], time: int, oracles: Mapping[str, TradeOracle], halts: Pauses) -> None:
    """Write what trades and halts come to at an instant into the metrics of those tickers that have bars."""
    for ticker in oracles.keys() & symbols.keys():
        symbols[ticker] |= oracles[ticker].metrics(time)
    for ticker in {pause.ticker for pause in halts.pauses} & symbols.keys():
        symbols[ticker] |= halt_metrics(halts.pauses, halts.bands, ticker, time, symbols[ticker]["price"])


def alerts_of(day: TradingDay, time: int, oracles: Mapping[str, TradeOracle], halts: Pauses) -> Sequence[Alert]:
    """Return the alerts that trades and halts make by an instant."""
    runs = [running(ticker, event, edges(day.date)) for ticker, oracle in oracles.items() for event in oracle.events]
    return [*runs, *pause_alerts(halts.pauses, time, by_exchange=halts.by_exchange)]
