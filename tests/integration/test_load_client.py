"""The clients of benchmarks against a real gateway: they get what other clients get, and say when."""

import json
from collections.abc import Iterator

import pytest
import redis

from schemas.clock import now_ms
from streams.embedded_valkey import EmbeddedValkey
from tests.support.gateway import gateway
from tests.support.load_client import LoadClient, Plan, frames_of, text_frame
from tests.support.workers import Workers

CLIENTS = 30
BOARDS = ("board:gainers", "board:volume")


@pytest.fixture
def valkey() -> Iterator[str]:
    with EmbeddedValkey() as server:
        yield server.url


@pytest.mark.parametrize("deflate", [False, True])
def test_every_client_gets_snapshots_and_changes(valkey: str, *, deflate: bool) -> None:
    """All frames are counted, those with rows dated by when they were written."""
    with redis.Redis.from_url(valkey) as connection, gateway(valkey) as address:
        workers = Workers(connection)
        rows = {f"T{number}": {"change_pct": 1.0 + number, "accumulated_volume": 5.0} for number in range(40)}
        workers.write(rows)
        client = LoadClient()
        greetings = [json.dumps({"action": "subscribe", "feed": feed}).encode() for feed in (list(BOARDS), BOARDS[0])]
        assert client.connect(Plan(address, greetings, 1, deflate), CLIENTS) > 0
        client.listen(0.5)
        began = now_ms()
        workers.write({**rows, "T1": {"change_pct": 99.0, "accumulated_volume": 5.0}})
        report = client.listen(2.0)
        client.close()
    changes = [(head, times) for heads, times in report.bursts for head in heads if head.type == "change"]
    # Two partitions may be shown one after the other.
    assert {head.feed for head, _ in changes} <= set(BOARDS)
    assert sum(len(times) for head, times in changes if head.feed == BOARDS[0]) >= CLIENTS
    assert all(began <= (head.published_time or 0) <= time for head, times in changes for time in times)
    assert (report.lost, report.unread) == (0, 0)
    assert report.count("heartbeat") > CLIENTS
    assert any('"T1"' in text for text in report.texts)


def test_frames_are_taken_apart_where_they_end() -> None:
    """The lengths of RFC 6455; what is not whole is left."""
    short, medium, large = b"a" * 125, b"b" * 126, b"c" * 65_536
    data = b"\x81\x7d" + short + b"\x81\x7e\x00\x7e" + medium + b"\x81\x7f" + (65_536).to_bytes(8, "big") + large
    frames, used = frames_of(data + b"\x81\x05abc")
    assert [payload for _, payload in frames] == [short, medium, large]
    assert used == len(data)
    assert text_frame(b"hi") == b"\x81\x82\x00\x00\x00\x00hi"
