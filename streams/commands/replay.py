"""``tickerboard replay``: the real pipeline over files, until an instant."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from schemas.records import Reference, VolumeCurve
from streams.commands.boards import as_table, check_writable, write_json, write_lines
from streams.document import Document
from streams.feed.curve_builder import History, build_curves
from streams.feed.flat_file import SECOND_MS, FlatFile, interval_of, read_flat_files, read_rows
from streams.feed.input_error import InputError
from streams.feed.reference_file import read_reference_file
from streams.feed.reject import Reject
from streams.feed.trade_file import bars_of_file
from streams.market.session import TradingDay
from streams.replay_run import Job, run
from streams.settings import Settings

SHOWN_REJECTS: Final = 20
SHOWN_BOARDS: Final = ("gainers", "relative_volume", "volume")
TIME_FORMATS: Final = ("%H:%M", "%H:%M:%S")


@click.command(short_help="Run files through the real pipeline, until an instant.")
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="CSV of what is known before: ticker and any of prev_close, avg_volume, atr, float_shares …",
)
@click.option(
    "--history",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Bars of earlier days (.csv, .csv.gz, .parquet); repeatable.",
)
@click.option("--until", help="New York time to stop at, HH:MM or HH:MM:SS.  [default: the end of the last bar]")
@click.option("--date", "day", help="Trading date, where the files hold several (YYYY-MM-DD).")
@click.option("--bar-seconds", type=int, help="Length of the bars.  [default: the smallest step between starts]")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write boards and rows here ('-': print them).")
@click.option("--alerts", type=click.Path(path_type=Path), help="Write alerts here, one JSON object per line.")
@click.option("--speed", default="max", show_default=True, help="1 = as in life, 60, or max.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 16), help="Worker processes.")
@click.option("--brokers", help="host:port of a Kafka broker to use, with REDIS_URL.  [default: start both]")
def replay(  # noqa: PLR0913, PLR0917 - one argument for each option
    files: tuple[Path, ...],
    reference: Path | None,
    history: tuple[Path, ...],
    until: str | None,
    day: str | None,
    bar_seconds: int | None,
    out: Path | None,
    alerts: Path | None,
    speed: str,
    workers: int,
    brokers: str | None,
) -> None:
    r"""Run files through the real pipeline, and say what the boards were at an instant.

    Nothing has to be running: Kafka, Valkey and the workers are started in a temporary folder and stopped again. FILE
    is a flat file of bars as Massive sells them (.csv or .csv.gz: ticker, volume, open, close, high, low, window_start,
    transactions), or of trades (ticker, price, size, sip_timestamp, conditions): bars are then made from the trades, of
    a second unless told, and both are run. Lines that cannot be used are counted and named; the rest is read.

    \b
    Examples:
      tickerboard replay 2025-01-06.csv.gz --reference ref.csv --until 09:45 --json out.json
      tickerboard replay today.csv.gz --reference ref.csv --alerts alerts.jsonl
      tickerboard replay today.csv.gz --history last-week.parquet --until 16:00
      tickerboard replay today.csv.gz --speed 60
      tickerboard replay trades.csv.gz --alerts alerts.jsonl
    """
    console = Console(stderr=True)
    check_writable(out)
    check_writable(alerts)
    pace = speed_of(speed)
    with progress_bar(console) as progress:
        progress("reading", 0, 1)
        file = read_flat_files(files, bar_seconds=positive(bar_seconds), date=date_of(day), until=time_of(until))
        tell_rejects(console, file.rejects, "")
        bars, trades = bars_and_trades(file, bar_seconds, until)
        interval_ms = bars.interval_ms or SECOND_MS
        background = read_background(console, reference, history, file.day, interval_ms)
        job = Job(bars, interval_ms, trades, background, pace, workers)
        document, found = run(job, settings_for(brokers), progress)
    summary(console, file, document)
    if alerts is not None:
        write_lines(found, alerts)
    if out is not None:
        write_json(document, out)
    else:
        for name in SHOWN_BOARDS:
            Console().print(as_table(document, name, 10))


def bars_and_trades(file: FlatFile, bar_seconds: int | None, until: str | None) -> tuple[FlatFile, FlatFile | None]:
    """Return a file of bars as it is; for one of trades the bars made from them, and the trades up to their instant."""
    if file.interval_ms is not None:
        return file, None
    bars = bars_of_file(file, bar_seconds, to_the_end=until is None)
    return bars, replace(file, as_of=bars.as_of)


def settings_for(brokers: str | None) -> Settings:
    """Return settings in which services are embedded, unless brokers are named."""
    settings = Settings()
    if brokers is None:
        return settings.model_copy(update={"kafka_bootstrap": "", "redis_url": ""})
    if not settings.redis_url:
        message = "--brokers: boards need a Redis too; set REDIS_URL"
        raise InputError(message)
    return settings.model_copy(update={"kafka_bootstrap": brokers})


def read_background(
    console: Console, reference: Path | None, history: Sequence[Path], day: TradingDay, interval_ms: int
) -> list[Reference | VolumeCurve]:
    """Read what is known before the day: the reference, and curves built from earlier days' bars."""
    known: list[Reference | VolumeCurve] = []
    if reference is not None:
        table = read_reference_file(reference, day.date)
        tell_rejects(console, table.rejects, f"{reference}: ")
        known += table.records
    if history:
        known += build_curves([read_history(console, path, interval_ms) for path in history], day).records()
    return known


def read_history(console: Console, path: Path, interval_ms: int) -> History:
    """Read the bars of earlier days; a file with one start only has bars as long as the day's own."""
    rows = read_rows(path)
    if "start_time" not in rows.frame.columns:
        message = f"{path}: trades; a history is made of bars"
        raise InputError(message)
    tell_rejects(console, rows.rejects, f"{path}: ")
    starts = rows.frame["start_time"]
    length = interval_of(starts.to_numpy(), None, str(path)) if starts.n_unique() > 1 else interval_ms
    return History(rows.frame, length)


def tell_rejects(console: Console, rejects: Sequence[Reject], where: str) -> None:
    """Name the lines that were left out, and how many there are."""
    for reject in rejects[:SHOWN_REJECTS]:
        console.print(str(reject), markup=False, highlight=False, soft_wrap=True)
    if rejects:
        more = len(rejects) - SHOWN_REJECTS
        rest = f" ({more} more not shown)" if more > 0 else ""
        console.print(f"{where}{len(rejects)} lines left out{rest}", markup=False, highlight=False, soft_wrap=True)


def summary(console: Console, file: FlatFile, document: Document) -> None:
    """Say what the result rests on."""
    what = "bars" if file.interval_ms else "trades"
    counts = file.counts
    ignored = {
        "outside trading hours": counts.outside_hours,
        "of other dates": counts.other_dates,
        "duplicates": counts.duplicates,
        "after that": counts.after_until,
    }
    left = "".join(f", {count:,} {what}" for what, count in ignored.items() if count)
    console.print(
        f"{document['trading_date']}: {counts.counted:,} {what} of {len(document['symbols']):,} tickers until "
        f"{document['as_of']}{left}",
        highlight=False,
        soft_wrap=True,
    )


def time_of(text: str | None) -> time | None:
    """Return a New York time of day; raise ``InputError`` for anything else."""
    if text is None:
        return None
    for form in TIME_FORMATS:
        try:
            return datetime.strptime(text, form).time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            continue
    message = f"--until {text!r} is not a time like HH:MM or HH:MM:SS (New York)"
    raise InputError(message)


def date_of(text: str | None) -> date | None:
    """Return a date; raise ``InputError`` for anything else."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        message = f"--date {text!r} is not a date like 2025-01-06"
        raise InputError(message) from error


def positive(bar_seconds: int | None) -> int | None:
    """Return a length of bars; raise ``InputError`` where it is none."""
    if bar_seconds is not None and bar_seconds < 1:
        message = f"--bar-seconds {bar_seconds}: bars last a second at least"
        raise InputError(message)
    return bar_seconds


def speed_of(text: str) -> float | None:
    """Return event seconds per second, ``None`` for ``max``; raise ``InputError`` for anything else."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        message = f"--speed {text!r} is neither a factor above 0 nor max"
        raise InputError(message)
    return speed


@contextmanager
def progress_bar(console: Console) -> Iterator[Callable[[str, int, int], None]]:
    """Show what is being done, on a terminal."""
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("", total=1)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield advance
