"""All clients come back at once: until each has the snapshots of its three boards."""

import time
from collections.abc import Iterator
from typing import Final

from tests.benchmarks.gateway_rig import allowed, gateway
from tests.benchmarks.table import Result

CLIENTS: Final = 5_000
ROUNDS: Final = 3
"""The first is not a return: the gateway has no feeds yet."""
REST_SECONDS: Final = 1.0


def measure() -> Iterator[Result]:
    """Measure how long clients take to connect, then to come back."""
    wanted, rows = allowed(CLIENTS), []
    with gateway() as (server, clients):
        for number in range(ROUNDS):
            before, load_before = server.usage().cpu_seconds, clients.usage().cpu_seconds
            seconds = clients.connect(server.plan(), wanted)
            used = (server.usage().cpu_seconds - before) / seconds
            load = (clients.usage().cpu_seconds - load_before) / seconds
            name = "first" if number == 0 else "again"
            rows.append(
                [name, f"{wanted:,}", f"{seconds:.1f}", f"{wanted / seconds:,.0f}", f"{used:.0%}", f"{load:.0%}"]
            )
            clients.close()
            time.sleep(REST_SECONDS)
    note = (
        "From the first connection to the last snapshot; each client connects, asks for three boards and waits for "
        "their snapshots, 500 of them at a time. Goal: <= 6 s."
    )
    columns = ["connecting", "clients", "seconds", "clients/s", "gateway's CPU", "clients' CPU"]
    yield Result("Gateway: all clients come back", columns, rows, note)
