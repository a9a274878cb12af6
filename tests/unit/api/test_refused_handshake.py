"""A socket that is not let in gets an answer of HTTP, and nothing is logged as if it had failed."""

import asyncio
import logging
import socket

import pytest
import websockets
from websockets.exceptions import InvalidStatus

from api.__main__ import server
from api.settings import Settings


async def test_a_refusal_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """The body says what is wrong, as every answer of REST does."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = server(Settings(redis_url="redis://127.0.0.1:1/0"))
    served = asyncio.create_task(running.serve(sockets=[listener]))
    logger = logging.getLogger("uvicorn.error")
    logger.addHandler(caplog.handler)
    try:
        async with asyncio.timeout(10):
            port = listener.getsockname()[1]
            with pytest.raises(InvalidStatus) as refused:
                await websockets.connect(f"ws://127.0.0.1:{port}/ws", origin=websockets.Origin("https://evil.example"))
    finally:
        running.should_exit = True
        await served
        logger.removeHandler(caplog.handler)

    assert refused.value.response.status_code == 403
    assert b'"code":"origin_not_allowed"' in refused.value.response.body
    assert [record.message for record in caplog.records if record.name.startswith("uvicorn")] == []
