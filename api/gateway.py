"""The parts of a running gateway, joined: Redis, the read model, the hub, and the tasks that keep them going."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, Self, cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from starlette.requests import HTTPConnection

from api import messages
from api.entrance import Entrance
from api.event_log import EventLog
from api.event_reader import EventReader
from api.frames import Message
from api.hub import Hub
from api.read_model import ReadModel
from api.scans import Scan
from api.settings import Settings
from api.status import Status, Trouble, status
from api.store.database import StoreError
from api.store.store import Store
from api.view import View
from schemas.clock import monotonic, now_ms

log = structlog.get_logger()

FLUSHES: Final = 10
"""A second: the highest rate that a client may choose."""
LOOK_SECONDS: Final = 5.0
"""How long the store may take to be read: after that, keys are judged by what is known of them."""
STOP_SECONDS: Final = 3.0
"""How long a gateway that stops waits for what it was doing."""
PATIENCE_SECONDS: Final = 0.06
"""How long a feed that is due waits for the reading of Redis that is due at the same instant."""


class Gateway:
    """Everything one process serves from."""

    def __init__(self, settings: Settings) -> None:
        """Join the parts; nothing runs before ``running``."""
        self.settings = settings
        self._events = EventLog()
        self.hub = Hub(settings.subscriptions, settings.stall_seconds, self._events)
        self.redis = _connect(settings)
        self._event_reader = EventReader(self.redis, self._events, settings.redis_timeout_seconds)
        self.store = Store(settings.store_url.get_secret_value())
        self.entrance = Entrance(settings, self.store)
        self._read_model = ReadModel(self.redis, self._publish, self._pace)
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    @classmethod
    def of(cls, connection: HTTPConnection) -> Self:
        """Return the gateway that serves this request or socket."""
        return cast("Self", connection.app.state.gateway)

    @property
    def view(self) -> View:
        """The newest state read."""
        return self._read_model.view

    @property
    def trouble(self) -> Trouble | None:
        """Why there is nothing to serve, or nothing newer."""
        return self._read_model.trouble

    @property
    def dead(self) -> str | None:
        """What has stopped that never should, ``None`` if all is well."""
        ended = [task.get_name() for task in self._tasks if task.done()]
        return f"stopped: {', '.join(ended)}" if ended else None

    def status(self) -> Status:
        """Judge how old the data is now."""
        return status(self.view.moment, self.trouble, now_ms(), self.settings.stale_seconds * 1000)

    def heartbeat(self) -> Message:
        """Return the heartbeat of this instant."""
        return messages.heartbeat(self.status(), now_ms())

    def scan(self, name: str) -> Scan | None:
        """Return a scan that somebody follows, or keeps; ``None`` if there is none of that id."""
        return self.hub.scan(name) or self.store.scan(name)

    def hurry(self) -> None:
        """Read Redis soon: somebody has come."""
        self._read_model.hurry()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow Redis and beat for as long as the context lasts."""
        await self.store.open()
        self._tasks = [
            asyncio.create_task(self._read_model.run(), name="reader of Redis"),
            asyncio.create_task(self._event_reader.run(), name="reader of alerts"),
            asyncio.create_task(self._beat(), name="heartbeat"),
            asyncio.create_task(self._flush(), name="flush"),
            asyncio.create_task(self._look_up(), name="reader of the store"),
        ]
        for task in self._tasks:
            task.add_done_callback(_tell)
        try:
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            _, left = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            if left:
                log.error("tasks_not_ended", tasks=[task.get_name() for task in left])
            await self.redis.aclose()
            await self.store.close()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.settings.heartbeat_seconds)
            self.hub.beat(self.heartbeat)
            if ended := self.hub.end_stalled(monotonic()):
                log.warning("stalled_clients_ended", clients=ended)

    def _publish(self, view: View) -> None:
        """Hand a new view on, at once."""
        self.hub.publish(view)
        self._news.set()

    async def _flush(self) -> None:
        """Take feeds and clients to the newest view, as soon as there is one, and at every tick."""
        due = monotonic()
        while True:
            due = max(due + 1 / FLUSHES, monotonic())
            try:
                while await self._has_news(due):
                    self.hub.update(monotonic())
                    await self.hub.sweep()
                # Feeds that are due only now most likely have news in a moment.
                self.hub.update(monotonic() - PATIENCE_SECONDS)
                await self.hub.sweep()
            except Exception:
                log.exception("flush_failed")  # and the next one may not
                await asyncio.sleep(1 / FLUSHES)

    async def _has_news(self, due: float) -> bool:
        """Wait for a new view until ``due``; return whether there is one."""
        try:
            async with asyncio.timeout(max(0.0, due - monotonic())):
                await self._news.wait()
        except TimeoutError:
            return False
        self._news.clear()
        return True

    async def _look_up(self) -> None:
        """See what others have changed in the store, and end the sockets of keys that are not valid any more.

        The latter also while the store fails or hangs: a key's end may have been known before.
        """
        while True:
            await asyncio.sleep(self.settings.store_seconds)
            try:
                async with asyncio.timeout(LOOK_SECONDS):
                    await self.store.reload()
            except StoreError as problem:
                log.warning("store_unavailable", detail=str(problem))
            except TimeoutError:
                log.warning("store_unavailable", detail=f"it has not been read within {LOOK_SECONDS:g} s")
            if ended := self.entrance.end_revoked():
                log.info("sockets_of_invalid_keys_ended", sockets=ended)

    def _pace(self) -> float:
        """Return when to read next, seconds from now: as the fastest feeds become due."""
        if not self.hub.watched:
            return self.settings.idle_seconds
        period = 1 / self.hub.fastest
        left = period - monotonic() % period
        return left if left > period / 5 else left + period


def _connect(settings: Settings) -> Redis:
    """Return a client that fails at once: the read model tries again, and says meanwhile what is wrong."""
    seconds = settings.redis_timeout_seconds
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(settings.redis_url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=retry)


def _tell(task: asyncio.Task[None]) -> None:
    """Say at once if a task ended by its own fault; ``/livez`` fails from then on."""
    if not task.cancelled() and (fault := task.exception()) is not None:
        log.error("task_died", task=task.get_name(), exc_info=fault)
