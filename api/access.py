"""Who may do what: who a visitor is by its address and its key, and what it may follow or ask.

Where loopback needs no key, a visitor counts as one of this machine only if it comes from a loopback address, without
a proxy between, and asks for a loopback host: a page elsewhere whose name was made to lead here asks for that name.
Where nobody needs a key, such a page is kept out too: the host asked for has to be an address, or a name that is known.
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from starlette.requests import HTTPConnection

from api.keys import SCOPES, Key, key_id
from api.refusals import Code, Refusal

FAMILIES: Final[Mapping[str, str | None]] = {
    "board": "boards",
    "boards": "boards",
    "scan": "scans",
    "scans": "scans",
    "symbol": "symbols",
    "symbols": "symbols",
    "bars": "symbols",
    "trades": "symbols",
    "alerts": "alerts",
    "halts": "halts",
    "news": "news",
    "system": None,
    "alert-kinds": None,
    "metrics": None,
    "layouts": None,
}
"""The scope of each kind of feed, and of each part of REST; ``None``: any key will do. What is not here needs all."""
PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
BEARER: Final = "bearer "

Mode = Literal["loopback", "keys", "open"]


class Visitor(NamedTuple):
    """What is known of whoever sends a request or opens a socket."""

    address: str
    """Empty where there is none, as over a Unix socket."""
    host: str
    """The host and port that it asks for."""
    origin: str | None
    """Of the page it comes from; ``None``: it is no browser's page, or a browser's plain request."""
    key: str | None
    """The text of its key, where it has sent one in a header."""
    forwarded: bool
    """Whether a proxy speaks for it."""

    @classmethod
    def of(cls, connection: HTTPConnection) -> "Visitor":
        """Read what the headers say."""
        headers = connection.headers
        authorization = headers.get("authorization", "")
        bearer = authorization[: len(BEARER)].lower() == BEARER
        return cls(
            address=connection.client.host if connection.client else "",
            host=headers.get("host", ""),
            origin=headers.get("origin"),
            key=authorization[len(BEARER) :].strip() if bearer else None,
            forwarded=any(name in headers for name in ("forwarded", "x-forwarded-for", "x-real-ip")),
        )

    @property
    def is_local(self) -> bool:
        """Whether it is a program or a browser on this machine that asks for this machine."""
        return not self.forwarded and _is_loopback(self.address) and _is_loopback(_host_name(self.host))


class Caller(NamedTuple):
    """Somebody who has been let in."""

    owner: str
    """The id of its key; empty: it needed none."""
    scopes: tuple[str, ...] = SCOPES
    stored: str = ""
    """The hash of the secret that it came with."""
    name: str = ""

    def check(self, family: str) -> None:
        """Raise ``Refusal`` if it may not follow feeds of this kind, or ask this part of REST."""
        needed = FAMILIES.get(family, "*")
        if needed is None or needed in self.scopes or set(self.scopes) == set(SCOPES):
            return
        what = f"this key may not see {family}: it is for {', '.join(self.scopes) or 'nothing'}"
        raise Refusal(Code.MISSING_SCOPE, what, family)


ANYBODY: Final = Caller("")
"""Whoever needs no key."""


class Access:
    """Decides who comes in."""

    def __init__(self, mode: Mode, origins: str, find: Callable[[str], Key | None]) -> None:
        """Take who needs a key, other origins that pages may come from (with commas between), and where keys are."""
        self._mode = mode
        self.origins = tuple(text.strip().rstrip("/") for text in origins.split(",") if text.strip())
        """The other origins, as they were given."""
        self._origins = {_origin(text) for text in self.origins}
        self._hosts = {origin[1] for origin in self._origins if origin is not None}
        self._find = find

    def caller(self, visitor: Visitor, now: int) -> Caller | None:
        """Return who a visitor is; ``None`` if it has yet to show a key.

        Raise ``Refusal`` for a wrong key, or where none is needed but the host asked for is a name that is not known.
        """
        if visitor.key is not None:
            return self.holder(visitor.key, now)
        if self._mode == "open":
            self._check_host(visitor)
            return ANYBODY
        return ANYBODY if self._mode == "loopback" and visitor.is_local else None

    def holder(self, text: str, now: int) -> Caller:
        """Return whose key a text is at ``now`` (ms since the epoch); raise ``Refusal`` if it is nobody's.

        The refusal does not say what is wrong, nor repeat the text.
        """
        named = key_id(text)
        key = self._find(named) if named else None
        stored = key.opened_by(text, now) if key else None
        if key is None or stored is None:
            raise Refusal(Code.INVALID_KEY, "this key is not valid: it is mistyped, was replaced, or was revoked")
        return Caller(key.id, key.scopes, stored, key.name)

    def still_in(self, caller: Caller, now: int) -> bool:
        """Tell whether somebody who was let in still would be."""
        if not caller.owner:
            return True
        key = self._find(caller.owner)
        return key is not None and key.still_opened_by(caller.stored, now)

    def check_origin(self, visitor: Visitor) -> None:
        """Raise ``Refusal`` if it is a page of neither this gateway nor an origin that is allowed."""
        if visitor.origin is None:
            return
        origin = _origin(visitor.origin)
        own = {_origin(f"{scheme}://{visitor.host}") for scheme in ("http", "https")}
        if origin is None or not (origin in own or origin in self._origins):
            what = "pages of this origin may not come here; TICKERBOARD_ORIGINS can allow them"
            raise Refusal(Code.ORIGIN_NOT_ALLOWED, what, visitor.origin)

    def _check_host(self, visitor: Visitor) -> None:
        """Raise ``Refusal`` if a name is asked for that anybody may have made to lead here."""
        host = _host_name(visitor.host)
        if not (_is_address(host) or _is_loopback(host) or host in self._hosts):
            what = "this gateway is not known by this name; TICKERBOARD_ORIGINS can name it"
            raise Refusal(Code.ORIGIN_NOT_ALLOWED, what, visitor.host)


class Places:
    """So many at once of each name."""

    def __init__(self, most: int) -> None:
        """Allow ``most`` of each."""
        self._most = most
        self._taken: dict[str, int] = {}

    def take(self, name: str) -> bool:
        """Take a place, if there is one left."""
        taken = self._taken.get(name, 0)
        if taken >= self._most:
            return False
        self._taken[name] = taken + 1
        return True

    def free(self, name: str) -> None:
        """Give a place back."""
        left = self._taken[name] - 1
        if left:
            self._taken[name] = left
        else:
            del self._taken[name]


def _is_loopback(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _host_name(host: str) -> str:
    """Return a host without its port; empty if it is none."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _origin(text: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an origin; ``None`` if it is none, as is ``null``."""
    try:
        parts = urlsplit(text)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:
        return None
    if parts.scheme not in PORTS or not parts.hostname or port is None:
        return None
    return parts.scheme, parts.hostname, port
