"""The notebook of ``docs/examples`` runs as it stands, against a real gateway."""

import ast
import asyncio
import json
from collections.abc import Iterator
from inspect import iscoroutine
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from streams.embedded_valkey import EmbeddedValkey
from tests.support.gateway import answer_when, gateway
from tests.support.workers import Workers

NOTEBOOK: Final = Path(__file__).parents[2] / "docs" / "examples" / "scan.ipynb"
TICKERS: Final = 40


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Give workers on a Valkey of this test's own."""
    with EmbeddedValkey() as server, redis.Redis.from_url(server.url) as client:
        yield Workers(client)


def market(step: int) -> dict[str, dict[str, float]]:
    """Return a market that moves with each step."""
    return {
        f"T{n:02}": {"price": 2.0 + n, "change_pct": float((n * 7 + step) % TICKERS), "accumulated_volume": 5000.0}
        for n in range(TICKERS)
    }


async def run_cell(source: str, names: dict[str, Any]) -> None:
    """Run a cell, which may await, among the names of those before it."""
    code = compile(source, str(NOTEBOOK), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    done = eval(code, names)  # noqa: S307 - the project's own notebook
    if iscoroutine(done):
        await done


async def keep_moving(workers: Workers) -> None:
    """Let the market move until cancelled."""
    for step in range(10_000):
        await asyncio.to_thread(workers.write, market(step))
        await asyncio.sleep(0.1)


async def test_the_notebook_runs(workers: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cell, in order: the tables have the market's rows."""
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    port = workers.redis.connection_pool.connection_kwargs["port"]
    names: dict[str, Any] = {}
    workers.write(market(0))
    with gateway(f"redis://127.0.0.1:{port}/0") as address:
        await answer_when(address, "/readyz", lambda answer: answer.status_code == 200)
        monkeypatch.setenv("TICKERBOARD_GATEWAY", f"ws://{address}/ws")
        moving = asyncio.create_task(keep_moving(workers))
        async with asyncio.timeout(30):
            for cell in cells:
                if cell["cell_type"] == "code":
                    await run_cell("".join(cell["source"]), names)
        moving.cancel()
        await asyncio.wait([moving])

    assert names["gainers"].height == 10
    assert names["gainers"]["change_pct"].is_sorted(descending=True)
    assert names["found"].columns == ["ticker", *names["scan"]["columns"]]
    assert names["table"].height == 15
    assert names["updates"] == names["ENOUGH"]
