"""``docs/metrics.md``, made from the tables of metrics, boards and alerts: ``python -m schemas.metrics_page``."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from schemas.alert_kinds import KINDS
from schemas.boards import ALL_SESSIONS, BOARDS
from schemas.expressions import Expression
from schemas.metrics import INPUTS, METRICS

INTRODUCTION: Final = """# Metrics, boards and alerts

Made from the code by `make docs`; a test says when it is out of date.

Prices are in dollars, volumes and sizes in shares, percentages in percent (10.0 is 10 %), times in ms since the epoch
(UTC). Undefined is `null`, never 0 or 1. "Today" begins at 04:00 New York. A bar counts once it has ended, a trade once
its time has come; a bar belongs to the session in which it starts. Where a source is named, the definition is that
product's; where none is, it is this project's own.
"""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(header)} |"
    yield f"|{'---|' * len(header)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def metric_lines() -> Iterator[str]:
    """Yield the part on metrics."""
    yield "## Metrics"
    yield ""
    header = ("name", "unit", "how it is made", "made of", "undefined when", "source")
    rows = (
        (f"`{each.name}`", each.unit.value, each.meaning, each.inputs, each.undefined, each.source)
        for each in (*METRICS, *INPUTS)
    )
    yield from table(header, rows)


def board_lines() -> Iterator[str]:
    """Yield the part on boards."""
    yield "## Boards"
    yield ""
    yield "A board ranks the tickers with a bar today for which its metric is defined; equal values by ticker."
    yield ""
    header = ("name", "title", "ranked by", "condition", "in words", "sessions", "rows")
    rows = (
        (
            f"`{board.name}`",
            board.title,
            f"`{board.metric}`, {'highest' if board.descending else 'lowest'} first",
            f"`{board.where}`" if board.where else "",
            Expression(board.where).explain() if board.where else "",
            "all" if board.sessions == ALL_SESSIONS else ", ".join(board.sessions),
            str(board.size),
        )
        for board in BOARDS
    )
    yield from table(header, rows)


def alert_lines() -> Iterator[str]:
    """Yield the part on alerts."""
    yield "## Alerts"
    yield ""
    watched = ", ".join(f"`{board.name}`" for board in BOARDS if board.is_watched)
    yield "An alert's `id` is made of its kind, ticker and time: a replay makes the same ones. `count` is how often"
    yield "today, `quality_days` how many days before today, without a gap, had an extreme that was passed. Boards are"
    yield f"watched at each second, as of the end of a ticker's newest bar; those are {watched}."
    yield ""
    header = ("kind", "title", "when", "`level`", "`value`", "another one")
    rows = ((f"`{kind.name}`", kind.title, kind.meaning, kind.level, kind.value, kind.rests) for kind in KINDS)
    yield from table(header, rows)


def page() -> str:
    """Return the whole page."""
    parts = (INTRODUCTION.rstrip(), *("\n".join(lines()) for lines in (metric_lines, board_lines, alert_lines)))
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201 - what it is for
