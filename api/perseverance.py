"""Follows something in Redis for good, whatever happens to Redis."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

from schemas.clock import monotonic

BACKOFF_SECONDS: Final = (0.1, 2.0)
"""First and longest wait between two attempts."""
UNREACHABLE: Final = (RedisError, OSError)
UNREADABLE: Final = (msgspec.MsgspecError, ValueError)


async def persevere(redis: Redis, follow: Callable[[], Awaitable[None]], tell: Callable[[Exception], None]) -> None:
    """Call ``follow``, which ends only by an exception, until cancelled; ``tell`` hears of each that is to be expected.

    These are ``UNREACHABLE`` and ``UNREADABLE``; after one that lasted, the waits begin anew.
    """
    first, longest = BACKOFF_SECONDS
    wait = first
    while True:
        started = monotonic()
        try:
            await follow()
        except UNREACHABLE as problem:
            tell(problem)
            # Connections that are idle are as dead as the one in use; each of them would cost an attempt.
            with suppress(*UNREACHABLE):
                await redis.connection_pool.disconnect(inuse_connections=False)
        except UNREADABLE as problem:
            tell(problem)
        wait = first if monotonic() - started > longest else min(longest, wait * 2)
        await asyncio.sleep(wait)


def sentence(problem: BaseException) -> str:
    """Return what an exception says, or its name where it says nothing."""
    return str(problem) or type(problem).__name__
