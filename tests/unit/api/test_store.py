"""``api.store``: what is kept, on SQLite and on a real Postgres, by several gateways at once."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import OperationalError

from api.keys import SCOPES, Key, new_key
from api.scans import Scan, scan_of
from api.store.database import Database, StoreError, _told, usual_url
from api.store.keys import add_key, every_key, find_key, replace_key
from api.store.layouts import Layout
from api.store.store import Full, Store
from api.store.tables import metadata
from tests.support.postgres import postgres

CHEAP = scan_of({"filter": "price < 5", "limit": 10})
RISING = scan_of({"filter": "change_pct > 10"})


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    """Give a Postgres of this module's own."""
    with postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of an empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/folder/store.db"
        return
    named = request.getfixturevalue("postgres_url")
    yield named
    database = Database(named)
    with database.writing() as connection:
        connection.exec_driver_sql("drop schema public cascade; create schema public")
    database.close()


def text_of(scan: Scan | None) -> str | None:
    """Return the condition of a scan."""
    return scan.filter if scan else None


async def test_gateways_that_share_a_store_agree(url: str) -> None:
    """Both may open it at once; what one changes, the other sees after its next look."""
    first, second = Store(url), Store(url)
    await asyncio.gather(first.open(), second.open())
    assert await first.keep_scan("", "cheap", CHEAP, 10)
    assert text_of(first.scan(CHEAP.id)) == "price < 5"
    assert second.scan(CHEAP.id) is None
    await second.reload()
    found = second.scan(CHEAP.id)
    assert found is not None
    assert found[:5] == CHEAP[:5]
    assert await second.drop_scan("", CHEAP.id)
    await first.reload()
    assert first.scan(CHEAP.id) is None
    await asyncio.gather(first.close(), second.close())


async def test_a_scan_is_there_while_anybody_keeps_it(url: str) -> None:
    """Each owner has a name for it, and lists only their own."""
    store = Store(url)
    await store.open()
    assert await store.keep_scan("a", "mine", CHEAP, 10)
    assert await store.keep_scan("b", "yours", CHEAP, 10)
    assert not await store.keep_scan("a", "renamed", CHEAP, 10)
    await store.keep_scan("a", "", RISING, 10)
    listed, total = await store.scans_of("a", 0, 10)
    assert ([one.name for one in listed], total) == (["renamed", ""], 2)
    assert listed[0].spec == CHEAP.spec()
    assert [one.name for one in (await store.scans_of("a", 1, 10))[0]] == [""]
    assert await store.drop_scan("a", CHEAP.id)
    assert not await store.drop_scan("a", CHEAP.id)
    assert text_of(store.scan(CHEAP.id)) == "price < 5"
    assert await store.drop_scan("b", CHEAP.id)
    assert store.scan(CHEAP.id) is None
    await store.close()


async def test_an_owner_keeps_so_many_and_no_more(url: str) -> None:
    """What would be too many leaves no trace; a new name or content for what there is, is none too many."""
    store = Store(url)
    await store.open()
    await store.keep_scan("a", "", CHEAP, 1)
    with pytest.raises(Full):
        await store.keep_scan("a", "", RISING, 1)
    assert not await store.keep_scan("a", "renamed", CHEAP, 1)
    await store.keep_scan("b", "", RISING, 1)
    assert (await store.scans_of("a", 0, 10))[1] == 1
    await store.keep_layout("a", Layout("desk", "{}", 1), 1)
    await store.keep_layout("a", Layout("desk", '{"x":1}', 2), 1)
    with pytest.raises(Full):
        await store.keep_layout("a", Layout("other", "{}", 3), 1)
    assert await store.layouts_of("a") == [Layout("desk", '{"x":1}', 2)]
    assert await store.layouts_of("b") == []
    assert await store.drop_layout("a", "desk")
    assert not await store.drop_layout("a", "desk")
    await store.close()


async def test_keys_come_back_as_they_were(url: str) -> None:
    """Also after a rotation, and when they are revoked."""
    database = Database(url)
    database.open()
    kept: list[Key] = []
    for number in range(3):
        key, _ = new_key(f"key {number}", SCOPES[: number + 1], number)
        kept.append(key)
        with database.writing() as connection:
            add_key(connection, key)
    kept[1] = kept[1].rotated(1000, 5)[0]
    kept[2] = kept[2]._replace(revoked=7)
    with database.writing() as connection:
        replace_key(connection, kept[1])
        replace_key(connection, kept[2])
    with database.reading() as connection:
        assert every_key(connection) == kept
        assert find_key(connection, kept[0].id) == kept[0]
        assert find_key(connection, "nobody") is None
    database.close()
    store = Store(url)
    await store.open()
    assert [store.key(key.id) for key in kept] == kept
    await store.close()


async def test_what_was_saved_is_not_said_to_have_failed(url: str) -> None:
    """Where only what has to be read after it cannot be; this gateway knows it all the same."""
    store = Store(url)
    await store.open()
    with store._database.writing() as connection:
        connection.exec_driver_sql("drop table keys")
    assert await store.keep_scan("a", "mine", CHEAP, 10)
    assert text_of(store.scan(CHEAP.id)) == "price < 5"
    assert (await store.scans_of("a", 0, 10))[1] == 1
    assert await store.drop_scan("a", CHEAP.id)
    assert (await store.scans_of("a", 0, 10))[1] == 0
    with pytest.raises(StoreError):
        await store.reload()
    await store.close()


async def test_a_store_that_hangs_is_waited_for_so_long() -> None:
    """Then it is as one that does not answer; what has not begun by then is left."""
    store = Store("sqlite://")
    await store.open()
    hanging = Event()
    store._thread.submit(hanging.wait)
    with pytest.raises(StoreError, match="not answered within"):
        await store._do(lambda: None, 0.05)
    done: list[int] = []
    with pytest.raises(StoreError):
        await store._do(lambda: done.append(1), 0.05)
    hanging.set()
    assert await store.keep_scan("", "", CHEAP, 10)
    assert done == []
    await store.close()


def test_a_postgres_that_works_too_long_is_interrupted(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its own clock; what the URL says of its options stays."""
    monkeypatch.setattr("api.store.database.STATEMENT_MS", 100)
    database = Database(f"{postgres_url}?options=-c%20application_name%3Ddesk")
    with database.reading() as connection:
        assert connection.exec_driver_sql("show application_name").scalar() == "desk"
    with pytest.raises(StoreError, match="statement timeout"), database.reading() as connection:
        connection.exec_driver_sql("select pg_sleep(10)")
    database.close()


def test_a_failure_without_a_text_is_one_line_too() -> None:
    """It says at least of what kind it is."""
    failure = OperationalError("select 1", {}, OSError())
    with pytest.raises(StoreError, match="the store does not work: OSError"), _told():
        raise failure


def test_migrations_make_the_tables_that_the_code_names(url: str) -> None:
    """Column by column; opening a second time changes nothing."""
    database = Database(url)
    database.open()
    database.open()
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata) == []
    database.close()


def test_a_store_of_a_newer_version_is_left_alone(url: str) -> None:
    """Its tables may be others."""
    database = Database(url)
    database.open()
    with database.writing() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        database.open()
    database.close()


async def test_many_that_write_at_once_wait_their_turn(url: str) -> None:
    """From two gateways, and nothing is lost."""
    stores = [Store(url), Store(url)]
    await asyncio.gather(*(store.open() for store in stores))
    scans = [scan_of({"filter": f"price > {number}"}) for number in range(40)]
    await asyncio.gather(*(stores[at % 2].keep_scan("", "", scan, 100) for at, scan in enumerate(scans)))
    assert (await stores[0].scans_of("", 0, 1))[1] == 40
    await asyncio.gather(*(store.close() for store in stores))


async def test_one_in_memory_is_nobody_elses() -> None:
    """And is gone with it."""
    first, second = Store("sqlite://"), Store("sqlite://")
    await first.open()
    await second.open()
    await first.keep_scan("", "", CHEAP, 10)
    await second.reload()
    assert second.scan(CHEAP.id) is None
    await first.close()
    await second.close()


@pytest.mark.parametrize(
    ("named", "says"),
    [
        ("nonsense", "the store's URL is none"),
        ("mysql://somebody:secret@127.0.0.1/x", "only sqlite and postgresql"),
        ("oracle9://x", "only sqlite and postgresql"),
        ("postgresql://somebody:secret@127.0.0.1:1/x", "refused"),
    ],
)
def test_a_store_that_cannot_be_is_one_line(named: str, says: str) -> None:
    """Which repeats no password."""
    with pytest.raises(StoreError, match=says) as failed:
        Database(named).open()
    assert "secret" not in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_file_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    """A folder in its place, a file in the place of its folder, or a file that is no database."""
    (tmp_path / "file").write_text("this is no database, and long enough to be seen as none" * 20)
    for path in (tmp_path, tmp_path / "file" / "store.db", tmp_path / "file"):
        with pytest.raises(StoreError, match="the store"):
            Database(f"sqlite:///{path}").open()


def test_the_usual_store_is_a_file_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the user's programs keep what they keep."""
    monkeypatch.setenv("XDG_STATE_HOME", "states")
    assert usual_url() == "sqlite:///states/tickerboard/tickerboard.db"
    monkeypatch.delenv("XDG_STATE_HOME")
    assert usual_url().endswith("/.local/state/tickerboard/tickerboard.db")
