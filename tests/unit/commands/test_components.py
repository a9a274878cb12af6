"""``work`` and ``serve`` turn into the component, with its settings in the environment."""

import os
import sys
from typing import Any

import pytest
from click.testing import CliRunner

from streams.commands.components import serve, work


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that receives what the process would have become."""
    found: list[Any] = []
    monkeypatch.setattr(os, "execve", lambda *command: found.append(command))
    for name in ("KAFKA_BOOTSTRAP", "REDIS_URL", "TICKERBOARD_INTERVAL_MS"):
        monkeypatch.setenv(name, "")
    monkeypatch.delenv("TICKERBOARD_INTERVAL_MS")
    return found


def test_a_worker_gets_its_settings(became: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Options win over the environment, which is what the component reads."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "other:1")
    monkeypatch.setenv("REDIS_URL", "redis://store:1/0")
    monkeypatch.setenv("TICKERBOARD_INTERVAL_MS", "1000")

    CliRunner().invoke(work, ["--brokers", "broker:2", "--bar-seconds", "60"], catch_exceptions=False)

    ((program, command, environment),) = became
    assert (program, command) == (sys.executable, [sys.executable, "-m", "agents.worker"])
    assert (environment["KAFKA_BOOTSTRAP"], environment["REDIS_URL"]) == ("broker:2", "redis://store:1/0")
    assert environment["TICKERBOARD_INTERVAL_MS"] == "60000"
    assert environment["PATH"] == os.environ["PATH"]


def test_a_gateway_gets_its_arguments(became: list[Any]) -> None:
    """Its options, and its help, are its own."""
    CliRunner().invoke(serve, ["--port", "0", "--help"], catch_exceptions=False)

    ((program, command, _),) = became
    assert (program, command) == (sys.executable, [sys.executable, "-m", "api", "--port", "0", "--help"])
