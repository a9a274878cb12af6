"""Alerts over REST: a real gateway on a real Valkey that holds what a worker would have written."""

import asyncio
from collections.abc import Iterator

import httpx
import pytest
import redis

from schemas import redis_keys
from schemas.records import Alert
from streams.alert_writer import encode
from streams.embedded_valkey import EmbeddedValkey
from tests.support.gateway import answer_when, gateway
from tests.support.workers import Workers

pytestmark = pytest.mark.integration

HIGHS = 1200
"""More than are read from Redis at once."""


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Give ``host:port`` of a gateway whose Redis holds many highs of AAPL and one halt of MSFT, the oldest of all."""
    with EmbeddedValkey() as valkey, redis.Redis.from_url(valkey.url) as client, gateway(valkey.url) as listening:
        workers = Workers(client)
        workers.write({"AAPL": {"accumulated_volume": 1.0}, "MSFT": {"accumulated_volume": 2.0}})
        alerts = [
            Alert(
                id=f"new_high:AAPL:{time}",
                kind="new_high",
                ticker="AAPL",
                event_time=time,
                session="regular",
                count=time,
            )
            for time in range(1, HIGHS + 1)
        ]
        alerts.append(
            Alert(id="halted:MSFT:0", kind="halted", ticker="MSFT", event_time=0, session="regular", note="news")
        )
        key = redis_keys.alerts(workers.trading_date)
        client.zadd(key, {encode(alert): alert.event_time for alert in alerts})
        asyncio.run(answer_when(listening, "/api/boards/volume", lambda answer: bool(answer.json().get("rows"))))
        yield listening


def ask(address: str, query: str = "") -> httpx.Response:
    """Ask for alerts."""
    return httpx.get(f"http://{address}/api/alerts{query}")


def test_newest_first(address: str) -> None:
    """Without a filter the newest hundred come, newest first, with every field."""
    answer = ask(address).json()

    assert [alert["event_time"] for alert in answer["alerts"]] == list(range(HIGHS, HIGHS - 100, -1))
    assert answer["alerts"][0] == {
        "id": f"new_high:AAPL:{HIGHS}",
        "kind": "new_high",
        "ticker": "AAPL",
        "event_time": HIGHS,
        "session": "regular",
        "price": None,
        "level": None,
        "value": None,
        "count": HIGHS,
        "quality_days": None,
        "note": "",
    }


@pytest.mark.parametrize("query", ["?kind=halted", "?ticker=MSFT", "?kind=halted&kind=resumed&ticker=MSFT&ticker=X"])
def test_filters_look_at_all(address: str, query: str) -> None:
    """A filter finds what stands behind many others."""
    (alert,) = ask(address, query).json()["alerts"]

    assert (alert["id"], alert["note"]) == ("halted:MSFT:0", "news")


def test_since_and_limit(address: str) -> None:
    """``since`` is the earliest event time, ``limit`` the number of the newest ones."""
    assert [alert["event_time"] for alert in ask(address, f"?since={HIGHS - 1}").json()["alerts"]] == [HIGHS, HIGHS - 1]
    assert len(ask(address, "?limit=1000").json()["alerts"]) == 1000


@pytest.mark.parametrize("limit", [1, 7, 500, 1000])
def test_pages_follow_each_other(address: str, limit: int) -> None:
    """Each alert once, newest first, also where many are of one instant and few are asked for."""
    found: list[int] = []
    query: str | None = f"?limit={limit}&since={HIGHS - 40 if limit < 100 else 0}"
    pages = 0
    while query is not None:
        answer = ask(address, query).json()
        found += [alert["event_time"] for alert in answer["alerts"]]
        after = answer["next"]
        base = f"?limit={limit}&since={HIGHS - 40 if limit < 100 else 0}"
        query = f"{base}&until={after['until']}&skip={after['skip']}" if after else None
        pages += 1

    expected = list(range(HIGHS, HIGHS - 41, -1)) if limit < 100 else list(range(HIGHS, -1, -1))
    assert found == expected
    assert pages >= len(expected) // limit


def test_halts(address: str) -> None:
    """The alerts of two kinds under their own name."""
    answer = httpx.get(f"http://{address}/api/halts").json()

    assert [alert["id"] for alert in answer["alerts"]] == ["halted:MSFT:0"]
    assert answer["next"] is None


def test_as_csv_and_not_twice(address: str) -> None:
    """In the form that is asked for, with a tag that spares sending it again."""
    csv = httpx.get(f"http://{address}/api/alerts?kind=halted", headers={"accept": "text/csv"})
    again = httpx.get(
        f"http://{address}/api/alerts?kind=halted",
        headers={"accept": "text/csv", "if-none-match": csv.headers["etag"]},
    )

    head, line = csv.text.splitlines()
    assert head.split(",")[:4] == ["id", "kind", "ticker", "event_time"]
    assert line.split(",")[:4] == ["halted:MSFT:0", "halted", "MSFT", "0"]
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("?kind=new_hihg", 404, "unknown_kind"),
        ("?ticker=A%20B", 422, "bad_symbol"),
        ("?limit=0", 422, "invalid"),
        ("?since=yesterday", 422, "invalid"),
    ],
)
def test_refused(address: str, query: str, status: int, code: str) -> None:
    """What cannot be asked is refused with a code and a sentence."""
    answer = ask(address, query)

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code
    assert answer.json()["error"]["message"]


def test_kinds(address: str) -> None:
    """Every kind is described."""
    kinds = httpx.get(f"http://{address}/api/alert-kinds").json()["kinds"]

    assert {kind["name"] for kind in kinds} >= {"new_high", "halted", "entered"}
    assert all(kind["title"] and kind["meaning"] for kind in kinds)
