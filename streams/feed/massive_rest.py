"""The vendor's REST API: one place that asks, at a steady rate, again where that helps, and remembers the answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Any, Final, Self, cast

import httpx
import orjson

from schemas import clock
from streams.feed.backoff import Backoff
from streams.feed.massive_rest_cache import Cache
from streams.feed.massive_rest_protocol import Outcome, Request, RestError, asked_to_wait, next_request, outcome
from streams.feed.rate_limit import TokenBucket

BASE: Final = "https://api.massive.com"
RATE: Final = 5.0
ATTEMPTS: Final = 7
AT_ONCE: Final = 8
TIMEOUT: Final = httpx.Timeout(60.0, connect=10.0)
TOO_MANY: Final = 429


class MassiveRest:
    """Asks the API; use it as an async context manager. Neither errors nor logs hold the key."""

    def __init__(
        self,
        key: str,
        base: str = BASE,
        *,
        rate: float = RATE,
        cache: Cache | None = None,
        backoff: Callable[[], Backoff] = Backoff,
    ) -> None:
        """Take the key, the address, requests a second, where answers are kept, and how to wait after a failure."""
        self._base = base.rstrip("/")
        self._client = httpx.AsyncClient(timeout=TIMEOUT, headers={"Authorization": f"Bearer {key}"})
        self._bucket = TokenBucket(rate)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._cache = cache
        self._backoff = backoff
        self.asked = 0
        """Requests sent so far, repetitions included."""

    async def __aenter__(self) -> Self:
        """Begin."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._client.aclose()

    async def get(
        self, request: Request, settled: Callable[[object], bool] = lambda _: False, *, cached: bool = True
    ) -> object:
        """Return the decoded answer to a request, from the cache where it is there and ``cached`` allows it.

        ``settled`` tells of an answer whether it will never change. Raises ``NotInPlanError`` where there is no such
        thing for this key, and ``RestError`` where the API cannot be used.
        """
        cache = self._cache if cached else None
        kept = cache.read(request) if cache else None
        if kept is not None:
            return cast("object", orjson.loads(kept))
        async with self._turns:
            body, answer = await self._ask(request)
        if cache:
            cache.write(request, body, settled=settled(answer))
        return answer

    async def pages(self, request: Request) -> AsyncIterator[list[Any]]:
        """Yield the ``results`` of a request page by page."""
        following: Request | None = request
        while following is not None:
            page = as_object(await self.get(following), request)
            yield page.get("results") or []
            following = next_request(page)

    async def results(self, request: Request) -> list[Any]:
        """Return the ``results`` of all pages."""
        return [row async for page in self.pages(request) for row in page]

    async def _ask(self, request: Request) -> tuple[bytes, object]:
        """Return the answer's bytes and what they say; ask again where that helps, a bounded number of times."""
        backoff = self._backoff()
        while True:
            trouble, wait = await self._once(request)
            if isinstance(trouble, tuple):
                return trouble
            delay = backoff.next_delay()
            if backoff.failures >= ATTEMPTS:
                message = f"{request.path}: {trouble}, {ATTEMPTS} times; begin again later: what was answered is kept"
                raise RestError(message)
            await asyncio.sleep(max(delay, wait or 0.0))

    async def _once(self, request: Request) -> tuple[tuple[bytes, object] | str, float | None]:
        """Ask once; return the answer or what went wrong, and the seconds that the other side asks to wait."""
        await asyncio.sleep(self._bucket.take(clock.monotonic()))
        self.asked += 1
        try:
            response = await self._client.get(self._base + request.target)
        except httpx.TransportError as error:
            return f"{self._base} does not answer ({type(error).__name__})", None
        except httpx.InvalidURL as error:
            message = f"--url {self._base!r} is no address: {error}"
            raise RestError(message) from error
        if outcome(response.status_code, request.path) is Outcome.AGAIN:
            wait = asked_to_wait(response.headers.get("Retry-After"), clock.now_ms())
            if wait and response.status_code == TOO_MANY:
                self._bucket.hold(clock.monotonic() + wait)
            return f"the vendor answers {response.status_code}", wait
        try:
            return (response.content, orjson.loads(response.content)), None
        except orjson.JSONDecodeError:
            return "the answer is not JSON", None


def as_object(answer: object, request: Request) -> dict[str, Any]:
    """Return an answer that is an object; raise ``RestError`` for any other."""
    if not isinstance(answer, dict):
        message = f"{request.path}: the vendor answers no object but {type(answer).__name__}"
        raise RestError(message)
    return answer
