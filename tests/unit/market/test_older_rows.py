"""Rows of version 1 go on where they stood: what that version kept is kept, the rest fills up."""

from copy import deepcopy
from hashlib import blake2b
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from streams.market.older_rows import OLDER_ROWS, VERSION_1, from_version_1
from streams.market.symbol_state import NO_SIDE, ROW, VERSION, Rows
from streams.market.totals import NEVER, REGULAR
from tests.unit.market.builders import DAY, MINUTE, SECOND, Columns, bar, clock

NOON: Final = DAY.open + 150 * MINUTE


def version_1(rows: Rows) -> npt.NDArray[np.void]:
    """Return today's rows as version 1 wrote them."""
    old = np.zeros(len(rows), VERSION_1)
    for name in VERSION_1.names or ():
        old[name] = rows["settled"][name[8:]] if name[:8] == "settled_" and name[8:] != "until" else rows[name]
    return old


def carried(columns: Columns) -> Columns:
    """Return the columns of a worker that goes on from rows as version 1 wrote them, its pool read again."""
    again = deepcopy(columns)
    used = int(again.partition.used[0])
    again.partition.rows[:used] = from_version_1(version_1(again.partition.rows[:used]))
    return again


def test_version_1_is_what_it_was() -> None:
    """Its rows lie in changelogs."""
    fields = [(name, VERSION_1[name].base.str, VERSION_1[name].shape) for name in VERSION_1.names or ()]

    assert blake2b(repr(fields).encode(), digest_size=8).hexdigest() == "6e08313e44b48f0d"
    assert VERSION not in OLDER_ROWS
    assert OLDER_ROWS[1] == (VERSION_1, from_version_1)


def test_what_version_1_kept_is_kept() -> None:
    """Every field that both have, and what has settled; no more and no fewer rows."""
    columns = Columns()
    columns.fold(bar("A", NOON, 10.0, 5.0, vendor_open=9.0), bar("B", DAY.open - MINUTE), clock(NOON + 20 * MINUTE))
    old = version_1(columns.partition.rows[:2])

    new = from_version_1(old)

    assert new.dtype == ROW
    assert version_1(new).tobytes() == old.tobytes()
    assert len(from_version_1(old[:0])) == 0


def test_what_version_1_did_not_keep_is_as_at_the_days_beginning() -> None:
    """No times of extremes, no opening range, nothing told yet."""
    columns = Columns()
    columns.fold(bar("A", DAY.open, 10.0), bar("A", DAY.open + MINUTE, 11.0), clock(NOON))
    (row,) = from_version_1(version_1(columns.partition.rows[:1]))

    assert row["high"][REGULAR] == 11.0
    assert row["high_time"][REGULAR] == row["settled"]["high_time"][REGULAR] == NEVER
    assert row["opening_high"].tolist() == [-np.inf] * 4
    assert (row["high_breaks"].tolist(), row["alerted"].tolist()) == ([0] * 3, [0] * 9)
    assert np.isnan([row["settled_price"], row["regular_close"], row["alerted_high"]]).all()
    assert (row["vwap_side"], row["spiking"], row["opening_broken"]) == (NO_SIDE, 0, 0)


def test_a_row_carried_over_goes_on() -> None:
    """Sums and extremes are those of a worker that never changed, through corrections and settling too."""
    log: list[Any] = [bar("A", NOON + n * MINUTE, 10.0 + n % 7, 1.0 + n, low=5.0) for n in range(10)]
    late, last = NOON + 9 * MINUTE, NOON + 20 * MINUTE
    later: list[Any] = [bar("A", late, 20.0, 2.0), clock(last), bar("A", last)]
    steady = Columns()
    steady.fold(*log, clock(NOON + 17 * MINUTE))
    changed = carried(steady)
    for columns in (changed, steady):
        columns.fold(*later)

    for name in ("bars", "volume", "value", "price", "open", "high", "low"):
        np.testing.assert_equal(changed.row("A")[name], steady.row("A")[name], err_msg=name)
    assert changed.metrics("A")["day_high_time"] == NOON + 9 * MINUTE
    assert changed.row("A")["settled_until"] == steady.row("A")["settled_until"]


def test_the_next_day_is_whole() -> None:
    """Nothing of the change is left."""
    old = Columns()
    old.fold(bar("A", NOON))
    tomorrow = NOON + 24 * 60 * MINUTE
    records = [bar("A", tomorrow, 10.0, open=9.0, high=11.0), bar("A", tomorrow + SECOND, 12.0)]
    changed = carried(old)
    for columns in (changed, old):
        columns.fold(*records)

    assert changed.row("A").tobytes() == old.row("A").tobytes()
    assert changed.events == old.events
