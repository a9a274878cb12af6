"""Names and units of the metrics are the product's contract."""

import re
from typing import Final

import pytest

from schemas.metrics import COLUMNS, INPUTS, METRIC_NAMES, METRICS, Metric, Unit
from tests.support import oracle

DEFINED: Final = (
    *("price", "accumulated_volume", "prev_close", "avg_volume", "change", "change_pct", "open"),
    *("change_from_open_pct", "gap_pct", "premarket_gap_pct", "premarket_change_pct", "relative_volume"),
    *("relative_volume_at_time", "vwap", "vendor_day_volume", "vendor_open", "vendor_vwap"),
    *("pre_market_high", "pre_market_low", "regular_high", "regular_low", "post_market_high", "post_market_low"),
)
"""The metrics of the definitions, in their order."""
OF_THE_DAY: Final = DEFINED.index("pre_market_high")
EVERY: Final = (*METRICS, *INPUTS)

UNITS: Final = (
    (r".*_pct", Unit.PERCENT),
    (r".*_bps", Unit.BASIS_POINTS),
    (r".*_time", Unit.TIME),
    (r"relative_volume.*(?<!at_time)|.*_in_atr|running_.*|float_rotation", Unit.RATIO),
    (r".*_days", Unit.DAYS),
    (r".*_seconds", Unit.SECONDS),
    (r"trades|recent_trades", Unit.TRADES),
    (r"trades_per_second", Unit.TRADES_PER_SECOND),
    (r"momentum_.*", Unit.DOLLARS_PER_MINUTE),
    (r"halted", Unit.FLAG),
    (r"limit_tier", Unit.TIER),
    (r"halts_today", Unit.HALTS),
    (r"dollar_volume|.*_value", Unit.DOLLARS),
    (r".*volume(_1m|_5m|_15m|_30d)?|volume_\d+m|volume_baseline_.*|.*_size|float|short_interest", Unit.SHARES),
    (r"largest_print", Unit.SHARES),
)
"""What a name says of the unit, the first that fits; all other metrics are in dollars."""


def unit_of(name: str) -> Unit:
    """Return the unit that a name says."""
    if name == "relative_volume_at_time":
        return Unit.RATIO
    if name == "volume_baseline_at_time":
        return Unit.SHARES
    return next((unit for pattern, unit in UNITS if re.fullmatch(pattern, name)), Unit.DOLLARS)


def test_the_defined_ones_come_first() -> None:
    """Those of the day in the order of the definitions, then the extremes of the sessions in theirs."""
    assert METRIC_NAMES[:OF_THE_DAY] == DEFINED[:OF_THE_DAY]
    assert tuple(name for name in METRIC_NAMES if name in DEFINED) == DEFINED


def test_the_oracle_knows_every_metric() -> None:
    """None is without a second reckoning, and none is reckoned that is not shown."""
    assert {*oracle.METRICS, *oracle.FEED_METRICS} == set(METRIC_NAMES)


def test_names_are_unique() -> None:
    """No column name stands twice."""
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_columns_are_metrics_and_inputs() -> None:
    """Columns are the metrics and then what the ratios were made of."""
    assert METRIC_NAMES + tuple(metric.name for metric in INPUTS) == COLUMNS


@pytest.mark.parametrize("metric", EVERY, ids=lambda metric: metric.name)
def test_units_follow_the_names(metric: Metric) -> None:
    """Percentages, and they alone, are named ``*_pct``, times ``*_time``, relative ones are ratios, and so on."""
    assert metric.unit is unit_of(metric.name)


@pytest.mark.parametrize("metric", EVERY, ids=lambda metric: metric.name)
def test_every_metric_explains_itself(metric: Metric) -> None:
    """How it is made, of what, and when there is none: each in one line of words."""
    for said in (metric.meaning, metric.inputs, metric.undefined):
        assert said.strip() == said != ""
        assert "\n" not in said
    assert "\n" not in metric.source


def test_inputs_are_metrics_or_where_they_come_from() -> None:
    """What a metric is made of is another column, a topic, or a field of a record."""
    topics = {"aggregates", "trades", "quotes", "halts", "reference", "volume_curves"}
    for metric in EVERY:
        assert all(name in topics or name in COLUMNS for name in metric.inputs.split(", ")), metric.name
