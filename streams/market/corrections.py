"""Bars that may still be corrected: those that ended in the last 16 minutes, in a pool outside the rows.

A row's bars are a chain from newest to oldest start. When a bar arrives again, its node takes the new values and the
row's sums and extremes are made anew from what has settled and from the chain, so that a correction leaves no trace of
what it replaced. When the window moves past a bar, it settles: its share goes into the row's ``settled`` totals and
its node is free again. A bar that ended before the window is too late for a running fold.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place
from streams.market.symbol_state import Row, Rows
from streams.market.totals import MINUTE_MS, Totals, add, copy, opening_part, session_of

WINDOW_MS: Final = 16 * MINUTE_MS
"""The vendor rebroadcasts bars for 15 minutes; one more for its delay."""
NONE: Final = -1
NEWEST, OLDEST = range(2)

NODE: Final = np.dtype(
    (
        np.record,
        [
            ("start", "i8"),  # of the bar, ms since the epoch
            ("high", "f8"),
            ("low", "f8"),
            ("close", "f8"),
            ("volume", "f8"),
            ("newer", "i4"),  # node of the row's next newer bar, or NONE
            ("older", "i4"),  # next older; in a free node the next free one
        ],
    )
)
"""48 bytes; the pool holds the bars of all rows of a partition."""

Node: TypeAlias = np.record
Nodes: TypeAlias = npt.NDArray[np.void]
Chains: TypeAlias = npt.NDArray[np.int32]
"""Shape rows x 2: the row's newest and oldest node, or NONE."""
Free: TypeAlias = npt.NDArray[np.int64]
"""One element: the first free node, or NONE."""


def empty_nodes(count: int) -> Nodes:
    """Return a pool of free nodes, each pointing to the next."""
    nodes = np.zeros(count, NODE)
    nodes["older"] = np.arange(1, count + 1)
    nodes["older"][-1] = NONE
    return nodes


def empty_chains(count: int) -> Chains:
    """Return the chains of rows without bars."""
    return np.full((count, 2), NONE, np.int32)


@compiled_in_place
def window_start(complete_through: int) -> int:
    """Return the start of the window; bars that ended at or before it have settled. It moves minute by minute."""
    return complete_through // MINUTE_MS * MINUTE_MS - WINDOW_MS


@compiled_in_place
def find(nodes: Nodes, chains: Chains, row: int, start: int) -> int:
    """Return the row's newest node that starts at or before ``start``, or NONE."""
    node: int = chains[row, NEWEST]
    while node != NONE and nodes[node].start > start:
        node = nodes[node].older
    return node


@compiled_in_place
def insert(nodes: Nodes, chains: Chains, free: Free, row: int, older: int, start: int) -> int:
    """Take a free node (there must be one) into the row's chain, just newer than ``older``; return it."""
    node: int = free[0]
    free[0] = nodes[node].older
    newer = chains[row, OLDEST] if older == NONE else nodes[older].newer
    nodes[node].start = start
    nodes[node].older = older
    nodes[node].newer = newer
    if older == NONE:
        chains[row, OLDEST] = node
    else:
        nodes[older].newer = node
    if newer == NONE:
        chains[row, NEWEST] = node
    else:
        nodes[newer].older = node
    return node


@compiled_in_place
def add_node(totals: Totals, node: Node, opens: int, closes: int) -> None:
    """Count a remembered bar in some totals."""
    session = session_of(node.start, opens, closes)
    part = opening_part(node.start, opens)
    add(totals, node.start, node.high, node.low, node.close, node.volume, session, part)


@compiled_in_place
def settle(  # noqa: PLR0913, PLR0917 - compiled code passes arrays and places, not objects
    rows: Rows, nodes: Nodes, chains: Chains, free: Free, row: int, until: int, interval: int, opens: int, closes: int
) -> bool:
    """Settle the row's bars that ended at or before ``until``; return whether there were any."""
    settled = False
    node = chains[row, OLDEST]
    state = rows[row]
    while node != NONE and nodes[node].start + interval <= until:
        bar = nodes[node]
        add_node(state.settled, bar, opens, closes)
        state.settled_price = bar.close
        newer = bar.newer
        nodes[node].older = free[0]
        free[0] = node
        node = newer
        settled = True
    chains[row, OLDEST] = node
    if node == NONE:
        chains[row, NEWEST] = NONE
    else:
        nodes[node].older = NONE
    if settled:
        state.settled_until = until
    return settled


@compiled_in_place
def release(nodes: Nodes, chains: Chains, free: Free, row: int) -> None:
    """Free all nodes of a row."""
    node = chains[row, OLDEST]
    while node != NONE:
        newer = nodes[node].newer
        nodes[node].older = free[0]
        free[0] = node
        node = newer
    chains[row, NEWEST] = NONE
    chains[row, OLDEST] = NONE


@compiled_in_place
def rebuild_totals(state: Row, nodes: Nodes, oldest: int, opens: int, closes: int) -> None:
    """Make the row's sums and extremes anew: what has settled, then the chain from its oldest node on."""
    copy(state, state.settled)
    node = oldest
    while node != NONE:
        add_node(state, nodes[node], opens, closes)
        node = nodes[node].newer
