"""Every table, its sources and its one writer."""

from typing import Final, NamedTuple

from streams.topics import AGGREGATES, HALTS, QUOTES, TRADES, Topic

ROW_COMPACTION: Final = {
    "cleanup.policy": "compact",
    # Compaction never touches the segment being written: a long one would be replayed whole at recovery.
    "segment.ms": "60000",
    "segment.bytes": str(32 << 20),
    "min.cleanable.dirty.ratio": "0.2",
    "max.compaction.lag.ms": "120000",
}


class TableSpec(NamedTuple):
    """A table: its name, the topic folded into it, and the agent that writes it."""

    name: str
    source: Topic
    writer: str

    def changelog(self, application: str) -> str:
        """Return the name of its changelog topic."""
        return f"{application}-{self.name}-changelog"


SYMBOLS: Final = TableSpec("symbols", AGGREGATES, "agents.aggregates")
"""One row for each ticker (``streams.market.symbol_state``)."""

PRINTS: Final = TableSpec("prints", TRADES, "agents.trades")
"""One row for each ticker (``streams.market.trade_state``), and its last trades (``streams.market.trade_chunks``)."""

STATUSES: Final = TableSpec("statuses", HALTS, "agents.halts")
"""One row for each ticker (``streams.market.halt_state``)."""

TOPS: Final = TableSpec("tops", QUOTES, "agents.quotes")
"""One row for each ticker (``streams.market.quote_state``): the top of its book."""

TABLES: Final = (SYMBOLS, PRINTS, STATUSES, TOPS)
