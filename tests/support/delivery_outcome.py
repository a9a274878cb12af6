"""What the tests of delivery compare: what a run leaves in Kafka and Redis, so that two runs can be compared."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from schemas.codec import Codec
from streams.app import KnownBefore, state_makers
from streams.background import Backgrounds
from streams.changelog import PROGRESS_KEY, Progress, decode_rows
from streams.folding import Folding
from streams.market.trade_conditions import default_rules
from streams.settings import Settings
from streams.tables import SYMBOLS, TABLES, TableSpec
from tests.support.delivery_topics import Item

_MAKERS: Final = state_makers(
    Settings(), dict.fromkeys([table.source.name for table in TABLES], ""), KnownBefore(Backgrounds(), default_rules())
)
FOLDINGS: Final[dict[TableSpec, Folding]] = {table: _MAKERS[table](0)._folding for table in TABLES}
"""How each table reads its changelog."""


class Outcome(NamedTuple):
    """All that a run leaves behind, in a form that two runs of the same records can be compared in."""

    document: dict[str, Any]
    rows: dict[str, dict[str, bytes]]
    """By table the newest row of each ticker in the changelog, without the number of its source."""
    progress: dict[str, dict[int, Progress]]
    """By table where each partition stands, by the changelog, without the number of its source."""
    letters: frozenset[tuple[str, int, int]]
    """Ticker, start and received time of the bars in the dead letters."""
    alerts: dict[str, bytes]
    """By id, as they are in the topic."""


def rows_of(items: Sequence[Item], table: TableSpec = SYMBOLS) -> dict[str, bytes]:
    """Return the newest row of each ticker, without the number of its source."""
    newest = {key: value for _, _, key, value in row_items(items, table)}
    rows = decode_rows(list(newest.values()), FOLDINGS[table])
    rows["source"] = 0
    return {key.decode(): row.tobytes() for key, row in zip(newest, rows, strict=True)}


def row_items(items: Sequence[Item], table: TableSpec) -> list[tuple[int, int, bytes, bytes]]:
    """Return those items of a table's changelog that are rows."""
    folding = FOLDINGS[table]
    return [
        (partition, offset, key, value)
        for partition, offset, key, value in items
        if value is not None and key != PROGRESS_KEY and not folding.is_extra(key)
    ]


def progress_items(items: Sequence[Item]) -> list[tuple[int, int, bytes, Progress]]:
    """Return those items of a table's changelog that say how far it is."""
    return [
        (partition, offset, key, msgspec.msgpack.decode(value, type=Progress))
        for partition, offset, key, value in items
        if value is not None and key == PROGRESS_KEY
    ]


def setbacks(items: Sequence[Item], table: TableSpec = SYMBOLS) -> list[str]:
    """Return in words where a changelog goes back: a key's offset in the source lower than in its record before."""
    told = [(*item[:3], item[3].position) for item in progress_items(items)]
    rows = row_items(items, table)
    offsets = decode_rows([value for *_, value in rows], FOLDINGS[table])["offset"].tolist()
    told += [(*item[:3], position) for item, position in zip(rows, offsets, strict=True)]
    reached: dict[tuple[int, bytes], int] = {}
    found = []
    for partition, offset, key, position in sorted(told):
        before = reached.get((partition, key), -1)
        if position < before:
            found.append(f"partition {partition}, offset {offset}, {key!r}: {position} behind {before}")
        reached[partition, key] = position
    return found


def different(rows: Mapping[str, bytes], others: Mapping[str, bytes], table: TableSpec = SYMBOLS) -> list[str]:
    """Return in words where two sets of rows differ."""
    dtype = FOLDINGS[table].row
    found = [f"{ticker} is in one only" for ticker in sorted(set(rows) ^ set(others))]
    for ticker in sorted(set(rows) & set(others)):
        row, other = (np.frombuffer(both[ticker], dtype)[0] for both in (rows, others))
        names = [name for name in dtype.names or () if row[name].tobytes() != other[name].tobytes()]
        found += [f"{ticker} {name}: {row[name]}, {other[name]}" for name in names]
    return found


def progress_of(items: Sequence[Item]) -> dict[int, Progress]:
    """Return the newest progress of each partition, without what depends on how its records came in batches."""
    newest = {partition: progress for partition, _, _, progress in progress_items(items)}
    return {
        partition: msgspec.structs.replace(progress, source=0, marks=[])
        for partition, progress in sorted(newest.items())
    }


def alerts_of(items: Sequence[Item]) -> dict[str, bytes]:
    """Return the alerts of the topic by id; it may hold one several times, but fail where they differ."""
    codec = Codec()
    found: dict[str, set[bytes]] = defaultdict(set)
    for *_, value in items:
        found[codec.decode(value or b"").id].add(value or b"")  # type: ignore[union-attr] # the topic has alerts only
    contradicted = {
        identity: [codec.decode(value) for value in values] for identity, values in found.items() if len(values) > 1
    }

    assert contradicted == {}
    return {identity: min(values) for identity, values in sorted(found.items())}


def check_shown(shown: Sequence[bytes], alerts: Mapping[str, bytes]) -> None:
    """Fail unless Redis holds the alerts of the topic, each once; ``shown`` is what it holds, as JSON."""
    codec = Codec()
    in_redis = [msgspec.json.decode(alert) for alert in shown]
    by_id = {alert["id"]: alert for alert in in_redis}

    assert len(by_id) == len(in_redis), "Redis holds an alert twice"
    assert sorted(set(alerts) - set(by_id)) == [], "not in Redis"
    assert sorted(set(by_id) - set(alerts)) == [], "not in the topic"
    assert by_id == {identity: msgspec.to_builtins(codec.decode(value)) for identity, value in alerts.items()}
