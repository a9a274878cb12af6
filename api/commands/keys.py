"""``tickerboard keys``: who may use the gateway from elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import click

from api.bodies import NAME_CHARACTERS
from api.keys import SCOPES, Key, new_key
from api.settings import Settings
from api.store.database import Database, StoreError
from api.store.keys import add_key, every_key, find_key, replace_key
from schemas.clock import now_ms

MINUTE_MS: Final = 60_000

store_url = click.option(
    "--store-url", help="Database of the keys.  [default: TICKERBOARD_STORE_URL, else a file of this user's]"
)


def _scopes(context: click.Context, parameter: click.Parameter, text: str) -> tuple[str, ...]:
    """Return the scopes that a text names."""
    del context, parameter
    chosen = tuple(dict.fromkeys(scope.strip() for scope in text.split(",") if scope.strip()))
    for scope in chosen:
        if scope not in SCOPES:
            message = f"there is no scope {scope!r}: there are {', '.join(SCOPES)}"
            raise click.BadParameter(message)
    if not chosen:
        message = f"name at least one of {', '.join(SCOPES)}"
        raise click.BadParameter(message)
    return chosen


def _name(context: click.Context, parameter: click.Parameter, text: str) -> str:
    del context, parameter
    if not text.isprintable() or not 1 <= len(text) <= NAME_CHARACTERS:
        message = f"a name has 1 to {NAME_CHARACTERS} printable characters"
        raise click.BadParameter(message)
    return text


@click.group(short_help="Keys of the gateway: create, list, revoke, rotate.")
def keys() -> None:
    """Say who may use the gateway from other machines, and for what.

    Running gateways on the same database see a change within seconds (TICKERBOARD_STORE_SECONDS).
    """


@keys.command()
@click.option("--name", required=True, callback=_name, help="Whose it is, or what for.")
@click.option(
    "--scopes", default=",".join(SCOPES), show_default=True, callback=_scopes, help="What it is for, with commas."
)
@store_url
def create(name: str, scopes: tuple[str, ...], store_url: str | None) -> None:
    """Make a key and print it: this once, for only a hash of it is kept."""
    with _opened(store_url) as database, database.writing() as connection:
        key, text = new_key(name, scopes, now_ms())
        add_key(connection, key)
    click.echo(f"key {key.id} of {name}, for {', '.join(key.scopes)}; it is not shown again:", err=True)
    click.echo(text)


@keys.command("list")
@store_url
def list_keys(store_url: str | None) -> None:
    """List the keys there are and were, without their secrets."""
    with _opened(store_url) as database, database.reading() as connection:
        found = every_key(connection)
    for key in found:
        click.echo(f"{key.id}  {_time(key.created)}  {_state(key):<28}  {','.join(key.scopes):<40}  {key.name}")
    if not found:
        click.echo("there are no keys: tickerboard keys create --name NAME makes one", err=True)


@keys.command()
@click.argument("key_id", metavar="ID")
@store_url
def revoke(key_id: str, store_url: str | None) -> None:
    """Let a key in no more; its open sockets are ended within seconds."""
    with _opened(store_url) as database, database.writing() as connection:
        key = find_key(connection, key_id)
        if key is None:
            raise _unknown(key_id)
        if key.revoked is None:
            key = key._replace(revoked=now_ms())
            replace_key(connection, key)
    click.echo(f"key {key.id} of {key.name}: {_state(key)}", err=True)


@keys.command()
@click.argument("key_id", metavar="ID")
@click.option("--grace-minutes", default=10.0, show_default=True, type=click.FloatRange(min=0), help="Old one's time.")
@store_url
def rotate(key_id: str, grace_minutes: float, store_url: str | None) -> None:
    """Give a key a new secret and print it; the old one is valid for a while, then its sockets are ended."""
    with _opened(store_url) as database, database.writing() as connection:
        key = find_key(connection, key_id)
        if key is None:
            raise _unknown(key_id)
        if key.revoked is not None:
            message = f"key {key_id} was revoked: make a new one"
            raise click.ClickException(message)
        key, text = key.rotated(round(grace_minutes * MINUTE_MS), now_ms())
        replace_key(connection, key)
    click.echo(f"key {key.id} of {key.name}, the old one valid for {grace_minutes:g} min more:", err=True)
    click.echo(text)


@contextmanager
def _opened(url: str | None) -> Iterator[Database]:
    """Give the database of the keys, with all its tables."""
    try:
        database = Database(url or Settings().store_url.get_secret_value())
        try:
            database.open()
            yield database
        finally:
            database.close()
    except StoreError as problem:
        raise click.ClickException(str(problem)) from problem


def _unknown(key_id: str) -> click.ClickException:
    return click.ClickException(f"there is no key {key_id}; tickerboard keys list shows those there are")


def _state(key: Key) -> str:
    if key.revoked is not None:
        return f"revoked {_time(key.revoked)}"
    if key.previous_until is not None and now_ms() < key.previous_until:
        return f"rotated, old until {_time(key.previous_until)[11:]}"
    return "valid"


def _time(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%d %H:%M:%S}"
