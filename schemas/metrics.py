"""Every metric of a ticker, in the order of the columns in ``parts.py``; ``docs/metrics.md`` is made from here."""

from typing import Final

from schemas.bar_metrics import FLOWS, INPUTS, KNOWN_BEFORE, OF_THE_DAY, RANGES
from schemas.halt_metrics import HALT_METRICS
from schemas.metric import Metric, Unit
from schemas.quote_metrics import QUOTE_METRICS
from schemas.trade_metrics import TRADE_METRICS

__all__ = ["COLUMNS", "INPUTS", "METRICS", "METRIC_NAMES", "Metric", "Unit"]

METRICS: Final = (*OF_THE_DAY, *RANGES, *FLOWS, *KNOWN_BEFORE, *TRADE_METRICS, *HALT_METRICS, *QUOTE_METRICS)
"""Every metric of a ticker. Undefined is ``None``; half days end the regular session at 13:00 and the day at 17:00."""

METRIC_NAMES: Final = tuple(metric.name for metric in METRICS)
COLUMNS: Final = (*METRIC_NAMES, *(metric.name for metric in INPUTS))
"""The columns of a universe part, in order."""
