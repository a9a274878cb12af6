"""PURE. What can be followed: a board up to a number of rows, or a symbol."""

from typing import Final, NamedTuple

from schemas import boards, metrics
from schemas.expressions import Expression

SHOWN: Final = ("price", "change_pct", "accumulated_volume", "relative_volume", "relative_volume_at_time")
"""The metrics beside every board's own."""

CONDITIONS: Final = {board.name: Expression(board.where).names if board.where else () for board in boards.BOARDS}
"""The metrics that a board's condition is on: whoever looks at it wants to see them."""


class Topic(NamedTuple):
    """What a feed shows: ``kind`` is board or symbol; boards of other ``limit`` are other feeds under one name."""

    kind: str
    name: str
    limit: int = 1

    @property
    def feed(self) -> str:
        """The name on the wire, such as ``board:gainers``."""
        return f"{self.kind}:{self.name}"

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of its rows after the ticker; a board's own metric comes first."""
        if self.kind == "symbol":
            return metrics.COLUMNS
        board = boards.BY_NAME[self.name]
        return tuple(dict.fromkeys((board.metric, *CONDITIONS[self.name], *SHOWN)))
