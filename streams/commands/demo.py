"""``tickerboard demo``: everything on this machine, on a simulated market."""

import asyncio
import re
import secrets
import tempfile
import time
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

import click
import httpx
from rich.console import Console

from schemas.clock import monotonic, now_ms
from streams.components import Component
from streams.embedded import Services, services
from streams.errors import ServiceSilentError
from streams.feed.input_error import InputError
from streams.feed.market_background import conditions, curves, references
from streams.feed.market_model import MOST_TICKERS, Market
from streams.feed.publisher import Publisher
from streams.feed.simulate_command import Speed, TimeOfDay, last_full_session
from streams.framing import create_codec
from streams.replay_run import prepare_topics, start_worker
from streams.settings import Settings

SECOND_BARS_MS: Final = 1000
READY_SECONDS: Final = 60.0
CHECK_SECONDS: Final = 0.5
CHANNELS: Final = "A.*,T.*,LULD.*"


def checked_by(kind: click.ParamType) -> Callable[[click.Context, click.Parameter, str], str]:
    """Return a check of an option that goes on to another command as it was typed."""

    def check(context: click.Context, parameter: click.Parameter, text: str) -> str:
        kind.convert(text, parameter, context)
        return text

    return check


@click.command(short_help="Everything on this machine, on a simulated market.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port of the page.")
@click.option("--tickers", default=3000, show_default=True, type=click.IntRange(1, MOST_TICKERS), help="How many.")
@click.option("--seed", default=1, show_default=True, help="Another seed is another market.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Trading date.  [default: last full session]")
@click.option(
    "--start",
    default="09:25",
    callback=checked_by(TimeOfDay()),
    show_default=True,
    help="New York time at which the pace begins.",
)
@click.option(
    "--speed", default="1", callback=checked_by(Speed()), show_default=True, help="1 = as in life, 60, or max."
)
@click.option("--seconds", type=click.FloatRange(min=0), help="Stop by itself after so long.")
@click.option("--browse", is_flag=True, help="Open the page in a browser.")
def demo(  # noqa: PLR0913, PLR0917 - one argument for each option
    port: int,
    tickers: int,
    seed: int,
    day: datetime | None,
    start: str,
    speed: str,
    seconds: float | None,
    *,
    browse: bool,
) -> None:
    """Run everything on this machine, on a simulated market, until Ctrl+C.

    Starts Kafka and Valkey, a server that speaks the vendor's WebSocket protocol over a simulated market, the listener,
    a worker and the gateway; nothing leaves this machine and nothing is kept. The minutes before the start are filled
    in first.
    """
    console = Console(stderr=True)
    settings = Settings(kafka_bootstrap="", redis_url="")
    market = market_of(seed, day, tickers)
    simulate = ["--tickers", str(tickers), "--seed", str(seed), "--date", str(market.day.date)]
    simulate += ["--start", start, "--speed", speed]
    with ExitStack() as stack:
        stack.enter_context(suppress(KeyboardInterrupt))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tickerboard-demo-")))
        with said(console, "Kafka and Valkey"):
            running = stack.enter_context(services(settings=settings))
        with said(console, f"reference and volume curves of {tickers:,} tickers"):
            asyncio.run(fill(market, running.kafka_bootstrap, settings))
        stage = Stage(stack, folder, running, secrets.token_hex(8), [])
        with said(console, "worker and gateway"):
            stage.add(start_worker(1, running, settings, SECOND_BARS_MS, folder))
            page = address_of(stage.start("gateway", ["api", "--port", str(port)]), r"http://\S+")
        with said(console, f"the market of {market.day.date:%A, %d %B %Y}"):
            start_feed(stage, simulate)
            wait_until_ready(page, stage.components)
        console.print(f"\n[bold]{page}[/bold]\n\nlogs in {folder}; Ctrl+C stops everything\n")
        click.echo(page)
        if browse:
            webbrowser.open(page)
        watch(stage.components, seconds)
    console.print("stopped")


class Stage(NamedTuple):
    """What a demo's components run on; they are stopped with the stack, the last one first."""

    stack: ExitStack
    folder: Path
    running: Services
    key: str
    components: list[Component]

    def add(self, component: Component) -> Component:
        """Take in a component that runs."""
        self.stack.callback(component.stop)
        self.components.append(component)
        return component

    def start(self, name: str, command: list[str], restarts: int = 0) -> Component:
        """Start a component."""
        environment = {
            "KAFKA_BOOTSTRAP": self.running.kafka_bootstrap,
            "REDIS_URL": self.running.redis_url,
            "MASSIVE_API_KEY": self.key,
            "TICKERBOARD_STORE_URL": "sqlite://",  # nothing is kept
        }
        return self.add(Component(name, command, environment, self.folder, restarts=restarts).start())


def start_feed(stage: Stage, simulate: list[str]) -> None:
    """Start the vendor's server, and the listener on it."""
    simulator = stage.start("simulator", ["streams", "simulate", *simulate, "--key", stage.key])
    listen = ["streams", "listen", "--url", address_of(simulator, r"ws://\S+"), "--channels", CHANNELS]
    stage.start("listener", listen, restarts=3)


def market_of(seed: int, day: datetime | None, tickers: int) -> Market:
    """Return the market of a day; raise ``InputError`` where nothing is traded on it."""
    try:
        return Market(seed, day.date() if day else last_full_session(now_ms()), tickers)
    except ValueError as error:
        message = f"--date: {error}"
        raise InputError(message) from error


@contextmanager
def said(console: Console, what: str) -> Iterator[None]:
    """Say what is being done, and how long it took."""
    began = monotonic()
    with console.status(f"starting {what} …"):
        yield
    console.print(f"[green]✓[/green] {what} [dim]{monotonic() - began:.1f} s[/dim]")


async def fill(market: Market, bootstrap: str, settings: Settings) -> None:
    """Make the topics, and publish what is known before the day."""
    await prepare_topics(bootstrap, settings)
    async with Publisher(bootstrap, create_codec(settings), settings.partitions, clocked=()) as publisher:
        await publisher.publish(conditions())
        await publisher.publish(references(market))
        await publisher.publish(curves(market))


def address_of(component: Component, pattern: str) -> str:
    """Return the address that a component prints once it listens."""
    found: list[str] = []

    def printed() -> bool:
        found[:] = re.findall(pattern, component.process.last_lines())
        return bool(found)

    component.process.wait(printed, READY_SECONDS)
    return found[0]


def wait_until_ready(page: str, components: list[Component]) -> None:
    """Return once the gateway has boards to show."""
    deadline = monotonic() + READY_SECONDS
    while monotonic() < deadline:
        for component in components:
            component.check()
        with suppress(httpx.HTTPError):
            if httpx.get(f"{page}/readyz").is_success:
                return
        time.sleep(CHECK_SECONDS)
    lines = "\n".join(f"{component.name}: {component.process.last_lines()}" for component in components)
    message = f"no boards after {READY_SECONDS:g} s; last lines of the components:\n{lines}"
    raise ServiceSilentError(message)


def watch(components: list[Component], seconds: float | None) -> None:
    """Keep the components running until interrupted, or for so long."""
    until = monotonic() + seconds if seconds is not None else float("inf")
    while monotonic() < until:
        for component in components:
            component.check()
        time.sleep(CHECK_SECONDS)
