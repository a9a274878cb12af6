"""The store as the gateway uses it: nothing here makes the event loop wait for a disk.

One thread does all that blocks, one thing after the other; whoever waits for it waits for so long and no longer. Keys
and the specs of saved scans are also kept in memory, where they can be looked up at once; what other gateways and
``tickerboard keys`` change is seen at the next ``reload``.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeVar

import msgspec
import structlog

from api.keys import Key
from api.scans import Scan, scan_of
from api.store import keys, layouts, scans
from api.store.database import Database, StoreError
from api.store.layouts import Layout
from api.store.scans import SavedScan
from schemas.clock import now_ms

log = structlog.get_logger()

T = TypeVar("T")

ANSWER_SECONDS: Final = 15.0
"""How long anybody waits for the store: longer than the database itself waits for what it may wait for."""


class Full(Exception):  # noqa: N818 (an answer, not a failure)
    """The owner keeps as many as may be."""


class Store:
    """Keys, saved scans and layouts."""

    def __init__(self, url: str = "") -> None:
        """Take the URL of the database; nothing is opened before ``open``."""
        self._database = Database(url)
        self._thread = ThreadPoolExecutor(1, "store")
        self._keys: dict[str, Key] = {}
        self._specs: dict[str, str] = {}

    async def open(self) -> None:
        """Open the database and read it; raise ``StoreError`` if that cannot be."""
        await self._do(self._database.open, None)
        await self.reload()

    async def close(self) -> None:
        """Close the database, unless it does not even answer to that."""
        with suppress(StoreError):
            await self._do(self._database.close)
        self._thread.shutdown(wait=False)

    async def reload(self) -> None:
        """Read anew what is kept in memory."""
        await self._do(self._reload)

    def key(self, key_id: str) -> Key | None:
        """Return a key, also a revoked one; ``None`` if there is none of that id."""
        return self._keys.get(key_id)

    def scan(self, scan_id: str) -> Scan | None:
        """Return a saved scan, compiled now; ``None`` if nobody keeps one of that id.

        Raise ``Refusal`` if it cannot be run any more, such as for a metric that there was.
        """
        spec = self._specs.get(scan_id)
        return scan_of(msgspec.json.decode(spec))._replace(id=scan_id) if spec is not None else None

    async def scans_of(self, owner: str, first: int, count: int) -> tuple[list[SavedScan], int]:
        """Return some of an owner's scans, the oldest first, and how many there are."""

        def read() -> tuple[list[SavedScan], int]:
            with self._database.reading() as connection:
                return scans.scans_of(connection, owner, first, count), scans.count_scans(connection, owner)

        return await self._do(read)

    async def keep_scan(self, owner: str, name: str, scan: Scan, most: int) -> bool:
        """Keep a scan under a name; tell whether the owner did not keep it before; raise ``Full`` beyond ``most``."""

        def write() -> bool:
            with self._database.writing() as connection:
                new = scans.keep_scan(connection, owner, name, scan, now_ms())
                if new and scans.count_scans(connection, owner) > most:
                    raise Full
            self._specs = {**self._specs, scan.id: scans.spec_text(scan)}
            self._reload_if_possible()
            return new

        return await self._do(write)

    async def drop_scan(self, owner: str, scan_id: str) -> bool:
        """Keep a scan no longer for its owner; tell whether it was kept."""

        def write() -> bool:
            with self._database.writing() as connection:
                found = scans.drop_scan(connection, owner, scan_id)
            self._reload_if_possible()
            return found

        return await self._do(write)

    async def layouts_of(self, owner: str) -> list[Layout]:
        """Return all layouts of an owner, by name."""

        def read() -> list[Layout]:
            with self._database.reading() as connection:
                return layouts.layouts_of(connection, owner)

        return await self._do(read)

    async def keep_layout(self, owner: str, layout: Layout, most: int) -> None:
        """Keep a layout in the place of the one of its name; raise ``Full`` beyond ``most``."""

        def write() -> None:
            with self._database.writing() as connection:
                layouts.keep_layout(connection, owner, layout)
                if layouts.count_layouts(connection, owner) > most:
                    raise Full

        await self._do(write)

    async def drop_layout(self, owner: str, name: str) -> bool:
        """Keep a layout no longer; tell whether it was kept."""

        def write() -> bool:
            with self._database.writing() as connection:
                return layouts.drop_layout(connection, owner, name)

        return await self._do(write)

    def _reload(self) -> None:
        with self._database.reading() as connection:
            self._keys = {key.id: key for key in keys.every_key(connection)}
            self._specs = scans.every_spec(connection)

    def _reload_if_possible(self) -> None:
        """Read anew after a change; the change is made, also where this fails: then a later look sees the rest."""
        try:
            self._reload()
        except StoreError as problem:
            log.warning("store_unavailable", detail=str(problem))

    async def _do(self, work: Callable[[], T], seconds: float | None = ANSWER_SECONDS) -> T:
        """Do what blocks in the thread; raise ``StoreError`` if it is not done within ``seconds`` (``None``: any).

        What has not begun by then never does; what has begun goes on, and the thread with it.
        """
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except TimeoutError as problem:
            message = f"the store does not work: it has not answered within {seconds:g} s"
            raise StoreError(message) from problem
