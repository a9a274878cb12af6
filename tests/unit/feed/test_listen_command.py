"""``tickerboard listen``: what it accepts, what it refuses in one line, and what it never shows."""

import pytest
from click.testing import CliRunner
from pydantic import SecretStr

from streams.feed.input_error import InputError
from streams.feed.listen_command import feed_of, is_local, listen

KEY = SecretStr("s3cret")


def test_help_teaches() -> None:
    """Every option is explained, and examples can be copied."""
    result = CliRunner().invoke(listen, ["--help"])

    assert result.exit_code == 0
    for text in ("MASSIVE_API_KEY", "tickerboard listen --url ws://127.0.0.1:8765", "--channels", "--brokers"):
        assert text in result.output


@pytest.mark.parametrize(
    ("url", "secure", "host", "encrypted"),
    [
        ("wss://socket.massive.com", None, "socket.massive.com", True),
        ("ws://127.0.0.1:8765", None, "127.0.0.1:8765", False),
        ("ws://127.0.0.1:8765/stocks", None, "127.0.0.1:8765", False),
        ("wss://localhost:1", False, "localhost:1", False),
        ("feed.example:99", True, "feed.example:99", True),
    ],
)
def test_an_address_names_host_and_encryption(url: str, *, secure: bool | None, host: str, encrypted: bool) -> None:
    """The official client takes the host alone, and puts the path behind it."""
    feed = feed_of(url, "A.*, AM.AAPL,Q.*", KEY, secure=secure)

    assert (feed.host, feed.secure, feed.channels) == (host, encrypted, ("A.*", "AM.AAPL", "Q.*"))
    assert "s3cret" not in repr(feed)


@pytest.mark.parametrize(
    ("url", "channels", "key", "message"),
    [
        ("http://x", "A.*", "k", "--url http://x"),
        ("ws://", "A.*", "k", "--url ws://"),
        ("ws://x:port", "A.*", "k", "--url ws://x:port"),
        ("ws://x/crypto", "A.*", "k", "--url ws://x/crypto"),
        ("ws://x", "A", "k", "--channels A"),
        ("ws://x", "NOI.*", "k", "--channels NOI"),
        ("ws://x", " , ", "k", "--channels"),
        ("ws://x", "A.*", "", "set MASSIVE_API_KEY"),
    ],
)
def test_what_names_no_feed_is_refused_in_one_line(url: str, channels: str, key: str, message: str) -> None:
    """With what to write instead."""
    with pytest.raises(InputError) as caught:
        feed_of(url, channels, SecretStr(key), secure=None)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_broker_must_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how."""
    monkeypatch.setenv("MASSIVE_API_KEY", "k")
    monkeypatch.delenv("KAFKA_BOOTSTRAP", raising=False)
    result = CliRunner().invoke(listen, ["--url", "ws://127.0.0.1:1"])

    assert isinstance(result.exception, InputError)
    assert "--brokers" in str(result.exception)


@pytest.mark.parametrize(
    ("url", "local"),
    [("ws://127.0.0.1:1", True), ("ws://localhost", True), ("ws://[::1]:5", True), ("wss://socket.massive.com", False)],
)
def test_a_feed_on_this_machine_has_a_clock_of_its_own(url: str, *, local: bool) -> None:
    """Only a simulator can be there."""
    assert is_local(url) is local
