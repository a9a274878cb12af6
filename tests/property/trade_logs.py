"""Random logs of trades and clocks, and what the oracle makes of them."""

from random import Random
from typing import Final

import numpy as np
from hypothesis import strategies as st

from schemas.records import Clock, Trade
from streams.market.events import RUNNING_UP
from tests.support.trade_oracle import Event, Print, TradeOracle
from tests.unit.market.builders import DAY, MINUTE, NEXT_DAY, SECOND, clock
from tests.unit.market.trade_builders import TradeColumns, all_tickers, trade

TICKERS: Final = ("A", "AA", "B")
ATR: Final = {"A": 0.5, "B": 4.0}
"""AA has none."""
PRICES = st.integers(0, 12).map(lambda step: 10.0 + step * 0.05)
SIZES = st.sampled_from([0.5, 1.0, 33.3, 100.0, 1e6])
CONDITIONS = st.sampled_from([(), (), (), (14, 41), (37,), (12,), (12, 37), (2,), (10,), (15,), (38,), (700, -3)])
STEPS = st.sampled_from([0, 0, 0, 300, SECOND, 3 * SECOND, 9 * SECOND, 70 * SECOND, 200 * SECOND])
BEHIND = st.sampled_from([0, 0, 0, 0, -1, 500, 3 * SECOND, 30 * SECOND, 63 * SECOND, 70 * SECOND, 130 * SECOND])

Log = list[Trade | Clock]


@st.composite
def trade_logs(draw: st.DrawFn, most: int = 60) -> Log:
    """Return a log as a feed writes it, over one or two days: most trades in order, some far behind the clock."""
    now = DAY.open - MINUTE
    log: Log = []
    for _ in range(draw(st.integers(1, most))):
        step = draw(STEPS)
        if step == 200 * SECOND and draw(st.integers(0, 3)) == 0:
            step = NEXT_DAY.start - now
        if step > 0:
            now = min(now + step, NEXT_DAY.open)
            log.append(clock(now // SECOND * SECOND))
        time = now - draw(BEHIND)
        log.append(trade(draw(st.sampled_from(TICKERS)), time, draw(PRICES), draw(SIZES), *draw(CONDITIONS)))
    return log


def long_log(seed: int, most: int = 500) -> Log:
    """Return a longer log from a seed: a market from busy to thin, whose prices stand still, step on and turn."""
    random = Random(seed)
    pause = random.choice([200, 2 * SECOND, 15 * SECOND, 50 * SECOND])
    now, price, drift = DAY.open - 5 * MINUTE, 10.0, 0
    log: Log = []
    for _ in range(most):
        passed = now // SECOND
        now += int(random.expovariate(1 / pause))
        if now // SECOND > passed:
            log.append(clock(now // SECOND * SECOND))
        if random.random() < 0.03:
            drift = random.choice([-1, 0, 0, 1])
        price += 0.05 * (drift or random.choice([-1, 1])) * (random.random() < 0.4)
        behind = random.choice([3, 30, 59, 62, 63, 64, 70, 130]) * SECOND if random.random() < 0.08 else 0
        conditions = random.choice([(37,), (12,), (2,), (10,), (15,)]) if random.random() < 0.2 else ()
        size = random.choice([0.5, 33.3, 100.0])
        log.append(trade(random.choice(TICKERS), now - behind, round(price, 2), size, *conditions))
    return log


def oracles(log: Log, atr: dict[str, float]) -> dict[str, TradeOracle]:
    """Return an oracle by ticker, each having seen the trades of the ticker's newest day."""
    found: dict[tuple[str, int], TradeOracle] = {}
    newest: dict[str, int] = {}
    now = 0
    for record in log:
        if isinstance(record, Clock):
            now = max(now, record.event_time)
            continue
        day = NEXT_DAY if record.trade_time >= NEXT_DAY.start else DAY
        if not day.start <= record.trade_time < day.end or day.start < newest.get(record.ticker, 0):
            continue
        newest[record.ticker] = day.start
        key = (record.ticker, day.start)
        oracle = found.setdefault(key, TradeOracle(day.open, day.close, atr.get(record.ticker)))
        oracle.add(Print(record.trade_time, record.price, record.size, record.conditions), now)
    return {ticker: found[ticker, start] for ticker, start in newest.items()}


def events_of(columns: TradeColumns) -> dict[str, list[Event]]:
    """Return the events of every ticker in the order in which they came."""
    names = all_tickers(columns.partition)
    events: dict[str, list[Event]] = {}
    for event in np.concatenate(columns.events):
        kind, row, time, price, level, value, count, _, seconds, _ = event.item()
        events.setdefault(names[row], []).append(
            Event(kind == RUNNING_UP, int(seconds), time, price, level, value, count)
        )
    return events
