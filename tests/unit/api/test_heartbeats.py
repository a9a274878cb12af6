"""``api.heartbeats``: one goes out with other news, or by itself a little later."""

import pytest

from api.frames import Message
from api.heartbeats import COMPANY_SECONDS, Heartbeats


def test_it_goes_with_company_at_once_and_only_once() -> None:
    """It is made when it goes out."""
    made: list[Message] = []

    def make() -> Message:
        made.append(Message(b"{}"))
        return made[-1]

    heartbeats = Heartbeats()
    heartbeats.put(make)
    assert made == []
    assert heartbeats.take(alone=False) is made[0]

    assert heartbeats.take(alone=False) is None


def test_alone_it_waits_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """A newer one takes the place of one that waits, and its turn."""
    now = 100.0
    monkeypatch.setattr("api.heartbeats.monotonic", lambda: now)
    heartbeats = Heartbeats()
    heartbeats.put(lambda: Message(b"old"))
    assert heartbeats.take(alone=True) is None
    now += COMPANY_SECONDS / 2
    heartbeats.put(lambda: Message(b"new"))
    now += COMPANY_SECONDS / 2 + 0.01
    found = heartbeats.take(alone=True)

    assert found is not None
    assert found.payload == b"new"
