"""How a load of references is shown to a person: its progress, stage by stage, and what is missing in the end."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from streams.feed.reference_gathering import Tell
from streams.feed.reference_load import Load
from streams.feed.reference_summary import missing
from streams.market.session import TradingDay


@contextmanager
def progress_bars(console: Console) -> Iterator[Tell]:
    """Show a bar for each stage, on a terminal."""
    columns = (TextColumn("{task.description:<18}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


def report(console: Console, day: TradingDay, found: Load) -> None:
    """Say what was loaded and what is missing."""
    curves = "no" if found.curves is None else f"{len(found.curves):,}"
    said = (
        f"{day.date}: references of {len(found.references):,} tickers, {curves} volume curves, "
        f"{len(found.conditions)} trade conditions"
    )
    for line in [said, *found.notes]:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(missing_table(found))


def missing_table(found: Load) -> Table:
    """Return of how many tickers each fact is missing, as a table."""
    with_curve = None if found.curves is None else set(found.curves.table["ticker"].unique())
    table = Table(title="missing", title_justify="left")
    table.add_column("what")
    table.add_column("tickers", justify="right")
    table.add_column("such as")
    for line in missing(found.references, with_curve):
        table.add_row(line.what, f"{line.tickers:,}", ", ".join(line.examples))
    return table
