"""The synthetic market: the same day every time, and a day that could be real."""

from datetime import date

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams.feed.market_columns import Bars
from streams.feed.market_model import Market, added_up
from streams.feed.market_symbols import AWKWARD

DAY = date(2026, 11, 20)
HALF_DAY = date(2026, 11, 27)
OPEN, CLOSE, END = 330, 720, 960
UNITS = 10_000


@pytest.fixture(scope="module")
def market() -> Market:
    """Return a market of 150 tickers."""
    return Market(3, DAY, 150)


@pytest.fixture(scope="module")
def raw_day(market: Market) -> np.ndarray:
    """All second bars of the day, minute by minute."""
    return np.concatenate([market.raw_bars(minute) for minute in range(market.minutes)])


def equal(left: Bars, right: Bars) -> bool:
    """Whether two sets of bars are the same bit for bit."""
    pairs = zip(left.columns(), right.columns(), strict=True)
    return all(np.array_equal(one, other, equal_nan=one.dtype.kind == "f") for one, other in pairs)


@pytest.mark.property
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, END - 1), min_size=1, max_size=3))
def test_a_minute_is_the_same_whatever_was_asked_before(market: Market, minutes: list[int]) -> None:
    """A fresh market asked for some minutes in any order agrees with one that has been asked for others."""
    fresh = Market(3, DAY, 150)

    for minute in minutes:
        assert equal(market.second_bars(minute), fresh.second_bars(minute))
        assert equal(market.minute_bars(minute), fresh.minute_bars(minute))
        assert np.array_equal(market.corrections(minute)[0], fresh.corrections(minute)[0])
        assert equal(market.corrections(minute)[1], fresh.corrections(minute)[1])


def test_another_seed_or_date_is_another_day(market: Market) -> None:
    """Neither prices nor volumes repeat from day to day or from seed to seed."""
    bars = market.minute_bars(OPEN)

    assert not equal(bars, Market(4, DAY, 150).minute_bars(OPEN))
    assert not equal(bars, Market(3, date(2026, 11, 19), 150).minute_bars(OPEN))


def test_tickers_come_in_every_shape(market: Market) -> None:
    """They are distinct, in code-point order, valid, and include those that readers trip over."""
    symbols = market.symbols

    assert list(symbols) == sorted(set(symbols))
    assert set(AWKWARD) <= set(symbols)
    assert all(1 <= len(symbol) <= 12 and symbol.isprintable() for symbol in symbols)
    assert {"BRK.B", "ABRpD", "NA", "NAN", "TRUE"} <= set(symbols)


def test_bars_are_sorted_by_start_and_ticker(market: Market) -> None:
    """Second bars come by (start, ticker), each at most once, all within their minute."""
    bars = market.second_bars(OPEN)
    start = market.day.open

    assert np.array_equal(np.lexsort((bars.ticker, bars.start)), np.arange(len(bars)))
    assert len(set(zip(bars.start.tolist(), bars.ticker.tolist(), strict=True))) == len(bars)
    assert start <= bars.start.min()
    assert bars.start.max() < start + 60_000
    assert np.array_equal(bars.end, bars.start + 1000)


@pytest.mark.parametrize("minute", [0, 200, OPEN, OPEN + 1, 500, CLOSE, CLOSE + 1, END - 1])
def test_a_minute_is_its_seconds_added_up(market: Market, minute: int) -> None:
    """Open of the first, close of the last, extremes, and sums that are exact in ten-thousandths of a share."""
    seconds, bars = market.second_bars(minute), market.minute_bars(minute)

    assert np.array_equal(np.unique(seconds.ticker), bars.ticker)
    for row, ticker in enumerate(bars.ticker.tolist()):
        part = seconds.take(seconds.ticker == ticker)
        assert part.open[0] == bars.open[row]
        assert part.close[-1] == bars.close[row]
        assert part.high.max() == bars.high[row]
        assert part.low.min() == bars.low[row]
        assert np.rint(part.volume * UNITS).sum() == np.rint(bars.volume[row] * UNITS)
        assert part.transactions.sum() == bars.transactions[row]
        assert part.accumulated_volume[-1] == bars.accumulated_volume[row]
        assert part.day_vwap[-1] == bars.day_vwap[row]


def test_every_bar_is_possible(raw_day: np.ndarray) -> None:
    """High and low enclose open and close, prices and volumes are positive, values lie within the bar's prices."""
    bars = raw_day
    vwap = bars["value"] * UNITS * UNITS / bars["volume"]

    assert (bars["high"] >= np.maximum(bars["open"], bars["close"])).all()
    assert (bars["low"] <= np.minimum(bars["open"], bars["close"])).all()
    assert bars["low"].min() >= 1
    assert bars["volume"].min() > 0
    assert bars["transactions"].min() >= 1
    assert (vwap >= bars["low"] - 0.01).all()
    assert (vwap <= bars["high"] + 0.01).all()
    single = bars[bars["transactions"] == 1]
    assert (single["high"] == single["low"]).all()


def test_prices_are_on_their_ticks(raw_day: np.ndarray) -> None:
    """From a dollar on nearly all prices are whole cents."""
    closes = raw_day["close"][raw_day["close"] > UNITS]

    assert (closes % 100 == 0).mean() > 0.95


def test_volumes_are_whole_except_where_parts_of_shares_trade(market: Market, raw_day: np.ndarray) -> None:
    """About one ticker in ten trades fractions; the others never do."""
    fractional = np.unique(raw_day["ticker"][raw_day["volume"] % UNITS != 0])

    assert 0 < len(fractional) < len(market.symbols) / 4
    assert market.setting.profiles["fractional"][fractional].all()


def test_the_day_is_a_u_with_quiet_flanks(raw_day: np.ndarray) -> None:
    """The first and the last half hour are busier than midday, and the session than what is around it."""
    volume = np.bincount(raw_day["second"] // 60, minlength=END)

    assert volume[OPEN : OPEN + 30].mean() > 1.3 * volume[480:560].mean()
    assert volume[CLOSE - 30 : CLOSE].mean() > 1.1 * volume[480:560].mean()
    assert volume[:OPEN].mean() < 0.3 * volume[OPEN:CLOSE].mean()
    assert volume[CLOSE + 5 :].mean() < 0.2 * volume[OPEN:CLOSE].mean()
    assert volume.min() > 0


def test_the_open_and_the_close_are_bursts(market: Market) -> None:
    """The second of either auction has more bars than the seconds after it."""
    for minute in (OPEN, CLOSE):
        bars = np.bincount(market.raw_bars(minute)["second"] - minute * 60, minlength=60)

        assert bars[0] > 1.2 * bars[1:].mean()


def test_activity_is_spread_as_in_a_real_market(raw_day: np.ndarray) -> None:
    """A tenth of the tickers makes most of the trades, and many hardly trade."""
    trades = np.sort(np.bincount(raw_day["ticker"], raw_day["transactions"], 150))

    assert trades[-15:].sum() > 0.6 * trades.sum()
    assert (trades < 500).sum() > 30


@pytest.fixture(scope="module")
def newsy() -> Market:
    """Return a market on a day on which some ticker is paused."""
    days = (Market(3, date(2026, 11, day), 400) for day in (20, 19, 18, 17))
    return next(market for market in days if len(market.halts()) > 1)


def test_a_paused_ticker_does_not_trade(newsy: Market) -> None:
    """No bar and no trade starts within the five minutes of a pause, while others go on."""
    for halt in newsy.halts():
        assert halt["end"] - halt["start"] == 300
        for minute in range(halt["start"] // 60, halt["end"] // 60 + 1):
            raw = newsy.raw_bars(minute)
            seconds = raw["second"][raw["ticker"] == halt["ticker"]]
            assert not ((seconds >= halt["start"]) & (seconds < halt["end"])).any()
            assert len(raw) > 0


def test_the_price_keeps_within_the_band_before_a_pause(newsy: Market) -> None:
    """In the seconds before trading stops no price lies beyond the limit."""
    for halt in newsy.halts():
        raw = newsy.raw_bars(halt["start"] // 60)
        near = raw["second"] >= halt["start"] - 15
        before = raw[(raw["ticker"] == halt["ticker"]) & near & (raw["second"] < halt["start"])]
        assert (before["low"] >= halt["low"]).all()
        assert (before["high"] <= halt["high"]).all()


def test_pauses_and_resumptions_are_announced(newsy: Market) -> None:
    """Each pause has an indicator 17 at its start and an 18 at its end, in ns."""
    for halt in newsy.halts():
        for second, indicator in ((halt["start"], 17), (halt["end"], 18)):
            bands = newsy.bands(int(second) // 60)
            due = (newsy.day.start + second * 1000) * 1_000_000
            rows = (bands.ticker == halt["ticker"]) & (bands.time_ns == due) & (bands.indicator == indicator)
            assert rows.sum() == 1
    opening = newsy.bands(OPEN)
    assert len(opening.ticker) == len(newsy.symbols)
    assert (opening.low < opening.high).all()
    assert np.array_equal(np.sort(opening.time_ns), opening.time_ns)


def test_corrections_come_late_and_change_something(market: Market) -> None:
    """A bar sent again exists, comes after its first sending, within 15 minutes, with more volume, still possible."""
    sent, bars = market.corrections(OPEN + 20)
    known: dict[tuple[int, int], float] = {}
    for minute in range(OPEN, OPEN + 20):
        known |= by_bar(market.second_bars(minute))

    assert len(bars) > 5
    assert (sent >= market.day.open + 20 * 60_000).all()
    assert (sent < market.day.open + 21 * 60_000).all()
    assert (sent >= bars.end).all()
    assert (sent - bars.start < 15 * 60_000).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert all(known[bar] < volume for bar, volume in by_bar(bars).items())


def by_bar(bars: Bars) -> dict[tuple[int, int], float]:
    """Volumes by ticker and start."""
    return dict(zip(zip(bars.ticker, bars.start, strict=True), bars.volume, strict=True))


def test_first_sendings_plus_corrections_are_the_corrected_day(market: Market) -> None:
    """Replacing each bar by its correction gives the bars as they are in the end; minutes likewise."""
    minute = OPEN + 3
    first = market.second_bars(minute)
    volumes = by_bar(first)
    for later in range(minute, minute + 16):
        _, again = market.corrections(later)
        volumes |= by_bar(again.take(again.start // 60_000 == first.start[0] // 60_000))
    final = market.raw_bars(minute, corrected=True)
    starts = market.day.start + final["second"].astype(np.int64) * 1000
    ends = dict(zip(zip(final["ticker"], starts, strict=True), final["volume"] / UNITS, strict=True))

    assert volumes == ends
    late = market.minute_corrections(minute + 15)
    sums = {row["ticker"]: row["volume"] / UNITS for row in added_up(final, 60)}
    assert len(late) > 0
    assert all(sums[ticker] == volume for ticker, volume in zip(late.ticker, late.volume, strict=True))


@pytest.mark.parametrize("minute", [100, OPEN, 500, CLOSE])
def test_trades_make_up_the_second_bars(market: Market, minute: int) -> None:
    """First and last price, extremes, count and volume of a second's trades are those of its bar."""
    trades, bars = market.trades(minute), market.second_bars(minute)
    second = trades.time // 1000 * 1000

    assert np.array_equal(np.sort(trades.time), trades.time)
    assert (np.diff(trades.sequence) > 0).all()
    assert trades.size.min() > 0
    assert len(trades.time) == bars.transactions.sum()
    for ticker in np.unique(bars.ticker)[:25]:
        for row in np.flatnonzero(bars.ticker == ticker):
            part = (trades.ticker == ticker) & (second == bars.start[row])
            price = trades.price[part]
            assert price[0] == bars.open[row]
            assert price[-1] == bars.close[row]
            assert price.max() == bars.high[row]
            assert price.min() == bars.low[row]
            assert np.rint(trades.size[part] * UNITS).sum() == np.rint(bars.volume[row] * UNITS)


def test_day_totals_run_on(market: Market) -> None:
    """Accumulated volume is that of all bars since 04:00; the official open is that of the first regular bar."""
    bars = market.minute_bars(OPEN + 2)
    total = np.zeros(150)
    opens: dict[int, float] = {}
    for minute in range(OPEN + 3):
        one = market.minute_bars(minute)
        total[one.ticker] += np.rint(one.volume * UNITS)
        if minute >= OPEN:
            opens = dict(zip(one.ticker.tolist(), one.open.tolist(), strict=True)) | opens

    assert np.array_equal(total[bars.ticker], np.rint(bars.accumulated_volume * UNITS))
    assert [opens[ticker] for ticker in bars.ticker.tolist()] == bars.official_open.tolist()
    assert np.isnan(market.minute_bars(OPEN - 1).official_open).all()


def test_a_day_begins_where_the_last_one_ended() -> None:
    """The previous close is the price at which the day before met its closing auction."""
    today, yesterday = Market(3, DAY, 150), Market(3, date(2026, 11, 19), 150)
    closing = yesterday.second_bars(CLOSE)
    auction = closing.take(closing.start == yesterday.day.close)
    apart = auction.open / today.prev_closes()[auction.ticker] - 1

    assert np.abs(apart).max() < 0.02
    assert np.abs(apart).mean() < 0.003


def test_reference_data_have_gaps() -> None:
    """Some tickers are missing, a few have an average of 0, the others are positive and in order."""
    reference = Market(3, DAY, 2000).reference()

    assert 1900 < len(reference.ticker) < 2000
    assert list(reference.ticker) == sorted(reference.ticker)
    assert 0 < (reference.avg_volume == 0).sum() < 20
    assert (reference.prev_close > 0).all()


def test_volume_is_usual_on_most_days(market: Market, raw_day: np.ndarray) -> None:
    """Without news a ticker's volume is near its average; with news it is many times that."""
    volume = np.bincount(raw_day["ticker"], raw_day["volume"] / UNITS, 150)
    reference = dict(zip(market.reference().ticker, market.reference().avg_volume, strict=True))
    ratios = np.array([volume[row] / reference[name] for row, name in enumerate(market.symbols) if reference.get(name)])

    assert 0.5 < np.median(ratios) < 2
    assert ratios.max() > 15


def test_gappers_gap() -> None:
    """Every day brings a gain of more than 500 %, some of more than 30 %, and losses of more than 15 %."""
    market = Market(5, DAY, 400)
    before = market.prev_closes()
    highest, lowest = np.zeros(400), np.full(400, np.inf)
    for minute in range(0, market.minutes, 3):
        bars = market.minute_bars(minute)
        np.maximum.at(highest, bars.ticker, bars.high / before[bars.ticker] - 1)
        np.minimum.at(lowest, bars.ticker, bars.low / before[bars.ticker] - 1)

    assert (highest > 5).sum() >= 1
    assert (highest > 0.3).sum() >= 3
    assert (lowest < -0.15).sum() >= 1
    assert (highest > 0.3).sum() < 20


def test_history_is_the_volume_of_earlier_days() -> None:
    """The volumes of earlier sessions are those that their own markets' bars have, oldest day first."""
    market = Market(3, DAY, 60)
    days = list(market.history(2))
    (first, _), (second, volumes) = days
    earlier = Market(3, second.date, 60)

    assert [first.date, second.date] == [date(2026, 11, 18), date(2026, 11, 19)]
    assert volumes.shape == (60, 960)
    for minute in (0, OPEN, 500, CLOSE):
        expected = np.zeros(60)
        bars = earlier.minute_bars(minute)
        expected[bars.ticker] = bars.volume
        assert np.array_equal(expected, volumes[:, minute])


def test_a_half_day_is_shorter() -> None:
    """On a half day the close comes at 13:00 and the day ends at 17:00."""
    market = Market(3, HALF_DAY, 60)

    assert market.minutes == 13 * 60
    assert len(market.second_bars(market.minutes - 1)) > 0
    assert market.second_bars(540).start.min() >= market.day.close


@pytest.mark.parametrize(("day", "tickers"), [(date(2026, 11, 26), 10), (DAY, 0), (DAY, 12_001)])
def test_what_cannot_be_made_is_refused(day: date, tickers: int) -> None:
    """A day on which the exchange is closed and a number of tickers out of range raise ``ValueError``."""
    with pytest.raises(ValueError, match=r"2026-11-26|tickers"):
        Market(1, day, tickers)
