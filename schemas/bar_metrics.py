"""The metrics made of bars and of what was known before the day, in the order in which they are shown."""

from typing import Final

from schemas.metric import Metric, Unit

NO_BAR: Final = "no bar yet today"
NO_REFERENCE: Final = "not in the reference"
NO_PREVIOUS_CLOSE: Final = "no prev_close, or not positive"
BARS: Final = "aggregates"
TRADING_VIEW: Final = "TradingView"
TRADE_IDEAS: Final = "Trade Ideas"


def _session(name: str, hours: str) -> tuple[Metric, ...]:
    """Return the extremes of a session and when they were made."""
    undefined = "no bar in the session"
    return (
        Metric(f"{name}_high", Unit.DOLLARS, f"highest high of the bars that start in {hours}", BARS, undefined),
        Metric(f"{name}_low", Unit.DOLLARS, f"lowest low of the bars that start in {hours}", BARS, undefined),
        Metric(f"{name}_high_time", Unit.TIME, f"start of the first bar that has {name}_high", BARS, undefined),
        Metric(f"{name}_low_time", Unit.TIME, f"start of the first bar that has {name}_low", BARS, undefined),
    )


def _window(minutes: int) -> tuple[Metric, ...]:
    """Return what happened in the last minutes."""
    return (
        Metric(
            f"volume_{minutes}m",
            Unit.SHARES,
            f"sum over the bars that ended in the last {minutes} min up to the partition's event time",
            BARS,
            NO_BAR,
        ),
        Metric(
            f"change_{minutes}m_pct",
            Unit.PERCENT,
            f"price against the close of the newest bar that had ended {minutes} min ago",
            "price, aggregates",
            f"no bar today that had ended {minutes} min ago",
        ),
    )


def _reference(name: str, unit: Unit, meaning: str, source: str = "") -> Metric:
    """Return a metric that is taken from the reference as it stands."""
    return Metric(name, unit, meaning, "reference", NO_REFERENCE, source)


OF_THE_DAY: Final = (
    Metric("price", Unit.DOLLARS, "close of the newest bar (highest end time)", BARS, NO_BAR),
    Metric("accumulated_volume", Unit.SHARES, "sum over the distinct bars since 04:00", BARS, NO_BAR),
    _reference("prev_close", Unit.DOLLARS, "close of the previous regular session, adjusted for splits up to today"),
    _reference("avg_volume", Unit.SHARES, "mean daily volume of the prior full sessions that the reference says"),
    Metric("change", Unit.DOLLARS, "price - prev_close", "price, prev_close", NO_PREVIOUS_CLOSE),
    Metric("change_pct", Unit.PERCENT, "change / prev_close x 100", "change, prev_close", NO_PREVIOUS_CLOSE),
    Metric("open", Unit.DOLLARS, "open of the first bar that starts in the regular session", BARS, "before that bar"),
    Metric("change_from_open_pct", Unit.PERCENT, "(price - open) / open x 100", "price, open", "no open"),
    Metric(
        "gap_pct",
        Unit.PERCENT,
        "from open once there is one, from price before that, against prev_close",
        "open, price, prev_close",
        NO_PREVIOUS_CLOSE,
        TRADE_IDEAS,
    ),
    Metric(
        "premarket_gap_pct",
        Unit.PERCENT,
        "open of the first pre-market bar against prev_close",
        "aggregates, prev_close",
        "no pre-market bar, or no prev_close",
        TRADING_VIEW,
    ),
    Metric(
        "premarket_change_pct",
        Unit.PERCENT,
        "close of the last pre-market bar against prev_close",
        "aggregates, prev_close",
        "no pre-market bar, or no prev_close",
        TRADING_VIEW,
    ),
    Metric(
        "relative_volume",
        Unit.RATIO,
        "accumulated_volume / avg_volume",
        "accumulated_volume, avg_volume",
        "no avg_volume, or 0",
        TRADING_VIEW,
    ),
    Metric(
        "relative_volume_at_time",
        Unit.RATIO,
        "accumulated_volume / the mean cumulative volume at this second since 04:00",
        "accumulated_volume, volume_baseline_at_time",
        "no session with the ticker in the history, or mean 0",
    ),
    Metric("vwap", Unit.DOLLARS, "sum of close x volume / sum of volume since 04:00", BARS, "volume 0"),
    Metric(
        "vendor_day_volume", Unit.SHARES, "the vendor's day volume (av) of the newest bar that has it", BARS, "not sent"
    ),
    Metric(
        "vendor_open", Unit.DOLLARS, "the vendor's official open (op) of the newest bar that has it", BARS, "not sent"
    ),
    Metric("vendor_vwap", Unit.DOLLARS, "the vendor's day VWAP (a) of the newest bar that has it", BARS, "not sent"),
)

RANGES: Final = (
    *_session("pre_market", "04:00-09:30"),
    *_session("regular", "09:30-16:00 (half days 13:00)"),
    *_session("post_market", "16:00-20:00 (half days 13:00-17:00)"),
    Metric("day_high", Unit.DOLLARS, "highest high since 04:00", BARS, NO_BAR),
    Metric("day_low", Unit.DOLLARS, "lowest low since 04:00", BARS, NO_BAR),
    Metric("day_high_time", Unit.TIME, "start of the first bar that has day_high", BARS, NO_BAR),
    Metric("day_low_time", Unit.TIME, "start of the first bar that has day_low", BARS, NO_BAR),
    Metric(
        "day_high_distance_pct",
        Unit.PERCENT,
        "(price - day_high) / day_high x 100: 0 at the high",
        "price, day_high",
        NO_BAR,
    ),
    Metric(
        "range_position_pct",
        Unit.PERCENT,
        "(price - day_low) / (day_high - day_low) x 100",
        "price, day_high, day_low",
        "day_high = day_low",
        TRADE_IDEAS,
    ),
    Metric(
        "range_in_atr", Unit.RATIO, "(day_high - day_low) / atr", "day_high, day_low, atr", "no atr, or not positive"
    ),
    Metric("change_in_atr", Unit.RATIO, "change / atr", "change, atr", "no atr or prev_close, or not positive"),
)

FLOWS: Final = (
    Metric("dollar_volume", Unit.DOLLARS, "sum of close x volume since 04:00", BARS, NO_BAR),
    Metric("vwap_distance_pct", Unit.PERCENT, "(price - vwap) / vwap x 100", "price, vwap", "no vwap"),
    *_window(1),
    *_window(5),
    *_window(15),
    Metric(
        "relative_volume_5m",
        Unit.RATIO,
        "volume_5m / the mean volume of the same five minutes over the baseline sessions",
        "volume_5m, volume_baseline_5m",
        "no volume_baseline_5m, or 0",
        TRADING_VIEW,
    ),
    Metric("float_rotation", Unit.RATIO, "accumulated_volume / float", "accumulated_volume, float", "no float, or 0"),
    Metric(
        "post_market_change_pct",
        Unit.PERCENT,
        "price against the close of the last regular bar",
        "price, aggregates",
        "no post-market bar, or no regular one",
        TRADING_VIEW,
    ),
)

KNOWN_BEFORE: Final = (
    _reference("prev_open", Unit.DOLLARS, "open of the previous regular session"),
    _reference("prev_high", Unit.DOLLARS, "high of the previous day"),
    _reference("prev_low", Unit.DOLLARS, "low of the previous day"),
    _reference("prev_volume", Unit.SHARES, "volume of the previous day"),
    _reference("prev_vwap", Unit.DOLLARS, "the vendor's VWAP of the previous day"),
    _reference("median_volume", Unit.SHARES, "median daily volume of the sessions behind avg_volume"),
    _reference("avg_volume_30d", Unit.SHARES, "mean daily volume of the last 30 full sessions"),
    _reference("median_volume_30d", Unit.SHARES, "median daily volume of the last 30 full sessions"),
    _reference("atr", Unit.DOLLARS, "average true range of 14 daily bars", "Wilder"),
    _reference("float", Unit.SHARES, "free float, as the vendor counts it"),
    _reference("market_cap", Unit.DOLLARS, "market capitalisation"),
    _reference("short_interest", Unit.SHARES, "shares sold short at the newest settlement date"),
    _reference("limit_tier", Unit.TIER, "1 or 2: tier of the limit-up limit-down plan"),
    Metric(
        "limit_width_pct",
        Unit.PERCENT,
        "how far a band may be from the reference price, by tier and prev_close; twice that in the last 25 minutes",
        "limit_tier, prev_close, price",
        "no limit_tier or prev_close, or outside the regular session",
        "limit-up limit-down plan; price stands for the reference price",
    ),
)

INPUTS: Final = (
    Metric(
        "volume_baseline_at_time",
        Unit.SHARES,
        "mean cumulative volume at this second over the baseline sessions",
        "volume_curves",
        "no curve",
    ),
    Metric(
        "volume_sample_days", Unit.DAYS, "baseline sessions in which the ticker has a bar", "volume_curves", "no curve"
    ),
    Metric(
        "volume_baseline_5m",
        Unit.SHARES,
        "mean volume of the same five minutes over the baseline sessions",
        "volume_curves",
        "no curve",
    ),
    Metric("average_days", Unit.DAYS, "full sessions behind avg_volume and median_volume", "reference", NO_REFERENCE),
)
"""What ratios were made of, shown beside them."""
