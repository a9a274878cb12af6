"""A new broker's storage comes from the prepared one, and an old one's is left alone."""

from pathlib import Path

import pytest

from streams.kafka_runtime import cache_folder, format_storage, start_options


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Return a cache folder with a prepared storage in it."""
    prepared = cache_folder(tmp_path / "cache") / "storage"
    prepared.mkdir(parents=True)
    (prepared / "bootstrap.checkpoint").write_bytes(b"features")
    return tmp_path / "cache"


def identity(storage: Path) -> dict[str, str]:
    """Return what the storage says it is."""
    return dict(line.split("=", 1) for line in (storage / "meta.properties").read_text().splitlines())


def test_a_storage_is_copied_with_an_identity_of_its_own(cache: Path, tmp_path: Path) -> None:
    """Two brokers from one cache are two clusters."""
    for name in ("one", "two"):
        format_storage(tmp_path / name, tmp_path / "unused.properties", cache)

    one, two = identity(tmp_path / "one"), identity(tmp_path / "two")
    assert (tmp_path / "one" / "bootstrap.checkpoint").read_bytes() == b"features"
    assert (one["version"], one["node.id"]) == ("1", "1")
    assert len({one["cluster.id"], one["directory.id"], two["cluster.id"], two["directory.id"]}) == 4


def test_a_storage_in_use_is_kept(cache: Path, tmp_path: Path) -> None:
    """A broker that was here before stays who it is."""
    format_storage(tmp_path / "one", tmp_path / "unused.properties", cache)
    before = identity(tmp_path / "one")

    format_storage(tmp_path / "one", tmp_path / "unused.properties", cache)

    assert identity(tmp_path / "one") == before


def test_the_fast_start_is_used_where_it_was_prepared(cache: Path) -> None:
    """Without the archive there is nothing to tell Java."""
    assert start_options(cache) == []

    archive = cache_folder(cache) / "classes.aot"
    archive.touch()

    assert f"-XX:AOTCache={archive}" in start_options(cache)
