"""``tickerboard simulate``: the vendor's WebSocket server with an invented market, or that market's day as files."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from schemas.clock import now_ms
from streams.feed.flat_file_writer import check_bar_seconds, write_bars, write_reference, write_trades
from streams.feed.market_model import MOST_TICKERS, Market
from streams.feed.market_path import MINUTE
from streams.feed.massive_server import Limits, MassiveServer, Pace
from streams.feed.massive_server_protocol import Refuse
from streams.market.session import DAY_START, to_new_york, trading_day_of, trading_days

TIME: Final = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")
FILE_ENDINGS: Final = (".csv", ".csv.gz")
EXAMPLES: Final = """
Speaks the vendor's stock WebSocket protocol (connect, auth, subscribe; A, AM, T, Q and LULD messages) over a seeded
synthetic market of up to 12,000 tickers: a U-shaped day with pre- and post-market, gappers on news, pauses, late
corrected bars. The same seed, date and number of tickers give the same day.

\b
Examples:
  A market that opens in five minutes, the morning so far sent at once:
    tickerboard simulate --port 8765 --start 09:25
  The whole day, as fast as the client reads it:
    tickerboard simulate --port 8765 --speed max --no-prefill
  A small market, sixty times as fast as life, from the open to 10:30:
    tickerboard simulate --tickers 500 --start 09:30 --until 10:30 --speed 60 --no-prefill
  The same market's day as flat files, nothing served:
    tickerboard simulate --flat-file day.csv.gz --reference-file reference.csv
    tickerboard simulate --flat-file fives.csv.gz --bar-seconds 300 --date 2026-11-20

\b
To read it with the official client:
  WebSocketClient(api_key="test", feed="127.0.0.1:8765", secure=False, subscriptions=["A.*"])
"""


class TimeOfDay(click.ParamType):
    """A New York time, ``HH:MM`` or ``HH:MM:SS``, as seconds since 04:00."""

    name = "HH:MM[:SS]"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return seconds since 04:00; fail on anything before it or that is no time."""
        if isinstance(value, int):
            return value
        found = TIME.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is not a time like 09:30 or 09:30:15", param, ctx)
        hours, minutes, seconds = (int(part or 0) for part in found.groups())
        since = (hours - DAY_START.hour) * 3600 + minutes * 60 + seconds
        if since < 0:
            self.fail(f"{value}: the day begins at {DAY_START:%H:%M}", param, ctx)
        return since


class Speed(click.ParamType):
    """A factor, or ``max`` for as fast as the client reads."""

    name = "FACTOR|max"

    def convert(
        self, value: str | float | None, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | None:
        """Return the factor, ``None`` for ``max``."""
        if not isinstance(value, str):
            return value
        if value == "max":
            return None
        with contextlib.suppress(ValueError):
            factor = float(value)
            if 0 < factor < float("inf"):
                return factor
        return self.fail(f"{value!r} is neither a factor above 0 nor 'max'", param, ctx)


DAY: Final = click.DateTime(["%Y-%m-%d"])
REFUSED: Final = click.Choice([one.value for one in Refuse])
FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command(
    help=EXAMPLES,
    context_settings={"show_default": True},
    short_help="Serve an invented market over the vendor's protocol, or write it to files.",
)
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=0, show_default="a free one", type=click.IntRange(0, 65535), help="Port to listen on.")
@click.option("--key", "keys", multiple=True, default=("test",), help="A key that is let in; repeatable.")
@click.option("--tickers", default=MOST_TICKERS, type=click.IntRange(1, MOST_TICKERS), help="How many.")
@click.option("--seed", default=1, type=int, help="Another seed is another market.")
@click.option("--date", "day", type=DAY, help="Trading date.  [default: the last full session]")
@click.option("--start", default="04:00", type=TimeOfDay(), help="New York time at which the pace begins.")
@click.option("--until", type=TimeOfDay(), help="New York time to stop at.  [default: the end of the day]")
@click.option("--speed", default="1", type=Speed(), help="1 = as in life, 60, or as fast as it is read.")
@click.option("--prefill/--no-prefill", default=True, help="Send 04:00 to --start first, at full speed, or skip it.")
@click.option("--wait/--no-wait", default=True, help="Begin with the first subscription, or at once.")
@click.option("--hold-ms", default=0.0, type=click.FloatRange(min=0), help="Hold each second for so long.")
@click.option("--refuse", default="newest", type=REFUSED, help="Which of two connections of a key goes.")
@click.option("--frame-events", default=500, type=click.IntRange(1), help="Most messages in a frame.")
@click.option("--exit-at-end", is_flag=True, help="Stop when the day is over instead of staying silent.")
@click.option("--flat-file", type=FILE, help="Write the day's bars here (.csv, .csv.gz) and exit.")
@click.option("--bar-seconds", default=60, type=int, help="Length of the flat file's bars.")
@click.option("--trades-file", type=FILE, help="Write the day's trades here and exit.")
@click.option("--reference-file", type=FILE, help="Write what is known before the day here and exit (CSV).")
def simulate(  # noqa: PLR0913 - one argument for each option
    *,
    host: str,
    port: int,
    keys: tuple[str, ...],
    tickers: int,
    seed: int,
    day: datetime | None,
    start: int,
    until: int | None,
    speed: float | None,
    prefill: bool,
    wait: bool,
    hold_ms: float,
    refuse: str,
    frame_events: int,
    exit_at_end: bool,
    flat_file: Path | None,
    bar_seconds: int,
    trades_file: Path | None,
    reference_file: Path | None,
) -> None:
    """Serve or write an invented market."""
    market = _market(seed, day, tickers)
    if until is not None and until <= start:
        message = "--until must be later than --start"
        raise click.BadParameter(message)
    if start >= market.minutes * MINUTE:
        message = f"--start: {market.day.date} ends at {to_new_york(market.day.end):%H:%M} New York"
        raise click.BadParameter(message)
    if flat_file or trades_file or reference_file:
        _write(market, until, flat_file, bar_seconds, trades_file, reference_file)
        return
    pace = Pace(start=start, until=until, speed=speed, prefill=prefill, wait_for_client=wait, hold_ms=hold_ms)
    limits = Limits(frame_events=frame_events, refuse=Refuse(refuse))
    server = MassiveServer(market, frozenset(keys), pace, limits, click.echo)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(server, host, port, stay=not exit_at_end))


async def serve(server: MassiveServer, host: str, port: int, *, stay: bool) -> None:
    """Listen and send the day, and with ``stay`` keep the connections open after it.

    Raise ``click.UsageError`` where the port cannot be had.
    """
    try:
        await server.start(host, port)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise click.UsageError(message) from error
    try:
        click.echo(f"listening on ws://{host}:{server.port}")
        await server.run_day()
        if stay:
            await asyncio.Event().wait()
    finally:
        await server.close()


def last_full_session(time_ms: int) -> date:
    """Return the newest trading date that is no half day and over at an instant."""
    over = (day for day in reversed(trading_days()) if day.end <= time_ms and not day.is_half_day)
    return next(over).date


def _market(seed: int, day: datetime | None, tickers: int) -> Market:
    chosen = day.date() if day is not None else last_full_session(now_ms())
    try:
        trading_day_of(chosen)
        return Market(seed, chosen, tickers)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--date") from error


def _write(
    market: Market, until: int | None, flat: Path | None, seconds: int, trades: Path | None, reference: Path | None
) -> None:
    """Write the files asked for, with a progress bar on a terminal."""
    last = None if until is None else -(-until // MINUTE)
    try:
        check_bar_seconds(seconds)
        for path in (flat, trades):
            _check_ending(path)
        if reference is not None:
            click.echo(f"{reference}: {write_reference(market, reference):,} tickers")
        if flat is not None:
            with _progress(flat) as advance:
                rows = write_bars(market, flat, seconds, last, advance)
            click.echo(f"{flat}: {rows:,} bars of {seconds} s on {market.day.date}")
        if trades is not None:
            with _progress(trades) as advance:
                rows = write_trades(market, trades, last, advance)
            click.echo(f"{trades}: {rows:,} trades on {market.day.date}")
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        message = f"cannot write {error.filename}: {error.strerror}"
        raise click.UsageError(message) from error


def _check_ending(path: Path | None) -> None:
    """Raise ``ValueError`` for a file that would be neither plain nor packed text."""
    if path is not None and not path.name.endswith(FILE_ENDINGS):
        message = f"{path}: the name must end in {' or '.join(FILE_ENDINGS)}"
        raise ValueError(message)


@contextlib.contextmanager
def _progress(path: Path) -> Iterator[Callable[[int, int], None]]:
    """Show how far the writing of a file is, where there is a terminal to show it on."""
    console = Console(stderr=True)
    share = TextColumn("{task.percentage:>3.0f} %")
    columns = (TextColumn("{task.description}"), BarColumn(), share, TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(path.name)
        yield lambda done, total: bar.update(task, completed=done, total=total)
