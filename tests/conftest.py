"""What tests share: one real Kafka and one real Valkey per session, names of their own, and the real market data."""

import itertools
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import redis
from hypothesis import settings as hypothesis_settings

from streams import embedded
from streams.settings import Settings
from tests.support.shared_data import FOLDER

KINDS: Final = ("property", "integration", "e2e")
"""Folders of ``tests`` whose tests carry the folder's name as their marker."""

# No deadline: on a busy machine it measures the machine.
hypothesis_settings.register_profile("quick", deadline=None)
hypothesis_settings.register_profile("soak", deadline=None, max_examples=5000)
# Uncompiled code is slow, and branches are found by few examples; the same ones every time.
hypothesis_settings.register_profile("coverage", deadline=None, max_examples=10, derandomize=True)
hypothesis_settings.load_profile(os.environ.get("TEST_PROFILE", "quick"))

_numbers = itertools.count(1)


def pytest_configure() -> None:
    """Keep tests away from services that the shell names, and from this user's own store of keys and scans."""
    for name in ("KAFKA_BOOTSTRAP", "REDIS_URL", "SCHEMA_REGISTRY_URL", "MASSIVE_API_KEY"):
        os.environ.pop(name, None)
    os.environ["TICKERBOARD_STORE_URL"] = "sqlite://"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by its folder."""
    root = Path(__file__).parent
    for item in items:
        kind = item.path.relative_to(root).parts[0]
        if kind in KINDS:
            item.add_marker(kind)


@pytest.fixture(scope="session")
def services() -> Iterator[embedded.Services]:
    """Give a real Kafka and a real Valkey: embedded, or in containers with ``TEST_SERVICES=containers``."""
    if os.environ.get("TEST_SERVICES") == "containers":
        from tests.support.containers import container_services  # noqa: PLC0415 - loads Docker's client

        with container_services() as running:
            yield running
    else:
        with embedded.services(settings=Settings(kafka_bootstrap="", redis_url="")) as running:
            yield running


@pytest.fixture(scope="session")
def kafka_bootstrap(services: embedded.Services) -> str:
    """Return ``host:port`` of the session's Kafka; topics in it need names of their own, see ``unique``."""
    return services.kafka_bootstrap


@pytest.fixture(scope="session")
def redis_url(services: embedded.Services) -> str:
    """Return the address of the session's Valkey, whatever is in it."""
    return services.redis_url


@pytest.fixture
def redis_db(redis_url: str) -> str:
    """Return the address of the session's Valkey, emptied."""
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    return redis_url


@pytest.fixture
def unique() -> Callable[[str], str]:
    """Return a function that makes a name nobody else in this session has: ``aggregates`` to ``aggregates-7``."""
    number = next(_numbers)
    return lambda name: f"{name}-{number}"


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Return the folder of real market data; skip where it is absent."""
    if not FOLDER.is_dir():
        pytest.skip("real market data is absent (TICKERBOARD_DATA names its folder, by default ../shared/data)")
    return FOLDER
