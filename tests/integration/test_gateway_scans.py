"""Scans that are saved, checked and followed by id, and layouts, on real gateways that share a store."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import pytest
import redis

from schemas.boards import BOARD_NAMES
from streams.embedded_valkey import EmbeddedValkey
from tests.support.command_line import tickerboard
from tests.support.gateway import QUICK, answer_when, follower, gateway
from tests.support.workers import Workers

MARKET: Final = {
    "CHEAP": {"price": 3.0, "change_pct": 30.0, "relative_volume": 2.0},
    "DEAR": {"price": 300.0, "change_pct": 20.0},
    "FLAT": {"price": 4.0, "change_pct": 0.0},
    "UNKNOWN": {"change_pct": 50.0},
}
SCAN: Final = {"filter": "price  BETWEEN 2 and 20", "sort": "-change_pct", "limit": 10, "columns": ["price"]}


class Pair(NamedTuple):
    """Two gateways that share a store."""

    first: str
    second: str
    store_url: str
    workers: Workers


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Give two gateways over one market."""
    store_url = f"sqlite:///{tmp_path_factory.mktemp('store')}/store.db"
    settings = {**QUICK, "TICKERBOARD_STORE_URL": store_url, "TICKERBOARD_STORE_SECONDS": "0.2"}
    with (
        EmbeddedValkey() as valkey,
        redis.Redis.from_url(valkey.url) as client,
        gateway(valkey.url, settings=settings) as first,
        gateway(valkey.url, settings=settings) as second,
    ):
        workers = Workers(client)
        workers.write(MARKET)
        yield Pair(first, second, store_url, workers)


async def ask(address: str, method: str, path: str, body: object = None, key: str = "") -> httpx.Response:
    """Ask by REST; a body that is no text is sent as JSON."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient() as client:
        url = f"http://{address}{path}"
        if isinstance(body, str):
            return await client.request(method, url, content=body, headers=headers)
        return await client.request(method, url, json=body, headers=headers)


def destroy(folder: Path) -> None:
    """Make nonsense of every file in a folder."""
    for file in folder.iterdir():
        file.write_bytes(b"no database any more" * 1000)


async def ready(pair: Pair) -> None:
    """Wait until both gateways have read the market."""
    for address in (pair.first, pair.second):
        await answer_when(address, "/readyz", lambda answer: answer.status_code == 200)


async def test_a_saved_scan_is_followed_by_id_on_another_gateway(pair: Pair) -> None:
    """And changes there as it does on the first; its rows are also had by REST."""
    pair.workers.write(MARKET)
    saved = await ask(pair.first, "POST", "/api/scans", {"name": "Cheap ones", **SCAN})
    scan_id = saved.json()["id"]
    again = await ask(
        pair.first, "POST", "/api/scans", {"filter": "PRICE between 2 AND 20", "limit": 10, "columns": ["price"]}
    )
    found = await answer_when(pair.second, f"/api/scans/{scan_id}/rows", lambda answer: answer.status_code == 200)
    async with follower(pair.second) as other, follower(pair.first) as client:
        for each in (other, client):
            await each.say(action="subscribe", feed=f"scan:{scan_id}")
            await each.until_rows(f"scan:{scan_id}", lambda rows: rows == [("CHEAP", 3.0), ("FLAT", 4.0)])
        pair.workers.write({**MARKET, "FLAT": {"price": 5.0, "change_pct": 40.0}})
        for each in (other, client):
            await each.until_rows(f"scan:{scan_id}", lambda rows: rows == [("FLAT", 5.0), ("CHEAP", 3.0)])
        gone = await ask(pair.first, "DELETE", f"/api/scans/{scan_id}")
        pair.workers.write(MARKET)
        await other.until_rows(f"scan:{scan_id}", lambda rows: rows == [("CHEAP", 3.0), ("FLAT", 4.0)])

    assert (saved.status_code, again.status_code, again.json()["id"]) == (201, 200, scan_id)
    assert saved.json() == {
        "id": scan_id,
        "filter": "price BETWEEN 2 AND 20",
        "sort": "-change_pct",
        "limit": 10,
        "columns": ["price"],
        "explanation": "price is between $2 and $20",
        "name": "Cheap ones",
        "built_in": False,
    }
    assert (found.json()["matches"], found.json()["trading_date"]) == (2, "2026-11-20")
    assert found.json()["rows"][0] == {"rank": 1, "symbol": "CHEAP", "metrics": {"price": 3.0}}
    assert gone.status_code == 204
    assert (await ask(pair.first, "DELETE", f"/api/scans/{scan_id}")).json()["error"]["code"] == "unknown_scan"


async def test_boards_and_saved_scans_are_listed_page_by_page(pair: Pair) -> None:
    """Boards first; pages put together are the whole."""
    named = [f"Number {number}" for number in range(3)]
    ids = [
        (await ask(pair.first, "POST", "/api/scans", {"name": name, "filter": f"price > {at}"})).json()["id"]
        for at, name in enumerate(named)
    ]
    whole = (await ask(pair.first, "GET", "/api/scans?limit=500")).json()
    pages: list[dict[str, Any]] = []
    while len(pages) < whole["total"]:
        page = (await ask(pair.second, "GET", f"/api/scans?offset={len(pages)}&limit=7")).json()["scans"]
        assert page
        pages += page
    for scan_id in ids:
        await ask(pair.first, "DELETE", f"/api/scans/{scan_id}")

    assert pages == whole["scans"]
    assert [scan["id"] for scan in pages] == [*BOARD_NAMES, *ids]
    assert [scan["name"] for scan in pages if not scan["built_in"]] == named


async def test_a_board_is_a_scan(pair: Pair) -> None:
    """With its condition, and its rows."""
    await ready(pair)
    board = (await ask(pair.first, "GET", "/api/scans/gainers")).json()
    rows = (await ask(pair.first, "GET", "/api/scans/gainers/rows?limit=1")).json()

    assert (board["id"], board["sort"]) == ("gainers", "-change_pct")
    assert [row["symbol"] for row in rows["rows"]] == ["UNKNOWN"]


async def test_a_check_says_what_is_meant_and_counts(pair: Pair) -> None:
    """Undefined matches nothing, also under NOT; nothing is saved by it."""
    pair.workers.write(MARKET)
    await ready(pair)
    checked = (
        await ask(pair.first, "POST", "/api/scans/check", {"filter": "not price > 10 and change_pct >= 0"})
    ).json()
    everything = (await ask(pair.first, "POST", "/api/scans/check", {})).json()

    assert checked["explanation"] == "price is not above $10 and change_pct is at least 0 %"
    assert (checked["filter"], checked["matches"], checked["tickers"]) == ("NOT price > 10 AND change_pct >= 0", 2, 4)
    assert (everything["explanation"], everything["matches"]) == ("", 4)
    assert (await ask(pair.first, "GET", f"/api/scans/{checked['id']}")).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (
            {"filter": "price > 2 and chnge_pct > 1"},
            422,
            {
                "code": "bad_filter",
                "value": "chnge_pct",
                "position": 14,
                "near": ["change_pct", "change_5m_pct", "change_1m_pct"],
            },
        ),
        ({"filter": "price >"}, 422, {"code": "bad_filter", "position": 6}),
        ({"filter": "price > 2; drop table scans"}, 422, {"code": "bad_filter", "value": ";"}),
        ({"filter": 7}, 422, {"code": "bad_filter", "value": 7}),
        ({"sort": "+price"}, 422, {"code": "bad_sort", "value": "+price"}),
        ({"limit": 0}, 422, {"code": "bad_limit", "value": 0}),
        ({"columns": ["prise"]}, 422, {"code": "unknown_metric", "value": "prise"}),
        ({"where": "price > 2"}, 422, {"code": "unknown_field", "value": "where"}),
        ("[", 422, {"code": "bad_json"}),
        ("[" * 9000, 422, {"code": "bad_json"}),
        ([], 422, {"code": "not_an_object"}),
        ({"filter": "x" * 20_000}, 413, {"code": "too_large"}),
    ],
)
async def test_a_bad_scan_is_refused_with_what_is_wrong(
    pair: Pair, body: object, status: int, error: dict[str, Any]
) -> None:
    """By the check, and where it would be saved."""
    for path in ("/api/scans/check", "/api/scans"):
        answer = await ask(pair.first, "POST", path, body)
        said = answer.json()["error"]
        assert answer.status_code == status, said
        assert said["message"]
        assert {field: said[field] for field in error} == error


async def test_a_name_may_be_said_and_no_other(pair: Pair) -> None:
    """Line feeds and the like do not get into lists."""
    for name in ("a\nb", "x" * 101, 7):
        answer = await ask(pair.first, "POST", "/api/scans", {"name": name, "filter": "price > 2"})
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "bad_name")


async def test_layouts_are_kept_as_they_were_put(pair: Pair) -> None:
    """On every gateway at once, for they are read from the store."""
    layout = {"panes": [{"board": "gainers", "width": 0.5}], "theme": None}
    put = await ask(pair.first, "PUT", "/api/layouts/my desk", layout)
    got = await ask(pair.second, "GET", "/api/layouts/my desk")
    listed = await ask(pair.second, "GET", "/api/layouts")
    gone = [await ask(pair.second, method, "/api/layouts/my desk") for method in ("DELETE", "DELETE", "GET")]

    assert put.json() == got.json() == {"name": "my desk", "updated": got.json()["updated"], "layout": layout}
    assert [one["name"] for one in listed.json()["layouts"]] == ["my desk"]
    assert [answer.status_code for answer in gone] == [204, 404, 404]


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("x", "[]", 422, "not_an_object"),
        ("x", "{", 422, "bad_json"),
        ("x", {"long": "x" * 70_000}, 413, "too_large"),
        ("x" * 101, {}, 422, "bad_name"),
        ("a%0Ab", {}, 422, "bad_name"),
    ],
)
async def test_a_bad_layout_is_refused(pair: Pair, name: str, body: object, status: int, code: str) -> None:
    """And nothing is kept."""
    answer = await ask(pair.first, "PUT", f"/api/layouts/{name}", body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert (await ask(pair.first, "GET", "/api/layouts")).json() == {"layouts": []}


async def test_each_key_has_scans_and_layouts_of_its_own(pair: Pair) -> None:
    """The scan itself is for whoever knows its id; only its owner takes it away."""
    keys = [
        tickerboard("keys", "create", "--name", name, "--store-url", pair.store_url).stdout.strip()
        for name in ("one", "two")
    ]
    one, two = keys
    for key in keys:
        await answer_when(pair.first, "/api/boards", lambda answer: answer.status_code == 200, key)
    saved = (await ask(pair.first, "POST", "/api/scans", {"name": "mine", "filter": "price > 77"}, one)).json()
    await ask(pair.first, "PUT", "/api/layouts/desk", {"of": "one"}, one)
    seen = {
        key: (await ask(pair.first, "GET", "/api/scans?limit=500", key=key)).json()["total"] - len(BOARD_NAMES)
        for key in ("", *keys)
    }
    theirs = await ask(pair.first, "GET", f"/api/scans/{saved['id']}", key=two)
    taken = [
        await ask(pair.first, "DELETE", path, key=two) for path in (f"/api/scans/{saved['id']}", "/api/layouts/desk")
    ]

    assert seen == {"": 0, one: 1, two: 0}
    assert theirs.json()["filter"] == "price > 77"
    assert [answer.status_code for answer in taken] == [404, 404]
    assert (await ask(pair.first, "DELETE", f"/api/scans/{saved['id']}", key=one)).status_code == 204


async def test_no_more_is_saved_than_may_be() -> None:
    """A scan or layout beyond is refused, and what there is stays."""
    settings = {**QUICK, "TICKERBOARD_SAVED_SCANS": "1", "TICKERBOARD_SAVED_LAYOUTS": "1"}
    with gateway("redis://127.0.0.1:1/0", settings=settings) as address:
        answers = [
            await ask(address, method, path, body)
            for method, path, body in (
                ("POST", "/api/scans", {"filter": "price > 1"}),
                ("POST", "/api/scans", {"filter": "price > 2"}),
                ("PUT", "/api/layouts/one", {}),
                ("PUT", "/api/layouts/two", {}),
            )
        ]

    assert [answer.status_code for answer in answers] == [201, 429, 200, 429]
    assert answers[1].json()["error"]["code"] == "too_many_saved"


async def test_a_store_that_fails_later_harms_no_socket(tmp_path: Path) -> None:
    """What needs it says so; scans that were read before are still there."""
    path = tmp_path / "store.db"
    settings = {**QUICK, "TICKERBOARD_STORE_URL": f"sqlite:///{path}", "TICKERBOARD_STORE_SECONDS": "0.1"}
    with gateway("redis://127.0.0.1:1/0", settings=settings) as address:
        saved = (await ask(address, "POST", "/api/scans", {"filter": "price > 1"})).json()
        destroy(tmp_path)
        failed = await ask(address, "POST", "/api/scans", {"filter": "price > 2"})
        await asyncio.sleep(0.5)
        async with follower(address) as client:
            await client.say(action="subscribe", feed=f"scan:{saved['id']}")
            await client.of_type("snapshot")
        alive = await ask(address, "GET", "/livez")

    assert (failed.status_code, failed.json()["error"]["code"]) == (503, "store_unavailable")
    assert alive.status_code == 200


def test_a_gateway_without_a_store_says_so_and_ends(tmp_path: Path) -> None:
    """In one line, before it listens."""
    settings = {**QUICK, "TICKERBOARD_STORE_URL": f"sqlite:///{tmp_path}"}
    with pytest.raises(AssertionError, match="did not start"), gateway("redis://127.0.0.1:1/0", settings=settings):
        pass
