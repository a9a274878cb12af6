"""Every topic: its key, its records, its retention. Those keyed by ticker share one partition count and partitioner."""

from typing import Final, NamedTuple

import msgspec

from schemas.records import (
    Aggregate,
    Alert,
    Clock,
    DeadLetter,
    Halt,
    LimitBand,
    Quote,
    Reference,
    Trade,
    TradeCondition,
    VolumeCurve,
)

DAY_MS: Final = 24 * 3600 * 1000


class Topic(NamedTuple):
    """A topic; ``retention_ms`` is ``None`` where it is compacted instead, and ``compacted`` where it is so as well."""

    name: str
    key: str
    records: tuple[type[msgspec.Struct], ...]
    retention_ms: int | None
    compacted: bool = False

    def config(self) -> dict[str, str]:
        """Return the topic's settings on the broker."""
        if self.retention_ms is None:
            return {"cleanup.policy": "compact"}
        policy = "compact,delete" if self.compacted else "delete"
        return {"cleanup.policy": policy, "retention.ms": str(self.retention_ms)}


AGGREGATES: Final = Topic("aggregates", "ticker", (Aggregate, Clock), 7 * DAY_MS)
TRADES: Final = Topic("trades", "ticker", (Trade, Clock), 2 * DAY_MS)
QUOTES: Final = Topic("quotes", "ticker", (Quote, Clock), DAY_MS)
HALTS: Final = Topic("halts", "ticker", (LimitBand, Halt, Clock), 30 * DAY_MS)
REFERENCE: Final = Topic("reference", "ticker@date", (Reference,), 14 * DAY_MS, compacted=True)
VOLUME_CURVES: Final = Topic("volume_curves", "ticker@date", (VolumeCurve,), 14 * DAY_MS, compacted=True)
"""The key names the trading date too, so that one day's replaces no other's; the partition is still the ticker's."""
TRADE_CONDITIONS: Final = Topic("trade_conditions", "condition", (TradeCondition,), None)
ALERTS: Final = Topic("alerts", "ticker", (Alert,), 30 * DAY_MS)
DEAD_LETTERS: Final = Topic("dead_letters", "original key", (DeadLetter,), 30 * DAY_MS)

TOPICS: Final = (
    AGGREGATES,
    TRADES,
    QUOTES,
    HALTS,
    REFERENCE,
    VOLUME_CURVES,
    TRADE_CONDITIONS,
    ALERTS,
    DEAD_LETTERS,
)
CLOCKED: Final = (AGGREGATES, TRADES, QUOTES, HALTS)
"""Topics in whose partitions the feed writes clock records."""
