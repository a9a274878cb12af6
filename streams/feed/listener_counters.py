"""What a listener has done so far, and how fast it does it."""

from collections import Counter
from dataclasses import dataclass, field

from schemas.records import Aggregate, LimitBand, Quote, Trade
from streams.feed.massive_protocol import Frame
from streams.feed.reject import by_reason


@dataclass(slots=True)
class Counters:
    """Counts since the start."""

    connections: int = 0
    drops: int = 0
    frames: int = 0
    bars: int = 0
    trades: int = 0
    quotes: int = 0
    bands: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    stalls: int = 0
    """How often a frame found the queue full, and the socket had to wait."""
    stalled_seconds: float = 0.0
    deepest: int = 0
    """Most frames that ever waited."""

    @property
    def records(self) -> int:
        """Bars, trades, quotes and bands."""
        return self.bars + self.trades + self.quotes + self.bands

    def count(self, frame: Frame) -> None:
        """Add what a frame held."""
        self.frames += 1
        kinds = Counter(map(type, frame.records))
        self.bars += kinds[Aggregate]
        self.trades += kinds[Trade]
        self.quotes += kinds[Quote]
        self.bands += kinds[LimitBand]
        if frame.rejects:
            self.rejects.update(by_reason(frame.rejects))
        self.statuses.update(status.status for status in frame.statuses)
