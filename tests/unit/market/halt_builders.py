"""Records of halts and price bands said in few words, folded at once."""

from collections.abc import Sequence
from typing import Final, cast

import numpy as np
import numpy.typing as npt

from schemas.codec import Codec
from schemas.columnar import ColumnarDecoder, join
from schemas.records import Clock, Halt, LimitBand
from streams.market.events import KINDS
from streams.market.halt_fold import PAUSED, RESUMED, HaltBatch, HaltPartition
from streams.market.halt_metrics import HALT_COLUMNS, write_halt_metrics
from streams.market.halt_partition import fold_all_halts, new_halt_partition
from streams.market.halt_state import empty_halt_rows
from streams.market.halts import STATES, state_at
from streams.market.outcomes import OUTCOMES
from streams.market.partition import tickers_of
from streams.market.session import TradingDay, edges, trading_day_at
from tests.unit.market.builders import uncompiled

CODEC: Final = Codec()
HALT_DECODER: Final = ColumnarDecoder((LimitBand, Halt, Clock), CODEC.prefixes())
HaltRecord = LimitBand | Halt | Clock
Told = dict[str, float | None]


def paused(ticker: str, time: int) -> LimitBand:
    """Return the message that a pause begins."""
    return LimitBand(ticker=ticker, event_time=time, indicators=(PAUSED,), received_time=time)


def resumed(ticker: str, time: int) -> LimitBand:
    """Return the message that a pause has ended."""
    return LimitBand(ticker=ticker, event_time=time, indicators=(RESUMED,), received_time=time)


def band(ticker: str, time: int, low: float | None, high: float | None) -> LimitBand:
    """Return a message of bands."""
    return LimitBand(
        ticker=ticker, event_time=time, low_limit=low, high_limit=high, indicators=(15,), received_time=time
    )


def halt(  # noqa: PLR0913 - the record's own fields
    ticker: str,
    halt_time: int,
    reason: str = "T1",
    *,
    said: int | None = None,
    quote: int | None = None,
    trade: int | None = None,
    price: float | None = None,
) -> Halt:
    """Return what an exchange lists, said when the halt began unless told otherwise."""
    return Halt(
        ticker=ticker,
        event_time=halt_time if said is None else said,
        halt_time=halt_time,
        reason=reason,
        pause_price=price,
        quote_time=quote,
        trade_time=trade,
        received_time=halt_time,
    )


class Halts:
    """A partition of ``halts`` and the end of its log."""

    def __init__(self, rows: int = 8) -> None:
        """Begin with nothing folded, and little room."""
        self.partition: HaltPartition = new_halt_partition(1, rows)
        self.offset = 0
        self.events: list[tuple[str, str, int]] = []
        """Kind, ticker and time of every event so far."""
        self.raw_events: list[np.void] = []

    def fold(self, *records: HaltRecord | bytes) -> list[str]:
        """Fold records as one batch; return what became of each."""
        outcomes = self.fold_at(self.offset, records)
        self.offset += len(records)
        return outcomes

    def fold_at(self, first_offset: int, records: Sequence[HaltRecord | bytes]) -> list[str]:
        """Fold records that stand in the log from an offset on."""
        messages = join([record if isinstance(record, bytes) else CODEC.encode(record) for record in records])
        kinds, (bands, halts, clocks) = HALT_DECODER(messages)
        outcomes = np.zeros(len(records), np.uint8)
        offsets = np.arange(first_offset, first_offset + len(records))
        batch = HaltBatch(messages.buffer, kinds, offsets, bands, halts, clocks, outcomes)
        self.partition, found = fold_all_halts(self.partition, batch, edges())
        for event in np.concatenate(found):
            self.raw_events.append(event)
            ticker = tickers_of(self.partition, np.array([event["row"]]))[0].decode()
            self.events.append((KINDS[event["kind"]], ticker, int(event["time"])))
        return [OUTCOMES[outcome] for outcome in outcomes]

    @property
    def progress(self) -> np.void:
        """How far the partition is."""
        return cast("np.void", self.partition.progress[0])

    def tickers(self) -> list[str]:
        """Return the tickers of all rows in use."""
        numbers = np.arange(int(self.partition.used[0]))
        return [ticker.decode() for ticker in tickers_of(self.partition, numbers).tolist()]

    def rows(self) -> dict[str, bytes]:
        """Return every row with its exact bytes, by ticker."""
        return {ticker: self.partition.rows[row].tobytes() for row, ticker in enumerate(self.tickers())}

    def row(self, ticker: str = "A") -> np.record:
        """Return a ticker's row."""
        return cast("np.record", self.partition.rows[self.tickers().index(ticker)])

    def state(self, time: int, ticker: str = "A") -> str:
        """Return the name of a ticker's state at an instant."""
        return STATES[state_at(self.row(ticker), time)]

    def told(self, time: int, price: float = 10.0, ticker: str = "A") -> Told:
        """Return a ticker's metrics at an instant, ``None`` where undefined."""
        return metrics(self.row(ticker), time, price)


def metrics(row: np.record, time: int, price: float, day: TradingDay | None = None) -> Told:
    """Return a row's metrics at an instant by name, ``None`` where undefined."""
    day = day or trading_day_at(time)
    line: npt.NDArray[np.float64] = np.zeros(len(HALT_COLUMNS))
    uncompiled(write_halt_metrics)(row, time, day.start, day.open, day.close, price, line)
    return {name: None if np.isnan(value) else value for name, value in zip(HALT_COLUMNS, line.tolist(), strict=True)}


def blank_row() -> np.record:
    """Return a row that nothing was applied to."""
    return cast("np.record", empty_halt_rows(1)[0])
