"""The options of ``replay``: what they mean, and what is said of the input."""

from datetime import date, time
from io import StringIO
from typing import Final

import pytest
from rich.console import Console

from schemas.records import Reason
from streams.commands.replay import (
    SHOWN_REJECTS,
    date_of,
    positive,
    progress_bar,
    settings_for,
    speed_of,
    tell_rejects,
    time_of,
)
from streams.feed.reject import Reject

REJECT: Final = Reject(reason=Reason.BAD_PRICE, detail="[red] is no price", source="bars.csv", position=1, payload=b"")


def test_options_are_read_as_typed() -> None:
    """Times with and without seconds, dates, speeds; none given is none."""
    assert (time_of("09:45"), time_of("16:00:30"), time_of(None)) == (time(9, 45), time(16, 0, 30), None)
    assert (date_of("2025-01-06"), date_of(None)) == (date(2025, 1, 6), None)
    assert (speed_of("max"), speed_of("60"), speed_of("0.5")) == (None, 60.0, 0.5)
    assert (positive(60), positive(None)) == (60, None)


def test_services_are_embedded_unless_brokers_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell names is not used by accident; with brokers named the store is the shell's."""
    monkeypatch.setenv("KAFKA_BOOTSTRAP", "shell:1")
    monkeypatch.setenv("REDIS_URL", "redis://shell:1/0")

    alone, named = settings_for(None), settings_for("broker:2")

    assert (alone.kafka_bootstrap, alone.redis_url) == ("", "")
    assert (named.kafka_bootstrap, named.redis_url) == ("broker:2", "redis://shell:1/0")


@pytest.mark.parametrize(("count", "lines"), [(0, 0), (1, 2), (SHOWN_REJECTS, 21), (SHOWN_REJECTS + 5, 21)])
def test_lines_left_out_are_named_and_counted(count: int, lines: int) -> None:
    """The first are shown, all are counted; brackets in them are no markup."""
    said = StringIO()
    rejects = [REJECT._replace(position=line) for line in range(count)]

    tell_rejects(Console(file=said, width=200), rejects, "bars.csv: ")

    assert len(said.getvalue().splitlines()) == lines
    assert count == 0 or f"{count} lines left out" in said.getvalue()
    assert said.getvalue().count("[red]") == min(count, SHOWN_REJECTS)
    assert ("more not shown" in said.getvalue()) == (count > SHOWN_REJECTS)


def test_progress_is_for_terminals_only() -> None:
    """A log file gets none of it."""
    said = StringIO()
    with progress_bar(Console(file=said)) as progress:
        progress("folding", 1, 2)

    assert said.getvalue().strip() == ""
