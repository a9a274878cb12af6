"""Names and units of the metrics are the product's contract."""

from schemas.metrics import COLUMNS, INPUTS, METRIC_NAMES, METRICS, Unit
from tests.support import oracle


def test_names() -> None:
    """The metrics are exactly those of the definitions, in their order."""
    assert oracle.METRICS == METRIC_NAMES


def test_names_are_unique() -> None:
    """No column name stands twice."""
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_columns_are_metrics_and_inputs() -> None:
    """Columns are the metrics and then what the ratios were made of."""
    assert METRIC_NAMES + tuple(metric.name for metric in INPUTS) == COLUMNS


def test_units_follow_the_names() -> None:
    """Percentages, and they alone, are named ``*_pct``; volumes are in shares, relative ones are ratios."""
    for metric in METRICS:
        if metric.name.endswith("_pct"):
            assert metric.unit is Unit.PERCENT
        elif metric.name.startswith("relative_"):
            assert metric.unit is Unit.RATIO
        elif metric.name.endswith("volume"):
            assert metric.unit is Unit.SHARES
        else:
            assert metric.unit is Unit.DOLLARS


def test_every_metric_says_what_it_means() -> None:
    """Every metric has a meaning, one line long."""
    assert all(metric.meaning and "\n" not in metric.meaning for metric in (*METRICS, *INPUTS))
