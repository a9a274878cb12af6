"""The metrics of a ticker: their names, units and meaning; their order is that of the columns in ``parts.py``."""

from enum import StrEnum
from typing import Final, NamedTuple


class Unit(StrEnum):
    """Units in which metrics are given."""

    DOLLARS = "dollars"
    SHARES = "shares"
    PERCENT = "percent"
    RATIO = "ratio"
    DAYS = "days"


class Metric(NamedTuple):
    """One metric: its name, its unit and one line of meaning."""

    name: str
    unit: Unit
    meaning: str


METRICS: Final = (
    Metric("price", Unit.DOLLARS, "close of the newest bar (highest end time)"),
    Metric("accumulated_volume", Unit.SHARES, "sum over the distinct bars since 04:00"),
    Metric("prev_close", Unit.DOLLARS, "previous close, from the reference of the trading date"),
    Metric("avg_volume", Unit.SHARES, "mean daily volume, from the reference of the trading date"),
    Metric("change", Unit.DOLLARS, "price - prev_close"),
    Metric("change_pct", Unit.PERCENT, "change / prev_close"),
    Metric("open", Unit.DOLLARS, "open of the first bar that starts in the regular session"),
    Metric("change_from_open_pct", Unit.PERCENT, "(price - open) / open"),
    Metric("gap_pct", Unit.PERCENT, "from open once there is one, from price before that, against prev_close"),
    Metric("premarket_gap_pct", Unit.PERCENT, "open of the first pre-market bar against prev_close"),
    Metric("premarket_change_pct", Unit.PERCENT, "close of the last pre-market bar against prev_close"),
    Metric("relative_volume", Unit.RATIO, "accumulated_volume / avg_volume"),
    Metric("relative_volume_at_time", Unit.RATIO, "accumulated_volume / the mean cumulative volume at this second"),
    Metric("vwap", Unit.DOLLARS, "sum of close x volume / sum of volume over the distinct bars since 04:00"),
    Metric("vendor_day_volume", Unit.SHARES, "the vendor's day volume (av) of the newest bar that has it"),
    Metric("vendor_open", Unit.DOLLARS, "the vendor's official open (op) of the newest bar that has it"),
    Metric("vendor_vwap", Unit.DOLLARS, "the vendor's day VWAP (a) of the newest bar that has it"),
    Metric("pre_market_high", Unit.DOLLARS, "highest high of the bars that start in 04:00-09:30"),
    Metric("pre_market_low", Unit.DOLLARS, "lowest low of the bars that start in 04:00-09:30"),
    Metric("regular_high", Unit.DOLLARS, "highest high of the bars that start in 09:30-16:00"),
    Metric("regular_low", Unit.DOLLARS, "lowest low of the bars that start in 09:30-16:00"),
    Metric("post_market_high", Unit.DOLLARS, "highest high of the bars that start in 16:00-20:00"),
    Metric("post_market_low", Unit.DOLLARS, "lowest low of the bars that start in 16:00-20:00"),
)
"""Every metric of a ticker. Undefined is ``None``; half days end the regular session at 13:00 and the day at 17:00."""

INPUTS: Final = (
    Metric("volume_baseline_at_time", Unit.SHARES, "the divisor of relative_volume_at_time"),
    Metric("volume_sample_days", Unit.DAYS, "sessions behind that divisor in which the ticker has a bar"),
)
"""What ratios were made of, shown beside them."""

METRIC_NAMES: Final = tuple(metric.name for metric in METRICS)
COLUMNS: Final = (*METRIC_NAMES, *(metric.name for metric in INPUTS))
"""The columns of a universe part, in order."""
