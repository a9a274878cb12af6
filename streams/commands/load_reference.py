"""``tickerboard load-reference``: what is known of every ticker before a trading date, into Kafka or a file."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

import click
from rich.console import Console

from schemas.clock import now_ms
from streams.commands.boards import check_writable
from streams.commands.replay import date_of, read_history
from streams.feed.curve_builder import History
from streams.feed.daily_measures import SESSIONS
from streams.feed.input_error import InputError
from streams.feed.massive_rest import BASE, RATE, MassiveRest
from streams.feed.massive_rest_cache import Cache
from streams.feed.publisher import Publisher
from streams.feed.reference_file import write_reference_file
from streams.feed.reference_follow import follow
from streams.feed.reference_gathering import Tell
from streams.feed.reference_load import Load, Order, load
from streams.feed.reference_report import progress_bars, report
from streams.feed.ticker_lookup import TickerLookup, fetch_reference
from streams.framing import create_codec
from streams.market.session import TradingDay, trading_day_of, trading_days
from streams.replay_run import prepare_topics
from streams.settings import Settings

Client = Callable[[], AbstractAsyncContextManager[MassiveRest]]

ENDINGS: Final = (".csv", ".csv.gz", ".parquet")
MINUTE_MS: Final = 60_000
MOST_SESSIONS: Final = 250
FILE: Final = click.Path(path_type=Path)
FOLDER: Final = click.Path(path_type=Path, file_okay=False)

HELP: Final = """Load what is known of every ticker before a trading date: previous close, usual volume, true range,
float, splits, volume curves, and the table of trade conditions.

By default the vendor's REST API is asked, with the key in MASSIVE_API_KEY: the bars of some 60 sessions as they were
traded, the splits since then, floats, names, short interest. Files take its place or add to it; fields of one's own
(--csv) win over all others. What is answered is kept on disk, so that a load that was interrupted goes on where it
stopped. At the end a table says of how many tickers something is missing.

\b
Examples:
  The next trading date, from the vendor, into Kafka:
    tickerboard load-reference --brokers 127.0.0.1:9092
  The same with market capitalisation and sector of each ticker, one request for each (some 40 minutes):
    tickerboard load-reference --brokers 127.0.0.1:9092 --details
  A look at what there is, without publishing:
    tickerboard load-reference --dry-run
  From files alone, for a replay:
    tickerboard load-reference --date 2025-01-06 --days day_aggs/ --splits splits.csv --out ref.csv
  Volume curves from the last weeks' minute bars, floats of one's own:
    tickerboard load-reference --history minutes.parquet --csv floats.csv --brokers 127.0.0.1:9092
  Tickers that turn up in the bars of the day and that nobody knew, looked up as they come, until stopped:
    tickerboard load-reference --follow --brokers 127.0.0.1:9092
"""


@click.command("load-reference", help=HELP, short_help="Load what is known of tickers before a trading date.")
@click.option("--date", "day", help="Trading date, YYYY-MM-DD.  [default: today until its close, then the next one]")
@click.option("--brokers", help="host:port of a Kafka broker to publish to.  [default: KAFKA_BOOTSTRAP]")
@click.option("--out", type=FILE, help="Write the references to this CSV file.")
@click.option("--dry-run", is_flag=True, help="Publish nothing; say what would be.")
@click.option(
    "--sessions",
    default=SESSIONS,
    show_default=True,
    type=click.IntRange(1, MOST_SESSIONS),
    help="Full sessions behind mean, median and curves.",
)
@click.option(
    "--days",
    multiple=True,
    type=FILE,
    help="Daily bars, not adjusted for splits (.csv, .csv.gz, .parquet), or a folder of such files; repeatable.",
)
@click.option("--csv", "own", type=FILE, help="CSV of one's own: ticker, and any fields of a reference.")
@click.option("--splits", type=FILE, help="CSV with ticker,execution_date,split_from,split_to.")
@click.option(
    "--history", multiple=True, type=FILE, help="Bars of earlier days for volume curves, or a folder; repeatable."
)
@click.option("--conditions", type=FILE, help="Trade conditions in JSON, as the vendor answers them.")
@click.option("--details", is_flag=True, help="Ask for each ticker's details too: one request for each.")
@click.option("--follow", "following", is_flag=True, help="Look up tickers that nobody knew, as they trade.")
@click.option("--url", default=BASE, show_default=True, help="Address of the REST API.")
@click.option("--rate", default=RATE, show_default=True, type=click.FloatRange(0.01, 1000), help="Requests a second.")
@click.option("--cache", type=FOLDER, help="Folder for what is answered.  [default: the user's cache folder]")
def load_reference(  # noqa: PLR0913 - one argument for each option
    *,
    day: str | None,
    brokers: str | None,
    out: Path | None,
    dry_run: bool,
    sessions: int,
    days: tuple[Path, ...],
    own: Path | None,
    splits: Path | None,
    history: tuple[Path, ...],
    conditions: Path | None,
    details: bool,
    following: bool,
    url: str,
    rate: float,
    cache: Path | None,
) -> None:
    """Load references and publish them."""
    settings = Settings()
    settings = settings.model_copy(update={"kafka_bootstrap": brokers or settings.kafka_bootstrap})
    check_writable(out)
    check_target(settings, out, dry_run=dry_run, following=following)
    client = partial(vendor, settings, url, rate, cache)
    if following:
        asyncio.run(follow_new(settings, client, sessions))
        return
    order = Order(
        day=day_of(day),
        sessions=sessions,
        days=files_of(days),
        own=own,
        splits=splits,
        history=files_of(history),
        conditions=conditions,
        details=details,
    )
    console = Console(stderr=True)
    asked = bool(settings.massive_api_key.get_secret_value()) or not (days or own)
    with progress_bars(console) as tell:
        found = asyncio.run(load_from(order, client if asked else None, console, tell))
        if out is not None:
            write(found, out)
        if not dry_run and settings.kafka_bootstrap:
            asyncio.run(publish(found, settings, tell))
    if not asked:
        found.notes.insert(0, "the vendor was not asked: MASSIVE_API_KEY is not set")
    report(console, order.day, found)


def check_target(settings: Settings, out: Path | None, *, dry_run: bool, following: bool) -> None:
    """Raise ``InputError`` where it is not said where to."""
    if following and not settings.kafka_bootstrap:
        message = "--follow reads and writes topics: give --brokers or set KAFKA_BOOTSTRAP"
        raise InputError(message)
    if not (settings.kafka_bootstrap or out or dry_run):
        message = "where to? give --brokers (or set KAFKA_BOOTSTRAP), --out FILE.csv or --dry-run"
        raise InputError(message)


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """Return files, for a folder those in it by name; raise ``InputError`` for one without any."""
    found: list[Path] = []
    for path in paths:
        inside = sorted(file for file in path.iterdir() if file.name.endswith(ENDINGS)) if path.is_dir() else [path]
        if not inside:
            message = f"{path}: a folder without a file that ends in {', '.join(ENDINGS)}"
            raise InputError(message)
        found += inside
    return tuple(found)


def day_of(text: str | None) -> TradingDay:
    """Return the trading day of a date, without one the first that has not closed yet; raise ``InputError``."""
    chosen: date | None = date_of(text)
    if chosen is None:
        now = now_ms()
        return next(each for each in trading_days() if each.close > now)
    try:
        return trading_day_of(chosen)
    except ValueError as error:
        message = f"--date: {error}"
        raise InputError(message) from error


@asynccontextmanager
async def vendor(settings: Settings, url: str, rate: float, cache: Path | None) -> AsyncIterator[MassiveRest]:
    """Give a client of the REST API; raise ``InputError`` without a key."""
    key = settings.massive_api_key.get_secret_value()
    if not key:
        message = "the vendor is asked with a key: set MASSIVE_API_KEY, or give --days or --csv"
        raise InputError(message)
    folder = cache or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tickerboard" / "rest"
    async with MassiveRest(key, url, rate=rate, cache=Cache(folder, url)) as rest:
        yield rest


async def load_from(order: Order, client: Client | None, console: Console, tell: Tell) -> Load:
    """Load from the vendor and files, or from files alone."""

    def read(path: Path) -> History:
        return read_history(console, path, MINUTE_MS)

    if client is None:
        return await load(order, None, read, tell)
    async with client() as rest:
        return await load(order, rest, read, tell)


async def publish(found: Load, settings: Settings, tell: Tell) -> None:
    """Publish what was loaded, after making the topics that are missing."""
    await prepare_topics(settings.kafka_bootstrap, settings)
    tell("publishing", 0, 1)
    async with Publisher(
        settings.kafka_bootstrap, create_codec(settings), settings.partitions, clocked=()
    ) as publisher:
        await publisher.publish(found.references)
        await publisher.publish(found.curves.records() if found.curves is not None else ())
        await publisher.publish(found.conditions)
    tell("publishing", 1, 1)


async def follow_new(settings: Settings, client: Client, sessions: int) -> None:
    """Look up tickers that nobody knew, until stopped by SIGTERM or Ctrl+C."""
    codec = create_codec(settings)
    bootstrap = settings.kafka_bootstrap
    async with client() as rest:
        await prepare_topics(bootstrap, settings)

        def lookup_of(day: TradingDay) -> TickerLookup:
            return TickerLookup(lambda ticker: fetch_reference(rest, ticker, day, sessions))

        async with Publisher(bootstrap, codec, settings.partitions, clocked=()) as publisher:
            running = asyncio.ensure_future(follow(bootstrap, codec, settings.partitions, lookup_of, publisher))
            for number in (signal.SIGTERM, signal.SIGINT):
                asyncio.get_running_loop().add_signal_handler(number, running.cancel)
            with suppress(asyncio.CancelledError):
                await running


def write(found: Load, out: Path) -> None:
    """Write the references to a file."""
    try:
        write_reference_file(found.references, out)
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror or error})"
        raise InputError(message) from error
