"""Thousands of clients on three boards each, four changes a second; then the same texts by stock FastAPI."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from typing import Final

from tests.benchmarks.gateway_market import BOARDS, SHARE, TICKERS, WRITES
from tests.benchmarks.gateway_rig import (
    BOARDS_EACH,
    COLUMNS,
    LIMIT,
    OTHERS_CORE,
    Crowd,
    Server,
    Window,
    allowed,
    crowd,
    delays,
    gateway,
    pinned,
    quantiles,
    served,
    watch,
)
from tests.benchmarks.table import Result

FEW: Final = len(BOARDS)
"""Clients that follow every board there is: what they cost does not depend on how many there are."""
CLIENTS: Final = (5_000, 10_000)
COMPARED: Final = CLIENTS[0]
SETTLE_SECONDS: Final = 2.0
SECONDS: Final = 6.0
FANOUT: Final = (
    *(
        "clients",
        "frames/s",
        "frames each time",
        "CPU of a core",
        "its core used",
        "ms, p50 / p99",
        "apart from the flush wait",
    ),
    *("flush wait", "KB/s per client", "KB per connection", "snapshots", "clients' CPU"),
)
STOCK: Final = ("server", "deflate", "frames/s", "asked for", "CPU of a core", "frames per core-second", "ratio")


def watch_settled(server: Server, clients: Crowd) -> Window:
    """Watch once it has become quiet after the connecting."""
    clients.read(SETTLE_SECONDS)
    return watch(server, clients, SECONDS)


def fanout(server: Server, clients: Crowd) -> Iterator[tuple[list[str], Window]]:
    """Yield a row for few clients, then for so many more."""
    plan = server.plan()
    clients.connect(plan, FEW)
    window = watch_settled(server, clients)
    before = server.usage().resident_mb
    yield _row(FEW, window, None), window
    there = FEW
    for wanted in dict.fromkeys(map(allowed, CLIENTS)):
        clients.connect(plan, wanted - there)
        there = wanted
        window = watch_settled(server, clients)
        kilobytes = (server.usage().resident_mb - before) * 1024 / (there - FEW)
        yield _row(there, window, kilobytes), window


def _row(clients: int, window: Window, kilobytes: float | None) -> list[str]:
    report, late = window.report, delays(window.report)
    return [
        f"{clients:,}",
        f"{report.data_frames / report.seconds:,.0f}",
        f"{report.data_frames / report.readings:.1f}",
        f"{window.cpu_share:.0%}",
        f"{window.core_share:.0%}",
        quantiles(late.whole),
        quantiles(late.apart),
        quantiles(late.first - late.first.min()),
        f"{report.received_bytes / report.seconds / clients / 1024:.2f}",
        f"{kilobytes:.0f}" if kilobytes is not None else "",
        f"{report.count('snapshot'):,}",
        f"{window.load_share:.0%}",
    ]


def typical(texts: Sequence[str]) -> list[str]:
    """Return three changes of about the middle length."""
    middle = len(texts) // 2
    return sorted(texts, key=len)[middle - 1 : middle + 2]


def stock(texts: Sequence[str], *, plain: bool) -> Window:
    """Return what stock FastAPI makes of the same texts."""
    with pinned(OTHERS_CORE), tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(texts, file)
        file.flush()
        options = ["--plain"] if plain else []
        options += ["--clients", str(allowed(COMPARED))]
        with served("gateway_stock", "--texts", file.name, *options) as server, crowd() as clients:
            clients.connect(server.plan(deflate=not plain, snapshots=0), allowed(COMPARED))
            return watch_settled(server, clients)


def without_deflate() -> Window:
    """Return what the gateway makes of the same load where nobody takes deflate."""
    with gateway() as (server, clients):
        clients.connect(server.plan(deflate=False), allowed(COMPARED))
        return watch_settled(server, clients)


def compared(with_deflate: Window, texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield rows of the gateway and of stock FastAPI, without deflate and with it."""
    asked = allowed(COMPARED) * BOARDS_EACH * WRITES
    for plain, mine in ((True, without_deflate()), (False, with_deflate)):
        theirs = stock(texts, plain=plain)
        ratio = mine.frames_per_core_second / theirs.frames_per_core_second
        for name, window, text in (("gateway", mine, f"{ratio:.1f}x"), ("stock FastAPI, uvicorn", theirs, "1x")):
            yield [
                name,
                "off" if plain else "on",
                f"{window.report.data_frames / window.report.seconds:,.0f}",
                f"{asked:,}",
                f"{window.cpu_share:.0%}",
                f"{window.frames_per_core_second:,.0f}",
                text,
            ]


def measure() -> Iterator[Result]:
    """Measure the fan-out, then compare."""
    with gateway() as (server, clients):
        rows, windows = zip(*fanout(server, clients), strict=True)
    limit = "" if allowed(CLIENTS[-1]) == CLIENTS[-1] else f" This system allows no more than {allowed(CLIENTS[-1]):,}."
    note = (
        f"{TICKERS:,} tickers, {SHARE:.0%} of which change from one write to the next; boards and heads are written "
        f"about {WRITES} times a second, all rows twice, as workers do. Each client follows {BOARDS_EACH} of "
        f"{len(BOARDS)} boards, {LIMIT} rows of {len(COLUMNS)} columns, deflated. Milliseconds from the write of the "
        "newest partition shown to the client; the flush wait is how much longer a state took to its first client than "
        f"the one that took least. Frames are changes and snapshots. Frames each time: in one reading of a client. "
        f"The first row is what the market itself costs.{limit} "
        "Goals: 5,000 clients: CPU <= 40 %, apart from the flush wait 60 / 150 ms, <= 4 KB/s, <= 45 KB; "
        "10,000: CPU <= 70 %."
    )
    yield Result("Gateway: fan-out", FANOUT, rows, note)
    note = (
        f"{allowed(COMPARED):,} clients, three texts each, {WRITES} times a second. The gateway also reads the market "
        "and makes the changes; stock FastAPI has a task for each client, which awaits `send_text` of texts of the "
        "same size. Goals: >= 2x without deflate, >= 4x with it."
    )
    table = list(compared(windows[1], typical(windows[0].report.texts)))
    yield Result("Gateway: against stock FastAPI", STOCK, table, note)
