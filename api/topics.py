"""PURE. What can be followed: a board, a scan of one's own, or a symbol; how much of it, and how often."""

import re
from typing import Final, NamedTuple

from schemas import boards, metrics
from schemas.expressions import Expression

SHOWN: Final = ("price", "change_pct", "accumulated_volume", "relative_volume", "relative_volume_at_time")
"""The metrics beside every board's own, and those of a scan that names none."""
TICKER: Final = re.compile(r"[\x21-\x7e]{1,12}")
"""What a ticker may look like."""
RATE: Final = 4
"""Changes a second at most, where a client does not say."""

CONDITIONS: Final = {board.name: Expression(board.where).names if board.where else () for board in boards.BOARDS}
"""The metrics that a board's condition is on: whoever looks at it wants to see them."""


class Topic(NamedTuple):
    """What a feed shows; others of the same ``kind`` and ``name`` are other feeds under one name on the wire."""

    kind: str
    """``board``, ``scan`` or ``symbol``."""
    name: str
    limit: int
    """Rows at most."""
    columns: tuple[str, ...]
    """The metrics of its rows, after the ticker."""
    rate: int = RATE
    """Changes a second at most."""

    @property
    def feed(self) -> str:
        """The name on the wire, such as ``board:gainers``."""
        return f"{self.kind}:{self.name}"


def board_columns(name: str) -> tuple[str, ...]:
    """Return the columns of a board where a client does not say; its own metric comes first."""
    return tuple(dict.fromkeys((boards.BY_NAME[name].metric, *CONDITIONS[name], *SHOWN)))


def symbol_columns() -> tuple[str, ...]:
    """Return the columns of a symbol where a client does not say: all there are."""
    return metrics.COLUMNS


class Point(NamedTuple):
    """Up to where a client has a feed."""

    epoch: str
    sequence: int
