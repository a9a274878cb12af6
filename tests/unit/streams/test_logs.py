"""A log is one line for each event: JSON where no person is looking."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from streams.logs import configure_logs


@pytest.fixture(autouse=True)
def _settings_are_left_as_they_were() -> Iterator[None]:
    """Other tests log as they did before."""
    level = logging.getLogger().level
    yield
    structlog.reset_defaults()
    logging.getLogger().setLevel(level)


def test_an_event_is_a_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Time, level, event and facts, errors included; what is below the level is not said."""
    configure_logs("info")
    log = structlog.get_logger()
    log.debug("not said")
    log.warning("flushed", partition=3)
    try:
        int("three")
    except ValueError:
        log.exception("failed")

    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["level"], first["partition"]) == ("flushed", "warning", 3)
    assert first["timestamp"].endswith("Z")
    assert "ValueError: invalid literal" in second["exception"]


def test_other_libraries_warnings_go_the_same_way(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their chatter does not."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    configure_logs("info")
    logging.getLogger("other").info("chatter")
    logging.getLogger("other").warning("look out")

    assert capsys.readouterr().err == "WARNING other: look out\n"
