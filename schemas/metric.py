"""What a metric is: its name, its unit, how it is made, and when it is undefined."""

from enum import StrEnum
from typing import NamedTuple


class Unit(StrEnum):
    """Units in which metrics are given."""

    DOLLARS = "dollars"
    SHARES = "shares"
    PERCENT = "percent"
    RATIO = "ratio"
    DAYS = "days"
    TIME = "ms since the epoch"
    SECONDS = "seconds"
    TRADES = "trades"
    TRADES_PER_SECOND = "trades per second"
    DOLLARS_PER_MINUTE = "dollars per minute"
    FLAG = "1 or 0"
    HALTS = "halts"
    BASIS_POINTS = "basis points"
    TIER = "tier"


class Metric(NamedTuple):
    """One metric of a ticker."""

    name: str
    unit: Unit
    meaning: str
    """How it is made, in one line."""
    inputs: str
    """Metrics, topics or fields of the reference that it is made of."""
    undefined: str
    """When there is none: then it is ``None``."""
    source: str = ""
    """Who else defines it so; empty where the definition is the project's own."""
