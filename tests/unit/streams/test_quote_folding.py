"""The table of tops: rows go to the changelog, come back from it, and stand beside bars."""

import numpy as np

from schemas.metrics import COLUMNS
from streams.market.session import trading_day_at
from streams.partition_state import PartitionState, bar_state
from streams.quote_folding import QuoteFolding
from streams.view import States, view_of
from tests.unit.market.builders import DAY, DECODER, MINUTE, SECOND, bar, clock, encoded
from tests.unit.market.quote_builders import CODEC, QUOTE_DECODER, QuoteRecord, quote

NOON = DAY.open + 150 * MINUTE
FIELDS = [COLUMNS.index(name) for name in ("bid", "ask", "spread", "spread_bps")]


def fold(state: PartitionState, first_offset: int, *records: QuoteRecord) -> None:
    """Fold records that stand in the log from an offset on."""
    offsets = np.arange(first_offset, first_offset + len(records))
    assert state.fold(QUOTE_DECODER, [CODEC.encode(record) for record in records], offsets) == []


def folded(*records: QuoteRecord) -> PartitionState:
    """Return a new partition of quotes with some records folded."""
    state = PartitionState(QuoteFolding(), 1)
    state.start()
    fold(state, 0, *records)
    return state


def test_rows_are_all_that_the_changelog_needs() -> None:
    """A new life has them, stands where the old one did, and goes on from there; nothing happens to anybody."""
    old = folded(quote("A", NOON), quote("B", NOON, None, 10.0), clock(NOON))
    flush = old.changed()
    new = PartitionState(QuoteFolding(), 1)
    new.load_items(list(zip(flush.keys, flush.values, strict=True)))
    new.start()

    assert (new.event_time, new.complete_through, new.flushed) == (NOON, NOON, 3)
    assert new.columns.rows[:2].tobytes() == old.columns.rows[:2].tobytes()
    assert not new.is_dirty
    fold(new, 3, quote("A", NOON - 1), quote("B", NOON + 1, 9.0, 10.0))
    assert [row["quote_time"] for row in new.columns.rows[:2]] == [NOON, NOON + 1]
    assert old.take_events() == new.take_events() == []


def test_rows_of_another_topic_are_not_its_own() -> None:
    """A topic made anew begins with nothing."""
    flush = folded(quote("A", NOON)).changed()
    other = PartitionState(QuoteFolding(), 2)
    other.load_items(list(zip(flush.keys, flush.values, strict=True)))

    assert int(other.columns.used[0]) == 0


def test_there_is_room_for_all_that_was_written() -> None:
    """However many tickers, and what is known of them is nothing, row by row."""
    count = 3000
    flush = folded(*[quote(f"T{number}", NOON) for number in range(count)]).changed()
    new = PartitionState(QuoteFolding(), 1)
    new.load_items(list(zip(flush.keys, flush.values, strict=True)))

    assert int(new.columns.used[0]) == count
    known = new.known(trading_day_at(NOON).start)
    assert len(known.facts) == len(new.columns.rows)
    assert np.isnan(known.facts["prev_close"]).all()


def test_quotes_stand_beside_bars() -> None:
    """For the tickers that have bars; without the table of tops there are none."""
    bars = bar_state(SECOND, "00")
    bars.start()
    bars.fold(DECODER, encoded([bar("A", NOON), bar("B", NOON), clock(NOON + SECOND)]), np.arange(3))
    quotes = folded(quote("B", NOON, 9.5, 10.5), quote("UNTRADED", NOON))
    view = view_of(States(bars, quotes=quotes))

    assert view.tickers.tolist() == [b"A", b"B"]
    np.testing.assert_equal(view.values[:, FIELDS].tolist(), [[np.nan] * 4, [9.5, 10.5, 1.0, 1000.0]])
    assert np.isnan(view_of(States(bars)).values[:, FIELDS]).all()
    assert States(bars, quotes=quotes).changes == 2
