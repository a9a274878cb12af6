"""The oracle's numbers: every metric of a ticker at an instant, from the list of its bars."""

from collections.abc import Sequence
from typing import Final, NamedTuple, TypeAlias

from tests.support.oracle_bars import MINUTE, SESSIONS, Bar, Day, by_session, milliseconds
from tests.support.oracle_reference import NOTHING_KNOWN, Curve, Facts, baseline, short_baseline

Row: TypeAlias = dict[str, float | None]

METRICS: Final = (
    "price",
    "accumulated_volume",
    "prev_close",
    "avg_volume",
    "change",
    "change_pct",
    "open",
    "change_from_open_pct",
    "gap_pct",
    "premarket_gap_pct",
    "premarket_change_pct",
    "relative_volume",
    "relative_volume_at_time",
    "vwap",
    "vendor_day_volume",
    "vendor_open",
    "vendor_vwap",
    "pre_market_high",
    "pre_market_low",
    "regular_high",
    "regular_low",
    "post_market_high",
    "post_market_low",
    "dollar_volume",
    "day_high",
    "day_low",
    "day_high_time",
    "day_low_time",
    "pre_market_high_time",
    "pre_market_low_time",
    "regular_high_time",
    "regular_low_time",
    "post_market_high_time",
    "post_market_low_time",
    "day_high_distance_pct",
    "range_position_pct",
    "vwap_distance_pct",
    "volume_1m",
    "volume_5m",
    "volume_15m",
    "change_1m_pct",
    "change_5m_pct",
    "change_15m_pct",
    "relative_volume_5m",
    "post_market_change_pct",
    "prev_open",
    "prev_high",
    "prev_low",
    "prev_volume",
    "prev_vwap",
    "atr",
    "change_in_atr",
    "range_in_atr",
    "float",
    "float_rotation",
    "market_cap",
    "avg_volume_30d",
    "median_volume",
    "median_volume_30d",
    "short_interest",
    "limit_tier",
    "limit_width_pct",
)

INPUTS: Final = ("volume_baseline_5m",)
"""What a ratio was made of: it may be shown beside the metrics, and is compared where it is."""

FEED_METRICS: Final = (
    "last_trade_price",
    "last_trade_time",
    "trades",
    "trade_volume",
    "trades_per_second",
    "mean_trade_size",
    "largest_trade_size",
    "buy_pressure_pct",
    "momentum_20s",
    "momentum_60s",
    "running_20s",
    "running_60s",
    "largest_print",
    "largest_print_value",
    "largest_print_time",
    "recent_trades",
    "recent_trades_volume",
    "recent_trades_mean_size",
    "recent_trades_largest_size",
    "recent_trades_seconds",
    "halted",
    "halt_time",
    "resume_time",
    "halts_today",
    "limit_up",
    "limit_down",
    "limit_up_distance_pct",
    "limit_down_distance_pct",
    "bid",
    "ask",
    "spread",
    "spread_bps",
)
"""Metrics of trades, quotes and halts: of bars alone they must be undefined."""

WINDOWS: Final = (1, 5, 15)
"""Minutes."""


class Moment(NamedTuple):
    """The instant of evaluation, nanoseconds since midnight, New York, and its day."""

    day: Day
    instant: int


def metrics(bars: Sequence[Bar], moment: Moment, facts: Facts = NOTHING_KNOWN, curve: Curve | None = None) -> Row:
    """Return every metric of a ticker from its counted bars in order of their starts, of which there is at least one.

    ``volume_baseline_5m``, an input, stands with them.
    """
    price = bars[-1].close
    row: Row = dict.fromkeys((*METRICS, *INPUTS))
    row |= {name: facts[name] for name in facts if name != "float_shares"}
    row |= {"price": price, "float": facts["float_shares"]}
    row |= _changes(bars, moment.day, facts["prev_close"])
    row |= _volumes(bars, moment, facts, curve)
    row |= _ranges(bars, moment.day, price)
    row |= _recent(bars, moment.instant, price)
    row["limit_width_pct"] = _limit_width(price, moment, facts["prev_close"], facts["limit_tier"])
    return row | _in_atr(row)


def _limit_width(price: float, moment: Moment, close: float | None, tier: float | None) -> float | None:
    """Return how far a price band may be, in percent of the price, by the limit-up limit-down plan.

    $0.75 and $3 both belong to the 20 % band; in the last 25 minutes it is twice as wide for tier 1 and up to $3.
    """
    day, instant = moment
    if not day.regular_start <= instant < day.regular_end or not close or close < 0 or not tier:
        return None
    between = 20.0 if close >= 0.75 else min(0.15 / price * 100, 75.0)
    share = (5.0 if tier == 1 else 10.0) if close > 3 else between
    is_doubled = instant >= day.regular_end - 25 * MINUTE and (tier == 1 or close <= 3)
    return share * 2 if is_doubled else share


def _changes(bars: Sequence[Bar], day: Day, prev_close: float | None) -> Row:
    pre_market, regular, post_market = by_session(day, bars).values()
    price = bars[-1].close
    opening = regular[0].open if regular else None
    return {
        "change": price - prev_close if prev_close is not None and prev_close > 0 else None,
        "change_pct": percent(price, prev_close),
        "open": opening,
        "change_from_open_pct": percent(price, opening),
        "gap_pct": percent(price if opening is None else opening, prev_close),
        "premarket_gap_pct": percent(pre_market[0].open, prev_close) if pre_market else None,
        "premarket_change_pct": percent(pre_market[-1].close, prev_close) if pre_market else None,
        "post_market_change_pct": percent(price, regular[-1].close) if regular and post_market else None,
    }


def _volumes(bars: Sequence[Bar], moment: Moment, facts: Facts, curve: Curve | None) -> Row:
    volume = sum(bar.volume for bar in bars)
    traded = sum(bar.close * bar.volume for bar in bars)
    vwap = traded / volume if volume else None
    recent = short_baseline(curve, moment.instant)
    return {
        "accumulated_volume": volume,
        "dollar_volume": traded,
        "vwap": vwap,
        "vwap_distance_pct": percent(bars[-1].close, vwap),
        "relative_volume": ratio(volume, facts["avg_volume"]),
        "relative_volume_at_time": ratio(volume, None if curve is None else baseline(curve, moment.instant)),
        "relative_volume_5m": ratio(volume_within(bars, moment.instant, 5 * MINUTE), recent),
        "volume_baseline_5m": recent,
        "float_rotation": ratio(volume, facts["float_shares"]),
    }


def _ranges(bars: Sequence[Bar], day: Day, price: float) -> Row:
    high, low = max(bar.high for bar in bars), min(bar.low for bar in bars)
    row: Row = {
        "day_high_distance_pct": percent(price, high),
        "range_position_pct": (price - low) / (high - low) * 100 if high != low else None,
    }
    sessions = by_session(day, bars)
    for name, counted in (("day", bars), *((session, sessions[session]) for session in SESSIONS)):
        if counted:
            high, low = max(bar.high for bar in counted), min(bar.low for bar in counted)
            row |= {
                f"{name}_high": high,
                f"{name}_low": low,
                f"{name}_high_time": milliseconds(day.date, min(bar.start for bar in counted if bar.high == high)),
                f"{name}_low_time": milliseconds(day.date, min(bar.start for bar in counted if bar.low == low)),
            }
    return row


def _recent(bars: Sequence[Bar], instant: int, price: float) -> Row:
    row: Row = {}
    for minutes in WINDOWS:
        width = minutes * MINUTE
        before = [bar.close for bar in bars if bar.end <= instant - width]
        row[f"volume_{minutes}m"] = volume_within(bars, instant, width)
        row[f"change_{minutes}m_pct"] = percent(price, before[-1]) if before else None
    return row


def _in_atr(row: Row) -> Row:
    high, low = row["day_high"], row["day_low"]
    assert high is not None
    assert low is not None
    return {
        "change_in_atr": ratio(row["change"], row["atr"]),
        "range_in_atr": ratio(high - low, row["atr"]),
    }


def volume_within(bars: Sequence[Bar], instant: int, width: int) -> float:
    """Return the shares of the bars that ended in the ``width`` up to the instant, the far edge left out."""
    return sum((bar.volume for bar in bars if instant - width < bar.end <= instant), 0.0)


def percent(value: float, base: float | None) -> float | None:
    """Return by how many percent a price is above its base; undefined without a positive one."""
    if base is None or base <= 0:
        return None
    return (value - base) / base * 100


def ratio(value: float | None, base: float | None) -> float | None:
    """Return how many times a base a value is; undefined without a positive base."""
    if value is None or base is None or base <= 0:
        return None
    return value / base
