"""``api.access``: who is let in, and what for."""

from typing import Final

import pytest

from api.access import ANYBODY, FAMILIES, Access, Caller, Mode, Places, Visitor
from api.app import create_app
from api.guard import GUARDED
from api.keys import SCOPES, new_key
from api.refusals import Code, Refusal
from api.requests import KINDS
from api.settings import Settings

NOW: Final = 1_795_184_940_000
KEY, TEXT = new_key("desk", ["boards"], NOW)
HERE: Final = Visitor("127.0.0.1", "localhost:8000", None, None, forwarded=False)
THERE: Final = Visitor("192.0.2.7", "boards.example", None, None, forwarded=False)


def access(mode: Mode = "loopback", origins: str = "") -> Access:
    """Return an access that knows one key."""
    return Access(mode, origins, {KEY.id: KEY}.get)


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("127.0.0.1", "127.0.0.1:8000"),
        ("127.3.4.5", "localhost"),
        ("::1", "[::1]:8000"),
        ("::ffff:127.0.0.1", "demo.localhost:8000"),
    ],
)
def test_this_machine_needs_no_key(address: str, host: str) -> None:
    """However it calls itself."""
    visitor = HERE._replace(address=address, host=host)

    assert access().caller(visitor, NOW) == ANYBODY
    assert access("keys").caller(visitor, NOW) is None


@pytest.mark.parametrize(
    "visitor",
    [
        THERE,
        HERE._replace(address="10.0.0.1"),
        HERE._replace(address=""),
        HERE._replace(host="rebound.example:8000"),
        HERE._replace(host="localhost.example"),
        HERE._replace(host=""),
        HERE._replace(host="["),
        HERE._replace(forwarded=True),
    ],
)
def test_everybody_else_needs_one(visitor: Visitor) -> None:
    """Who comes through a proxy of this machine, and a page whose name was made to lead here, among them."""
    assert access().caller(visitor, NOW) is None
    assert access("keys").caller(visitor, NOW) is None


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost:8000", True),
        ("127.0.0.1:8000", True),
        ("192.0.2.1", True),
        ("[2001:db8::1]:8000", True),
        ("desk.example", True),
        ("DESK.example:8000", True),
        ("gateway:8000", True),
        ("rebound.example:8000", False),
        ("desk.example.evil.example", False),
        ("localhost.example", False),
        ("192.0.2.1.evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_where_nobody_needs_a_key_names_are_known_ones(host: str, *, allowed: bool) -> None:
    """A page may make its own name lead here; it cannot do so with an address, or with a name that was given us."""
    door = access("open", "https://desk.example, http://gateway:8000")
    for visitor in (THERE._replace(host=host), HERE._replace(host=host, forwarded=True)):
        assert door.caller(visitor._replace(key=TEXT), NOW) == Caller(KEY.id, ("boards",), KEY.hash, "desk")
        if allowed:
            assert door.caller(visitor, NOW) == ANYBODY
            continue
        with pytest.raises(Refusal) as refused:
            door.caller(visitor, NOW)
        assert (refused.value.code, refused.value.value) == (Code.ORIGIN_NOT_ALLOWED, host)


def test_a_key_is_looked_at_wherever_it_comes_from() -> None:
    """A wrong one is refused also where none is needed, and never repeated."""
    for mode in ("loopback", "keys", "open"):
        caller = access(mode).caller(HERE._replace(key=TEXT), NOW)
        assert caller == Caller(KEY.id, ("boards",), KEY.hash, "desk")
        with pytest.raises(Refusal) as refused:
            access(mode).caller(HERE._replace(key=TEXT[:-1]), NOW)
        assert (refused.value.code, refused.value.value) == (Code.INVALID_KEY, None)


def test_a_key_is_for_its_families_only() -> None:
    """What is not known to belong to one needs all of them."""
    caller = Caller(KEY.id, ("boards", "symbols"))
    for family in ("board", "boards", "symbol", "symbols", "bars", "trades", "metrics", "layouts", "system"):
        caller.check(family)
    for family in ("scan", "scans", "alerts", "halts", "news", "something-new", ""):
        with pytest.raises(Refusal) as refused:
            caller.check(family)
        assert refused.value.code is Code.MISSING_SCOPE
        ANYBODY.check(family)


def test_every_feed_and_route_has_its_family() -> None:
    """Else a key would need all scopes for it: name it in ``FAMILIES``."""
    paths = create_app(Settings()).openapi()["paths"]
    routes = {path.removeprefix(GUARDED).split("/")[0] for path in paths if path.startswith(GUARDED)}

    assert {*routes, *KINDS} <= set(FAMILIES)
    assert {scope for scope in FAMILIES.values() if scope} == set(SCOPES)


def test_who_was_let_in_stays_while_the_key_is_valid() -> None:
    """And no longer; who needed none stays."""
    known = {KEY.id: KEY}
    door = Access("keys", "", known.get)
    caller = door.holder(TEXT, NOW)
    assert door.still_in(caller, NOW)
    assert door.still_in(ANYBODY, NOW)
    known[KEY.id], _ = KEY.rotated(1000, NOW)
    assert [door.still_in(caller, NOW + after) for after in (999, 1000)] == [True, False]
    known.clear()
    assert not door.still_in(caller, NOW)


@pytest.mark.parametrize(
    ("origin", "host", "allowed"),
    [
        (None, "boards.example", True),
        ("http://boards.example", "boards.example", True),
        ("https://boards.example", "boards.example", True),
        ("https://boards.example:8443", "boards.example:8443", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://localhost:5173", "localhost:8000", False),
        ("https://desk.example", "boards.example", True),
        ("https://desk.example:443", "boards.example", True),
        ("http://desk.example", "boards.example", False),
        ("https://evil.example", "boards.example", False),
        ("https://boards.example.evil.example", "boards.example", False),
        ("null", "boards.example", False),
        ("", "boards.example", False),
        ("https://[", "boards.example", False),
        ("file://", "", False),
    ],
)
def test_pages_of_other_origins_are_refused(origin: str | None, host: str, *, allowed: bool) -> None:
    """Unless they are named."""
    door = access(origins=" https://desk.example , https://two.example:1")
    visitor = HERE._replace(origin=origin, host=host)
    if allowed:
        door.check_origin(visitor)
        return
    with pytest.raises(Refusal) as refused:
        door.check_origin(visitor)
    assert refused.value.code is Code.ORIGIN_NOT_ALLOWED


def test_places_are_counted_by_name() -> None:
    """One that was given back can be taken again."""
    places = Places(2)

    assert [places.take("a"), places.take("a"), places.take("a"), places.take("b")] == [True, True, False, True]
    places.free("a")
    assert [places.take("a"), places.take("a")] == [True, False]
