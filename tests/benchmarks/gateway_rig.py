"""A gateway on one core; Valkey, the market's writer and thousands of clients on another; what they use and wait."""

import json
import multiprocessing
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

import httpx
import numpy as np
import numpy.typing as npt
import psutil

from schemas.clock import monotonic
from streams.embedded_valkey import EmbeddedValkey
from tests.benchmarks.gateway_market import BOARDS, trading
from tests.benchmarks.rig import Usage, usage
from tests.support.load_client import LoadClient, Plan, Report

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SERVER_CORE: Final = 0
OTHERS_CORE: Final = 1
SPARE_FILES: Final = 500
LIMIT: Final = 50
COLUMNS: Final = (
    *("price", "change", "change_pct", "change_from_open_pct", "accumulated_volume", "relative_volume"),
    *("relative_volume_at_time", "dollar_volume", "float_rotation", "trades", "running_60s", "gap_pct", "vwap"),
    *("day_high", "day_low", "prev_close", "float", "market_cap", "atr", "halts_today"),
)
"""Twenty, of which nine move with each trade."""
BOARDS_EACH: Final = 3

Milliseconds = npt.NDArray[np.int64]


def pin(core: int) -> None:
    """Keep this process to a core, where the system can and has so many."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > core:
        os.sched_setaffinity(0, {core})


@contextmanager
def pinned(core: int) -> Iterator[None]:
    """Keep this process, and those that it starts, to a core for as long as the context lasts."""
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    pin(core)
    try:
        yield
    finally:
        if before is not None:
            os.sched_setaffinity(0, before)


def raise_file_limit() -> int:
    """Allow as many open files as the system lets this process have; return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def allowed(clients: int) -> int:
    """Return how many of so many clients may be open at once."""
    return min(clients, raise_file_limit() - SPARE_FILES)


def greetings(boards_each: int = BOARDS_EACH, **options: object) -> list[bytes]:
    """Return what clients say first: each follows three boards, all boards have as many followers."""
    count = len(BOARDS)
    choices = [[BOARDS[(first + step * 5) % count] for step in range(boards_each)] for first in range(count)]
    asked = {"action": "subscribe", "limit": LIMIT, "columns": COLUMNS, **options}
    return [json.dumps({**asked, "feed": [f"board:{name}" for name in chosen]}).encode() for chosen in choices]


class Server(NamedTuple):
    """A process that serves."""

    address: str
    pid: int

    def usage(self) -> Usage:
        """Return what it has used."""
        return usage(self.pid)

    def probe(self) -> dict[str, int]:
        """Return what a gateway holds for the client for whom most waits."""
        return cast("dict[str, int]", httpx.get(f"http://{self.address}/probe", timeout=30).json())

    def plan(self, *, deflate: bool = True, snapshots: int = BOARDS_EACH) -> Plan:
        """Return how clients follow three boards each."""
        return Plan(self.address, greetings(), snapshots, deflate)


@contextmanager
def served(module: str, *arguments: str) -> Iterator[Server]:
    """Run a server of this folder on its core."""
    command = [sys.executable, "-m", f"tests.benchmarks.{module}", "--core", str(SERVER_CORE), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            found = re.search(r"listening on (\d+)", process.stdout.readline())
            assert found, "the server did not start"
            yield Server(f"127.0.0.1:{found[1]}", process.pid)
        finally:
            process.kill()


class Crowd:
    """The process of all clients."""

    def __init__(self, channel: "Connection", pid: int) -> None:
        """Take the way to it."""
        self._channel = channel
        self._pid = pid

    def connect(self, plan: Plan, clients: int) -> float:
        """Connect so many more; return the seconds until each has its snapshots."""
        self._channel.send(("connect", (plan, clients)))
        return cast("float", self._channel.recv())

    def begin(self, seconds: float) -> None:
        """Begin to note what comes, for so long."""
        self._channel.send(("listen", (seconds,)))

    def end(self) -> Report:
        """Wait until it has; return what came."""
        return cast("Report", self._channel.recv())

    def read(self, seconds: float) -> None:
        """Read for so long, and forget what came: what nobody reads would be old later."""
        self.begin(seconds)
        self.end()

    def close(self) -> None:
        """Close all connections."""
        self._channel.send(("close", ()))
        self._channel.recv()

    def usage(self) -> Usage:
        """Return what it has used."""
        return usage(self._pid)


def serve_commands(channel: "Connection") -> None:
    """Do what the other process says until it ends."""
    raise_file_limit()
    client = LoadClient()
    while True:
        try:
            name, arguments = channel.recv()
        except EOFError:
            return
        method: Any = getattr(client, name)
        channel.send(method(*arguments))


@contextmanager
def crowd() -> Iterator[Crowd]:
    """Run a process for clients, on the core of this one."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_commands, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    with ours:
        yield Crowd(ours, process.pid or 0)
    process.join(5)
    process.kill()


@contextmanager
def gateway() -> Iterator[tuple[Server, Crowd]]:
    """Run a gateway that serves a market in motion, and a process for its clients."""
    with ExitStack() as stack:
        stack.enter_context(pinned(OTHERS_CORE))
        valkey = stack.enter_context(EmbeddedValkey())
        stack.enter_context(trading(valkey.url))
        server = stack.enter_context(served("gateway_server", "--redis-url", valkey.url))
        yield server, stack.enter_context(crowd())


class Window(NamedTuple):
    """What was seen within some seconds."""

    report: Report
    cpu_seconds: float
    """Of the server."""
    load_share: float
    """How much of its core the process of the clients used."""
    core_share: float
    """How much of the server's core was used by anything, the kernel's share for the network included."""

    @property
    def cpu_share(self) -> float:
        """How much of its core the server used."""
        return self.cpu_seconds / self.report.seconds

    @property
    def frames_per_core_second(self) -> float:
        """Snapshots and changes for each second of the server's CPU."""
        return self.report.data_frames / self.cpu_seconds


def watch(server: Server, clients: Crowd, seconds: float) -> Window:
    """Listen for so long."""
    before, load_before, idle_before, began = server.usage(), clients.usage(), idle_seconds(SERVER_CORE), monotonic()
    clients.begin(seconds)
    report = clients.end()
    load = clients.usage().cpu_seconds - load_before.cpu_seconds
    idle, seconds = idle_seconds(SERVER_CORE) - idle_before, monotonic() - began
    return Window(report, server.usage().cpu_seconds - before.cpu_seconds, load / seconds, 1 - idle / seconds)


def idle_seconds(core: int) -> float:
    """Return for how long a core has had nothing to do."""
    times = psutil.cpu_times(percpu=True)
    return times[min(core, len(times) - 1)].idle


class Delays(NamedTuple):
    """Milliseconds of every change to every client, and of every state of a feed to its first client."""

    whole: Milliseconds
    """From the write into Redis to the client."""
    first: Milliseconds
    """From the write into Redis to the first client that got this state of this feed."""
    turn: Milliseconds
    """From the first client to this one."""

    @property
    def apart(self) -> Milliseconds:
        """The whole apart from the wait for the flush: what the state that waited least needed, and the turn."""
        least: int = self.first.min()
        return self.turn + least


def delays(report: Report) -> Delays:
    """Return how long changes took."""
    found: list[tuple[tuple[str, int, int], Milliseconds]] = []
    first: dict[tuple[str, int, int], int] = {}
    for heads, times in report.bursts:
        arrived = np.frombuffer(times, np.int64)
        for head in heads:
            if head.type == "change" and head.published_time is not None:
                state = (head.feed, head.sequence, head.published_time)
                first[state] = min(first.get(state, int(arrived[0])), int(arrived.min()))
                found.append((state, arrived))
    return Delays(
        np.concatenate([arrived - state[2] for state, arrived in found]),
        np.array([at - state[2] for state, at in first.items()]),
        np.concatenate([arrived - first[state] for state, arrived in found]),
    )


def quantiles(values: Sequence[float] | npt.NDArray[Any]) -> str:
    """Return median and 99th percentile."""
    p50, p99 = np.percentile(values, [50, 99])
    return f"{p50:.0f} / {p99:.0f}"
