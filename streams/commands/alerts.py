"""``tickerboard alerts``: what has happened on the current trading date, from Redis."""

from difflib import get_close_matches
from pathlib import Path

import click
import msgspec
from redis.exceptions import RedisError
from rich.console import Console
from rich.table import Table

from schemas.alert_kinds import KIND_NAMES, KINDS
from schemas.records import Alert
from streams.commands.boards import check_writable, connected, write_lines
from streams.document import newest_date, read_alerts, read_heads
from streams.errors import TickerboardError
from streams.feed.input_error import InputError
from streams.market.alerts import dollars
from streams.market.session import to_new_york

TITLES = {kind.name: kind.title for kind in KINDS}
decode = msgspec.json.Decoder(Alert).decode


@click.command(short_help="Show the newest alerts.")
@click.argument("kinds", nargs=-1, metavar="[KIND]…")
@click.option("--ticker", "tickers", multiple=True, help="Only of this ticker; repeatable.")
@click.option("--redis-url", help="Redis or Valkey to read.  [default: REDIS_URL]")
@click.option("--limit", default=40, show_default=True, type=click.IntRange(1), help="The newest so many.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write all that match here ('-': print).")
def alerts(
    kinds: tuple[str, ...], tickers: tuple[str, ...], redis_url: str | None, limit: int, out: Path | None
) -> None:
    r"""Show the newest alerts of the current trading date, newest last; without a KIND those of all kinds.

    \b
    Examples:
      tickerboard alerts halted resumed
      tickerboard alerts new_high --ticker NVDA --limit 5
      tickerboard alerts --json alerts.jsonl
    """
    for kind in kinds:
        if kind not in KIND_NAMES:
            near = get_close_matches(kind, KIND_NAMES, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            message = f"no kind {kind!r}: {hint}there are {', '.join(KIND_NAMES)}"
            raise InputError(message)
    check_writable(out)
    trading_date, packed = read(redis_url)
    found = [
        (alert, line)
        for alert, line in ((decode(line), line) for line in packed)
        if (not kinds or alert.kind in kinds) and (not tickers or alert.ticker in tickers)
    ]
    if out is not None:
        write_lines([line for _, line in found], out)
        return
    Console().print(as_table(trading_date, [alert for alert, _ in found[-limit:]]))


def read(redis_url: str | None) -> tuple[str, list[bytes]]:
    """Return the newest trading date and its alerts; raise where Redis cannot be read or holds nothing."""
    with connected(redis_url) as (redis, url):
        try:
            heads = read_heads(redis)
            if not heads:
                message = f"{url} holds no boards yet: is a worker running (tickerboard work)?"
                raise TickerboardError(message)
            trading_date = newest_date(heads)[0].trading_date
            return trading_date, read_alerts(redis, trading_date)
        except RedisError as error:
            message = f"Redis at {url} does not answer: {error}"
            raise TickerboardError(message) from error


def as_table(trading_date: str, found: list[Alert]) -> Table:
    """Return alerts as a table for the terminal."""
    table = Table(title=f"Alerts of {trading_date} (New York time)", title_justify="left")
    for column, justify in (
        ("time", "left"),
        ("ticker", "left"),
        ("what", "left"),
        ("price", "right"),
        ("level", "right"),
    ):
        table.add_column(column, justify="right" if justify == "right" else "left")
    table.add_column("note")
    for alert in found:
        level = "" if alert.level is None else f"{alert.level:,.2f}"
        price = "" if alert.price is None else dollars(alert.price)
        time = f"{to_new_york(alert.event_time):%H:%M:%S}"
        table.add_row(time, alert.ticker, TITLES[alert.kind], price, level, alert.note)
    return table
