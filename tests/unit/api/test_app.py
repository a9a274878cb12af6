"""``api.app``: REST before anything was read, headers, and the page where it is not built."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.settings import Settings
from schemas.boards import BOARD_NAMES
from schemas.metrics import COLUMNS


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of a gateway that was never started: it has read nothing."""
    app = create_app(Settings(redis_url="redis://127.0.0.1:1/0", dashboard=tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as connected:
        yield connected


async def test_boards_and_metrics_are_listed(client: httpx.AsyncClient) -> None:
    """Also while there is no data."""
    boards = (await client.get("/api/boards")).json()["boards"]
    metrics = (await client.get("/api/metrics")).json()["metrics"]

    assert [board["name"] for board in boards] == list(BOARD_NAMES)
    assert boards[1] == {
        "name": "gainers",
        "title": "Gainers",
        "group": "Price",
        "metric": "change_pct",
        "unit": "percent",
        "descending": True,
        "where": "",
        "explanation": "",
        "size": 500,
        "sessions": ["pre_market", "regular", "post_market", "closed"],
    }
    gappers = next(board for board in boards if board["name"] == "small_cap_gappers")
    assert gappers["where"] == "market_cap < 2e9 and abs(gap_pct) >= 5 and price >= 1"
    assert gappers["explanation"].startswith("market_cap is below $2 billion and the size of gap_pct is at least 5 %")
    assert gappers["sessions"] == ["pre_market"]
    assert [metric["name"] for metric in metrics] == list(COLUMNS)


async def test_an_unread_board_is_empty_and_says_why(client: httpx.AsyncClient) -> None:
    """No rows, no invented time."""
    answer = (await client.get("/api/boards/gainers")).json()

    assert (answer["rows"], answer["event_time"], answer["stale"], answer["reason"]) == ([], None, True, "no_data")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/boards/ganers", 404, "unknown_board"),
        ("/api/boards/gainers?limit=0", 422, "invalid"),
        ("/api/boards/gainers?limit=x", 422, "invalid"),
        ("/api/symbols/NOBODY", 404, "unknown_symbol"),
        ("/api/symbols/A%20B", 422, "bad_symbol"),
        ("/api/nothing", 404, "http_error"),
    ],
)
async def test_errors_have_one_shape(client: httpx.AsyncClient, path: str, status: int, code: str) -> None:
    """A code, a sentence, the value."""
    answer = await client.get(path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert set(answer.json()["error"]) == {"code", "message", "value"}


async def test_not_ready_before_redis_was_read(client: httpx.AsyncClient) -> None:
    """But alive."""
    ready = await client.get("/readyz")

    assert (await client.get("/livez")).status_code == 200
    assert (ready.status_code, ready.json()["reason"]) == (503, "no_data")


async def test_an_unbuilt_page_says_how_to_build_it(client: httpx.AsyncClient) -> None:
    """And the rest works."""
    answer = await client.get("/")

    assert (answer.status_code, "npm run build" in answer.text) == (503, True)


async def test_every_answer_forbids_what_the_page_does_not_need(client: httpx.AsyncClient) -> None:
    """No inline script or style, nothing from elsewhere."""
    for path in ("/", "/api/boards", "/api/nothing"):
        policy = (await client.get(path)).headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy


async def test_a_named_origin_may_ask_whether_anything_is_new(tmp_path: Path) -> None:
    """Its page may send If-None-Match, and read the ETag that it takes for that."""
    desk = "https://desk.example"
    app = create_app(Settings(redis_url="redis://127.0.0.1:1/0", dashboard=tmp_path, origins=desk))
    asking = {"access-control-request-method": "GET", "access-control-request-headers": "if-none-match"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        before = await client.options("/api/boards/gainers", headers={"origin": desk, **asking})
        read = await client.get("/api/boards/gainers", headers={"origin": desk})

    assert before.status_code == 200
    assert "if-none-match" in before.headers["access-control-allow-headers"].lower()
    assert "etag" in read.headers["access-control-expose-headers"].lower()
    assert "etag" in read.headers


async def test_an_open_gateway_is_asked_for_by_names_it_knows(tmp_path: Path) -> None:
    """Else by REST too there is no answer but 403; what holds no data is for everybody."""
    app = create_app(Settings(redis_url="redis://127.0.0.1:1/0", dashboard=tmp_path, access="open"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        known = await client.get("/api/boards")
        rebound = await client.get("/api/boards", headers={"host": "rebound.example"})
        alive = await client.get("/livez", headers={"host": "rebound.example"})

    assert (known.status_code, alive.status_code) == (200, 200)
    assert (rebound.status_code, rebound.json()["error"]["code"]) == (403, "origin_not_allowed")


async def test_every_route_is_described(client: httpx.AsyncClient) -> None:
    """With the shape of its answer."""
    paths = (await client.get("/openapi.json")).json()["paths"]

    assert set(paths) == {
        "/api/boards",
        "/api/boards/{name}",
        "/api/symbols/{ticker}",
        "/api/metrics",
        "/api/alerts",
        "/api/alert-kinds",
        "/api/halts",
        "/api/scans",
        "/api/scans/check",
        "/api/scans/{scan_id}",
        "/api/scans/{scan_id}/rows",
        "/api/layouts",
        "/api/layouts/{name}",
        "/livez",
        "/readyz",
    }
    for path in paths.values():
        for method, described in path.items():
            codes = described["responses"]
            answer = codes.get("200") or codes.get("201")
            assert method == "delete" or "$ref" in answer["content"]["application/json"]["schema"]
