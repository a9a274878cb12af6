"""``tickerboard listen``: the vendor's stream, or a simulator's, into Kafka."""

import asyncio
import ipaddress
import signal
from typing import Final
from urllib.parse import urlsplit

import click
import uvloop
from pydantic import SecretStr

from streams.feed.input_error import InputError
from streams.feed.massive_link import Feed
from streams.feed.massive_listener import ListenerOptions, MassiveListener
from streams.feed.publisher import Publisher
from streams.framing import create_codec
from streams.settings import Settings

REAL_TIME: Final = "wss://socket.massive.com"
CHANNELS: Final = "A.*,T.*,LULD.*"
KNOWN_CHANNELS: Final = ("A", "AM", "T", "Q", "LULD")

HELP: Final = """Listen to Massive's stock stream and publish it to Kafka.

Every bar, trade, quote and limit band is checked, keyed by its ticker and written as Avro; what cannot be used goes
to the topic dead_letters with the reason. Connections that end are made again, for as long as the command runs;
SIGTERM publishes what has arrived and ends it.

\b
The key is taken from MASSIVE_API_KEY, the brokers from KAFKA_BOOTSTRAP.

\b
  # the real-time stream of the whole market
  tickerboard listen
  # the stream that is 15 minutes late, minute bars only
  tickerboard listen --url wss://delayed.massive.com --channels "AM.*"
  # a simulator on this machine (tickerboard simulate --port 8765)
  MASSIVE_API_KEY=test tickerboard listen --url ws://127.0.0.1:8765
"""


@click.command(help=HELP, context_settings={"show_default": True}, short_help="Bring the vendor's stream into Kafka.")
@click.option("--url", default=REAL_TIME, help="Address of the feed; ws:// is unencrypted, wss:// is encrypted.")
@click.option(
    "--secure/--insecure", default=None, help="Encrypt or not, whatever the address says.  [default: as it says]"
)
@click.option("--channels", default=CHANNELS, help="What to listen to: A (second bars), AM (minute bars), T, Q, LULD.")
@click.option("--brokers", default="", show_default="KAFKA_BOOTSTRAP", help="host:port of a Kafka broker.")
@click.option(
    "--live/--simulated-clock",
    "live",
    default=None,
    help="Whether event times are those of the wall clock.  [default: yes, but not on this machine]",
)
@click.option("--max-failures", type=click.IntRange(1), help="Give up after so many connections in a row without data.")
@click.option("--log-seconds", default=10.0, type=click.FloatRange(min=0.1), help="Time between two lines of counts.")
def listen(  # noqa: PLR0913 - one argument for each option
    *,
    url: str,
    secure: bool | None,
    channels: str,
    brokers: str,
    live: bool | None,
    max_failures: int | None,
    log_seconds: float,
) -> None:
    """Bring a stream into Kafka until stopped."""
    settings = Settings()
    feed = feed_of(url, channels, settings.massive_api_key, secure=secure)
    bootstrap = brokers or settings.kafka_bootstrap
    if not bootstrap:
        message = "no Kafka broker is named: give --brokers host:port, or set KAFKA_BOOTSTRAP"
        raise InputError(message)
    options = ListenerOptions(
        feed_is_live=not is_local(url) if live is None else live, max_failures=max_failures, log_seconds=log_seconds
    )
    publisher = Publisher(bootstrap, create_codec(settings), settings.partitions)
    uvloop.run(run(feed, publisher, options))


def feed_of(url: str, channels: str, key: SecretStr, *, secure: bool | None) -> Feed:
    """Return the feed that the options name; raise ``InputError`` where they name none."""
    if secure is not None:
        url = f"{'wss' if secure else 'ws'}://{url.partition('://')[2] or url}"
    names = [name.strip() for name in channels.split(",") if name.strip()]
    unknown = [name for name in names if name.partition(".")[0] not in KNOWN_CHANNELS or not name.partition(".")[2]]
    if unknown or not names:
        message = f"--channels {','.join(unknown) or channels}: name channels such as {CHANNELS} or AM.AAPL"
        raise InputError(message)
    if not key.get_secret_value():
        message = "no key: set MASSIVE_API_KEY (a simulator takes the one it was started with)"
        raise InputError(message)
    return Feed.at(url, names, key)


def is_local(url: str) -> bool:
    """Tell whether an address is on this machine, where only a simulator can be."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def run(feed: Feed, publisher: Publisher, options: ListenerOptions) -> None:
    """Listen until SIGTERM or SIGINT, then publish what has arrived."""
    async with publisher:
        listener = MassiveListener(feed, publisher, options)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, listener.stop)
        await listener.run()
