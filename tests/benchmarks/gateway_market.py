"""A made-up market of 12,000 tickers as workers show it in Redis, written again and again from states made before."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from redis import Redis

from schemas import boards, metrics, parts, redis_keys
from schemas.clock import monotonic, now_ms
from streams.read_model import UNIVERSE_SECONDS

TICKERS: Final = 12_000
PARTITIONS: Final = 8
STATES: Final = 8
SHARE: Final = 0.1
"""Of the rows, that change from one state to the next."""
WRITES: Final = 4
"""A second, about; the rows of a partition are written less often, as workers do."""
PERIOD_SECONDS: Final = 0.26
"""From one write to the next: not the gateway's own period, so that no run has one and the same wait throughout."""
DATE, SESSION = "2026-11-20", "regular"
EVENT_TIME: Final = 1_795_190_400_000
BOARDS: Final = tuple(board.name for board in boards.boards_in(SESSION))

Values = npt.NDArray[np.float64]
Names = npt.NDArray[np.bytes_]


class Packed(NamedTuple):
    """A partition in one state."""

    tickers: bytes
    values: bytes
    boards: dict[str, tuple[bytes, bytes]]
    """Tickers and values of its part of each board."""


def names(tickers: int = TICKERS) -> Names:
    """Return the tickers, ``A00000`` and so on."""
    return np.array([f"A{number:05d}" for number in range(tickers)], parts.TICKER_DTYPE)


def states(tickers: int = TICKERS, count: int = STATES, seed: int = 5) -> list[Values]:
    """Return matrices of all metrics; each differs from the one before in a tenth of the rows, as after a trade."""
    random = np.random.default_rng(seed)
    values = np.round(random.lognormal(3, 1, (tickers, len(metrics.COLUMNS))), 2)
    values[random.random(values.shape) < 0.05] = np.nan
    for name, given in {
        "price": np.round(random.lognormal(3, 1.2, tickers) + 0.5, 2),
        "accumulated_volume": np.floor(random.lognormal(12, 2, tickers)),
        "avg_volume": np.floor(random.lognormal(13, 1.5, tickers)),
        "volume_baseline_at_time": np.floor(random.lognormal(12, 1.5, tickers)),
        "float": np.floor(random.lognormal(17, 1.5, tickers)),
        "running_60s": random.normal(0, 2, tickers),
        "gap_pct": random.normal(0, 5, tickers),
    }.items():
        values[:, _place(name)] = given
    values[:, _place("prev_close")] = np.round(values[:, _place("price")] / (1 + random.normal(0, 0.05, tickers)), 2)
    values[:, _place("open")] = values[:, _place("prev_close")]
    found = [derive(values)]
    for _ in range(count - 1):
        values = found[-1].copy()
        trading = random.permutation(tickers)[: round(tickers * SHARE)]
        values[trading, _place("price")] += random.choice([-0.01, 0.01, 0.02], len(trading))
        values[trading, _place("accumulated_volume")] += random.integers(1, 5000, len(trading))
        values[trading, _place("trades")] += 1
        values[trading, _place("running_60s")] += random.normal(0, 0.1, len(trading))
        found.append(derive(values))
    return found


def derive(values: Values) -> Values:
    """Return the matrix with its ratios made anew, all their digits included."""
    at = {name: values[:, index] for index, name in enumerate(metrics.COLUMNS)}
    at["change"][:] = at["price"] - at["prev_close"]
    at["change_pct"][:] = at["change"] / at["prev_close"] * 100
    at["change_from_open_pct"][:] = (at["price"] - at["open"]) / at["open"] * 100
    at["relative_volume"][:] = at["accumulated_volume"] / at["avg_volume"]
    at["relative_volume_at_time"][:] = at["accumulated_volume"] / at["volume_baseline_at_time"]
    at["dollar_volume"][:] = at["price"] * at["accumulated_volume"]
    at["float_rotation"][:] = at["accumulated_volume"] / at["float"]
    return values


def pack(tickers: Names, values: Values) -> Packed:
    """Return what does not depend on when it is written."""
    packed = {}
    for spec in boards.boards_in(SESSION):
        ranked = values[:, _place(spec.metric)]
        defined = np.flatnonzero(np.isfinite(ranked))
        best = defined[np.lexsort((tickers[defined], (-1 if spec.descending else 1) * ranked[defined]))][: spec.size]
        packed[spec.name] = (tickers[best].tobytes(), ranked[best].tobytes())
    return Packed(tickers.tobytes(), np.ascontiguousarray(values).tobytes(), packed)


class Market:
    """All partitions, in states that follow each other there and back again."""

    def __init__(self, redis: Redis) -> None:
        """Make the states."""
        self._redis = redis
        every = names()
        shares = np.array_split(np.arange(TICKERS), PARTITIONS)
        made = [[pack(every[share], state[share]) for share in shares] for state in states()]
        self._states = itertools.cycle([*made, *made[-2:0:-1]])
        self._version = self._universe_version = 0
        self._universe_at = float("-inf")

    def write(self) -> None:
        """Write the next state, one partition after the other, as a worker does."""
        state = next(self._states)
        self._version += 1
        whole = monotonic() - self._universe_at >= UNIVERSE_SECONDS * 0.9
        if whole:
            self._universe_version, self._universe_at = self._version, monotonic()
        for partition, packed in enumerate(state):
            self._write_partition(partition, packed, whole=whole)

    def _write_partition(self, partition: int, packed: Packed, *, whole: bool) -> None:
        version, event_time, field = self._version, EVENT_TIME + self._version * 250, str(partition)
        pipeline = self._redis.pipeline(transaction=False)
        for name, (tickers, values) in packed.boards.items():
            part = parts.BoardPart(version=version, event_time=event_time, tickers=tickers, values=values)
            pipeline.hset(redis_keys.board(DATE, SESSION, name), field, parts.encode(part))
        if whole:
            universe = parts.UniversePart(
                version=version,
                event_time=event_time,
                columns=metrics.COLUMNS,
                tickers=packed.tickers,
                values=packed.values,
            )
            pipeline.hset(redis_keys.universe(DATE), field, parts.encode(universe))
        head = parts.Head(
            partition=partition,
            partitions=PARTITIONS,
            version=version,
            trading_date=DATE,
            session=SESSION,
            event_time=event_time,
            complete_through=event_time,
            position=version,
            published_time=now_ms(),
            universe_version=self._universe_version,
        )
        pipeline.hset(redis_keys.heads(), field, parts.encode(head))
        pipeline.publish(redis_keys.changes(), parts.encode(head))
        pipeline.execute()


@contextmanager
def trading(redis_url: str) -> Iterator[None]:
    """Write the market once in ``PERIOD_SECONDS``, from another thread, for as long as the context lasts."""
    ended = threading.Event()
    with Redis.from_url(redis_url) as redis:
        market = Market(redis)
        market.write()

        def write() -> None:
            due = monotonic()
            while not ended.wait(max(0.0, due - monotonic())):
                market.write()
                due += PERIOD_SECONDS

        thread = threading.Thread(target=write, name="market")
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def _place(name: str) -> int:
    return metrics.COLUMNS.index(name)
