"""``tickerboard boards``: boards and rows now, from Redis."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path

import click
import orjson
from redis import Redis
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from schemas.boards import BOARD_NAMES, BY_NAME
from streams.document import Document, read_document, read_heads
from streams.errors import TickerboardError
from streams.feed.input_error import InputError
from streams.settings import Settings


@click.command(short_help="Show boards as they are now.")
@click.argument("names", nargs=-1, metavar="[NAME]…")
@click.option("--redis-url", help="Redis or Valkey to read.  [default: REDIS_URL]")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 500), help="Rows of each board.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write all boards and rows here ('-': print).")
def boards(names: tuple[str, ...], redis_url: str | None, limit: int, out: Path | None) -> None:
    r"""Show boards as they are now; without a NAME all of them.

    \b
    Examples:
      tickerboard boards gainers relative_volume_at_time --redis-url redis://127.0.0.1:6379/0
      tickerboard boards --json now.json
    """
    for name in names:
        if name not in BY_NAME:
            near = get_close_matches(name, BOARD_NAMES, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            message = f"no board {name!r}: {hint}there are {', '.join(BOARD_NAMES)}"
            raise InputError(message)
    document = read(redis_url)
    if out is not None:
        write_json(document, out)
        return
    console = Console()
    console.print(f"{document['trading_date']}, as of {document['as_of']} New York")
    for name in names or BOARD_NAMES:
        console.print(as_table(document, name, limit))


@contextmanager
def connected(redis_url: str | None) -> Iterator[tuple[Redis, str]]:
    """Give a client of the Redis named, by default of ``REDIS_URL``, and its address; raise where none is named."""
    url = redis_url or Settings().redis_url
    if not url:
        message = "no Redis is named: give --redis-url or set REDIS_URL"
        raise InputError(message)
    try:
        client = Redis.from_url(url)
    except ValueError as error:
        message = f"--redis-url {url!r}: {error}"
        raise InputError(message) from error
    with client:
        yield client, url


def read(redis_url: str | None) -> Document:
    """Return what Redis holds; raise where it cannot be reached or holds nothing."""
    with connected(redis_url) as (redis, url):
        try:
            if not read_heads(redis):
                message = f"{url} holds no boards yet: is a worker running (tickerboard work)?"
                raise TickerboardError(message)
            return read_document(redis)
        except RedisError as error:
            message = f"Redis at {url} does not answer: {error}"
            raise TickerboardError(message) from error


def as_table(document: Document, name: str, limit: int) -> Table:
    """Return a board as a table for the terminal."""
    board = BY_NAME[name]
    table = Table(title=board.title, title_justify="left")
    for column in ("rank", "ticker", board.metric, "price", "accumulated_volume"):
        table.add_column(column, justify="left" if column == "ticker" else "right")
    for row in document["boards"][name][:limit]:
        facts = document["symbols"].get(row["symbol"], {})
        table.add_row(
            str(row["rank"]),
            row["symbol"],
            f"{row['value']:,.2f}",
            f"{facts.get('price') or 0:,.4g}",
            f"{facts.get('accumulated_volume') or 0:,.0f}",
        )
    return table


def check_writable(out: Path | None) -> None:
    """Raise ``InputError`` where a file could not be written: better before the work than after it."""
    if out is None or str(out) == "-":
        return
    if out.is_dir():
        message = f"{out}: is a folder; name a file to write"
        raise InputError(message)
    if not out.parent.is_dir():
        message = f"{out}: there is no folder {out.parent}; make it, or name another"
        raise InputError(message)


def write_json(document: Document, out: Path) -> None:
    """Write a document; ``-`` is standard output."""
    write_bytes(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE), out)


def write_lines(lines: Sequence[bytes], out: Path) -> None:
    """Write lines of JSON; ``-`` is standard output."""
    write_bytes(b"".join(line + b"\n" for line in lines), out)


def write_bytes(packed: bytes, out: Path) -> None:
    """Write a file; ``-`` is standard output."""
    if str(out) == "-":
        click.get_binary_stream("stdout").write(packed)
        return
    try:
        out.write_bytes(packed)
    except OSError as error:
        message = f"{out}: cannot be written ({error.strerror or error})"
        raise InputError(message) from error
