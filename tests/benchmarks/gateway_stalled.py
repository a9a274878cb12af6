"""One client that reads nothing among 500 that do: what it takes from them, and what it holds."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from schemas.metrics import COLUMNS
from tests.benchmarks.gateway_market import BOARDS
from tests.benchmarks.gateway_rig import Server, allowed, delays, gateway, greetings, quantiles
from tests.benchmarks.table import Result
from tests.support.load_client import UPGRADE, text_frame

CLIENTS: Final = 500
SECONDS: Final = 6.0
SETTLE_SECONDS: Final = 1.0
RECEIVE_BUFFER_BYTES: Final = 4096
"""Of the client that reads nothing: what waits, waits at the gateway."""
LOOKS_SECONDS: Final = 0.5
NAMES: Final = (
    "beside 500 readers",
    "their ms, p50 / p99",
    "apart from the flush wait",
    "KB it holds: gateway",
    "kernel",
)


@contextmanager
def stalled(server: Server, greeting: bytes) -> Iterator[None]:
    """Connect a client that asks and never reads."""
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
        host, _, port = server.address.rpartition(":")
        connection.connect((host, int(port)))
        connection.sendall(UPGRADE.format(host=server.address, extensions="").encode())
        time.sleep(0.2)
        connection.sendall(text_frame(greeting))
        yield


def greedy() -> bytes:
    """Return a greeting that asks for all there is: every board, row and column, ten times a second."""
    return greetings(len(BOARDS), limit=500, columns=COLUMNS, rate=10)[0]


def measure() -> Iterator[Result]:
    """Measure without, with a client as the others are, and with one that asks for all there is."""
    rows = []
    with gateway() as (server, clients):
        clients.connect(server.plan(), allowed(CLIENTS))
        clients.read(SETTLE_SECONDS)
        clients.begin(SECONDS)
        late = delays(clients.end())
        rows.append(["none", quantiles(late.whole), quantiles(late.apart), "", ""])
        for name, greeting in (("one that asks for as much", greetings()[0]), ("one that asks for all", greedy())):
            with stalled(server, greeting):
                clients.begin(SECONDS)
                looks = []
                for _ in range(round(SECONDS / LOOKS_SECONDS) - 1):
                    time.sleep(LOOKS_SECONDS)
                    looks.append(server.probe())
                late = delays(clients.end())
            most = max(looks, key=lambda look: look["process"] + look["kernel"])
            held = [f"{most[where] / 1024:.0f}" for where in ("process", "kernel")]
            rows.append([name, quantiles(late.whole), quantiles(late.apart), *held])
            clients.read(SETTLE_SECONDS)
    note = (
        f"{CLIENTS} clients on three boards each; beside them one that reads nothing, {SECONDS:g} s each. What it "
        "holds is the most that was seen to wait for it in the gateway and in the kernel. Goals: the others' p99 "
        "<= 1.5x of what it is without; <= 256 KB in all."
    )
    yield Result("Gateway: a client that reads nothing", NAMES, rows, note)
