"""Volume and change of price in the last minutes, from the bars that are still remembered."""

from schemas.compiled import compiled_in_place
from streams.market.corrections import NEWEST, NONE, Chains, Nodes
from streams.market.gap import percent_change
from streams.market.symbol_state import Rows
from streams.market.totals import MINUTE_MS
from streams.market.windows import WINDOW_MINUTES, Windows, expire, volume_in


@compiled_in_place
def volume_since(windows: Windows, nodes: Nodes, row: int, window: int, time: int, interval: int) -> float:
    """Return the shares in the row's bars that ended in the window before ``time`` (ms), which never goes back."""
    expire(windows, nodes, row, window, time - WINDOW_MINUTES[window] * MINUTE_MS, interval)
    return volume_in(windows, row, window)


@compiled_in_place
def change_since(windows: Windows, nodes: Nodes, chains: Chains, rows: Rows, row: int, window: int) -> float:
    """Return by how many percent the price is above the close of the newest bar that had ended before the window.

    Undefined where the ticker had no bar today by then. The window is where ``volume_since`` has left it.
    """
    oldest = windows.oldest[row, window]
    node = chains[row, NEWEST] if oldest == NONE else nodes[oldest].older
    base = rows[row].settled_price if node == NONE else nodes[node].close
    return percent_change(rows[row].price, base)
