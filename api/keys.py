"""PURE. Keys of clients: how one is made, what is stored of it, and whether a text is it.

A key is ``tb_``, eight characters that name it, and a secret of 24. The secret has 144 random bits: nobody guesses it,
whoever has the hash cannot try secrets until one fits, and so a quick hash is as good as a slow one, and does not hold
up a gateway that thousands of clients come back to.
"""

import hmac
import re
import secrets
from collections.abc import Iterable
from hashlib import blake2b
from string import ascii_lowercase, digits
from typing import Final, NamedTuple

PREFIX: Final = "tb_"
SCOPES: Final = ("boards", "scans", "symbols", "alerts", "halts", "news")
"""What a key may allow: families of feeds, and the same by REST."""
ID_CHARACTERS: Final = 8
SECRET_BYTES: Final = 18
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32
FORM: Final = re.compile(rf"{PREFIX}([a-z0-9]{{{ID_CHARACTERS}}})([A-Za-z0-9_-]{{24}})")


class Key(NamedTuple):
    """What is kept of a key. Times are ms since the epoch, UTC."""

    id: str
    name: str
    """Whose it is, or what for."""
    hash: str
    scopes: tuple[str, ...]
    created: int
    previous_hash: str | None = None
    """Of the secret before the last rotation."""
    previous_until: int | None = None
    """Until when that one is taken."""
    revoked: int | None = None

    def opened_by(self, text: str, now: int) -> str | None:
        """Return which of the hashes kept is that of ``text``, where it is this key at ``now``; else ``None``."""
        found = FORM.fullmatch(text)
        if found is None or found[1] != self.id:
            return None
        return next((stored for stored in self._taken(now) if _fits(found[2], stored)), None)

    def still_opened_by(self, stored: str, now: int) -> bool:
        """Tell whether the secret of a hash, as ``opened_by`` gave it, is still taken at ``now``."""
        return stored in self._taken(now)

    def _taken(self, now: int) -> tuple[str, ...]:
        """Return the hashes of the secrets that are taken at ``now``."""
        if self.revoked is not None:
            return ()
        within_grace = self.previous_until is not None and now < self.previous_until
        return (self.hash, self.previous_hash) if self.previous_hash and within_grace else (self.hash,)

    def rotated(self, grace_ms: int, now: int) -> tuple["Key", str]:
        """Return it with a new secret, and its text; the one before is taken for ``grace_ms`` more, others not."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        key = self._replace(hash=_hash(secret), previous_hash=self.hash, previous_until=now + grace_ms)
        return key, f"{PREFIX}{self.id}{secret}"


def new_key(name: str, scopes: Iterable[str], now: int) -> tuple[Key, str]:
    """Return a key that there has not been, and its text, which nothing can tell again."""
    name_of_key = "".join(secrets.choice(ascii_lowercase + digits) for _ in range(ID_CHARACTERS))
    secret = secrets.token_urlsafe(SECRET_BYTES)
    chosen = tuple(scope for scope in SCOPES if scope in set(scopes))
    return Key(name_of_key, name, _hash(secret), chosen, now), f"{PREFIX}{name_of_key}{secret}"


def key_id(text: str) -> str | None:
    """Return the id in the text of a key; ``None`` if it has not the form of one."""
    found = FORM.fullmatch(text)
    return found[1] if found else None


def _hash(secret: str) -> str:
    """Return what is stored of a secret: a salt of its own, and the hash of both."""
    salt = secrets.token_bytes(SALT_BYTES)
    return f"{salt.hex()}${_digest(secret, salt).hex()}"


def _fits(secret: str, stored: str) -> bool:
    """Tell whether a secret is the one stored, in the same time whatever it is."""
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_digest(secret, bytes.fromhex(salt)), bytes.fromhex(digest))


def _digest(secret: str, salt: bytes) -> bytes:
    return blake2b(secret.encode(), digest_size=HASH_BYTES, salt=salt).digest()
