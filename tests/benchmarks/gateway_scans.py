"""Many distinct scans over the whole market, and how long it takes to compile or refuse one."""

import contextlib
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Final

import numpy as np

from api.feeds import Feed
from api.refusals import Refusal
from api.scans import scan_of
from api.view import Block, Universe, View
from schemas import metrics, parts
from schemas.expressions import Expression
from tests.benchmarks.gateway_market import DATE, EVENT_TIME, PARTITIONS, SESSION, TICKERS, Values, names, states
from tests.benchmarks.gateway_rig import COLUMNS, LIMIT
from tests.benchmarks.table import Result

COUNTS: Final = (100, 1_000)
GOALS: Final = {100: 5, 1_000: 25}
TICKS: Final = 12
FORMS: Final = (
    "price between {a} and {b} and relative_volume_at_time >= {c} and change_pct > {d} and float < 20e6",
    "gap_pct > {d} and price > {a} and not market_cap < {b}e6",
    "change_pct < -{d} and accumulated_volume > {b}e4 or running_60s > {c}",
    "day_high_distance_pct >= -{c} and abs(change_pct) > {d} and volume_5m > {b}",
)
SORTS: Final = ("-change_pct", "-relative_volume", "gap_pct", "-accumulated_volume")
REFUSED: Final = (
    "price >",
    "pricee > 5",
    "price > 5; drop table boards",
    "price > (select 1)",
    "(" * 200 + "price > 1" + ")" * 200,
    " or ".join(["price > 1"] * 1000),
    "not " * 100 + "price > 1",
    "exp(price) > 1",
    "x" * 100_000,
)


def specs(count: int) -> list[dict[str, object]]:
    """Return so many distinct scans, as clients would ask for them."""
    random = np.random.default_rng(7)
    found: list[dict[str, object]] = []
    for number in range(count):
        a, b, c, d = (round(float(value), 3) for value in random.uniform((1, 20, 1, 1), (10, 200, 5, 9)))
        text = FORMS[number % len(FORMS)].format(a=a, b=b, c=c, d=d)
        found.append({"filter": text, "sort": SORTS[number // len(FORMS) % len(SORTS)], "limit": 50})
    return found


def blocks(values: Values, version: int) -> list[Block]:
    """Return the market as the gateway reads it."""
    every = names()
    shares = np.array_split(np.arange(TICKERS), PARTITIONS)
    made = (
        parts.UniversePart.of(version, EVENT_TIME, metrics.COLUMNS, every[share], values[share]) for share in shares
    )
    return [Block(part) for part in made]


def view(universe: Universe, version: int) -> View:
    """Return a view of a universe and no boards."""
    head = parts.Head(
        partition=0,
        partitions=1,
        version=version,
        trading_date=DATE,
        session=SESSION,
        event_time=EVENT_TIME + version,
        complete_through=EVENT_TIME,
        position=0,
        published_time=EVENT_TIME,
        universe_version=version,
    )
    return View([head], {}, universe)


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def ticks(count: int, universes: Callable[[], Iterator[Universe]]) -> list[list[float]]:
    """Return, for each tick, the ms of all conditions, of all orders, and of all feeds."""
    scans = [scan_of(spec) for spec in specs(count)]
    found = universes()
    start = view(next(found), 0)
    feeds = [Feed(scan.topic(4), "bench", start, scan) for scan in scans]
    times = []
    for version in range(1, TICKS + 1):
        universe = next(found)
        fresh = view(universe, version)
        whole = milliseconds(lambda now=fresh: [feed.update(now) for feed in feeds])  # type: ignore[misc]
        alone = Universe(universe.blocks, universe)
        masks = milliseconds(lambda of=alone: [scan.matches(of) for scan in scans])  # type: ignore[misc]
        tables = milliseconds(lambda of=alone: [scan.table(of) for scan in scans])  # type: ignore[misc]
        times.append([masks, tables, whole])
    return times


def texts(given: Sequence[object]) -> list[float]:
    """Return the ms to compile or refuse each."""

    def attempt(spec: object) -> None:
        with contextlib.suppress(Refusal):
            scan_of(spec)

    return [milliseconds(lambda spec=spec: attempt(spec)) for spec in given]  # type: ignore[misc]


def row(name: str, values: Sequence[float], goal: str) -> list[str]:
    """Return a row of a table."""
    p50, p99 = np.percentile(values, [50, 99])
    return [name, f"{len(values):,}", f"{p50:.2f}", f"{p99:.2f}", f"{max(values):.2f}", goal]


def sizes(universes: Iterator[Universe]) -> list[list[str]]:
    """Return rows of the bytes of a snapshot and of changes."""
    scan = scan_of({"limit": LIMIT, "columns": list(COLUMNS)})
    feed = Feed(scan.topic(4), "bench", view(next(universes), 0), scan)
    snapshot, changes = feed.snapshot().message, []
    for version in range(1, TICKS + 1):
        feed.update(view(next(universes), version))
        frame = feed.frame_after(feed.sequence - 1)
        assert frame is not None
        changes.append(frame.message)
    plain, deflated = (
        np.median([len(frame) for frame in frames])
        for frames in ([each.plain for each in changes], [each.deflated for each in changes])
    )
    return [
        ["snapshot", f"{len(snapshot.plain):,}", f"{len(snapshot.deflated):,}", "6,500 / 3,200"],
        ["change, median", f"{plain:,.0f}", f"{deflated:,.0f}", ""],
    ]


def measure() -> Iterator[Result]:
    """Measure ticks, then texts, then sizes."""
    matrices = states()

    def universes() -> Iterator[Universe]:
        previous = Universe(())
        for version in itertools.count():
            previous = Universe(blocks(matrices[version % len(matrices)], version), previous)
            yield previous

    texts([*specs(10), {"filter": REFUSED[0]}])  # what is made at the first use is not counted
    rows = []
    for count in COUNTS:
        times = np.median(ticks(count, universes), axis=0)
        rows.append([f"{count:,}", *(f"{each:.1f}" for each in times), f"{GOALS[count]}"])
    note = (
        f"Milliseconds, median of {TICKS} ticks in which a tenth of {TICKERS:,} rows x {len(metrics.COLUMNS)} columns "
        "change, in one process: all conditions alone, all orders and rows on top of these, and `Feed.update` of all, "
        "with events, differences and encoding."
    )
    yield Result("Gateway: scans", ["distinct scans", "conditions", "rows", "feeds", "goal, feeds"], rows, note)
    fresh = specs(1_500)[1_000:]
    rows = [
        row("compiled", texts(fresh), "1"),
        row("refused", texts([{"filter": text} for text in REFUSED] * 10), "1"),
        row("names looked up only", [milliseconds(lambda: Expression("price > 1")) for _ in range(100)], ""),
    ]
    note = f"{len(REFUSED)} texts that are refused, ten times each."
    columns = ["text", "times", "p50, ms", "p99, ms", "largest, ms", "goal, p99"]
    yield Result("Gateway: a scan's text", columns, rows, note)
    note = f"{LIMIT} rows of {len(COLUMNS)} columns, ratios with all their digits; a tenth of the market changes."
    columns = ["frame", "bytes", "bytes deflated", "goal"]
    yield Result("Gateway: sizes of frames", columns, sizes(universes()), note)
