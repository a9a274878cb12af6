"""``api.gateway``: keys come to their end also while the store does not answer."""

import asyncio
from pathlib import Path
from threading import Event

import pytest

from api.access import Caller
from api.entrance import Session
from api.gateway import Gateway
from api.keys import new_key
from api.refusals import Code, Refusal
from api.settings import Settings
from api.store.keys import add_key
from schemas.clock import now_ms


async def test_a_store_that_hangs_keeps_no_socket_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The end of a key that was known before is kept to."""
    monkeypatch.setattr("api.gateway.LOOK_SECONDS", 0.1)
    gateway = Gateway(Settings(store_url=f"sqlite:///{tmp_path}/store.db", store_seconds=0.1))
    await gateway.store.open()
    key, _ = new_key("desk", ["boards"], now_ms())
    with gateway.store._database.writing() as connection:
        add_key(connection, key._replace(revoked=now_ms() + 300))
    await gateway.store.reload()
    session = Session(Caller(key.id, key.scopes, key.hash, key.name), gateway.settings)
    ended: asyncio.Queue[Refusal] = asyncio.Queue()
    session.end = ended.put_nowait
    gateway.entrance._sessions.add(session)
    hanging = Event()
    gateway.store._thread.submit(hanging.wait)
    looking = asyncio.create_task(gateway._look_up())
    try:
        async with asyncio.timeout(5):
            refusal = await ended.get()
    finally:
        hanging.set()
        looking.cancel()
        await asyncio.wait([looking])
        await gateway.store.close()
        await gateway.redis.aclose()

    assert refusal.code is Code.INVALID_KEY
