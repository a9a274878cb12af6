"""The ``simulate`` command: files it writes, and one clear line for what it cannot do."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from schemas.clock import now_ms
from streams.feed.simulate_command import last_full_session, simulate
from streams.market.session import trading_day_of

SMALL = ["--tickers", "20", "--date", "2026-11-20", "--until", "04:10"]


def test_help_teaches_with_examples() -> None:
    """It shows commands to copy and how to point the official client at the server."""
    text = CliRunner().invoke(simulate, ["--help"]).output

    assert "--flat-file day.csv.gz" in text
    assert 'feed="127.0.0.1:8765", secure=False' in text


def test_files_are_written_and_counted(tmp_path: Path) -> None:
    """Each file asked for is written, and a line says what is in it."""
    flat, trades, reference = tmp_path / "day.csv.gz", tmp_path / "trades.csv", tmp_path / "reference.csv"
    asked = ["--flat-file", str(flat), "--trades-file", str(trades), "--reference-file", str(reference)]
    result = CliRunner().invoke(simulate, [*SMALL, *asked])

    assert result.exit_code == 0, result.output
    assert all(path.stat().st_size > 0 for path in (flat, trades, reference))
    assert "bars of 60 s on 2026-11-20" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--date", "2026-11-26"], "not a trading day"),
        (["--date", "yesterday"], "yesterday"),
        (["--start", "25:00"], "'25:00' is not a time like 09:30"),
        (["--start", "03:59"], "the day begins at 04:00"),
        (["--start", "09:30", "--until", "09:00"], "--until must be later than --start"),
        (["--date", "2026-11-27", "--start", "17:00"], "2026-11-27 ends at 17:00 New York"),
        (["--speed", "fast"], "'fast' is neither a factor above 0 nor 'max'"),
        (["--speed", "0"], "'0' is neither"),
        (["--tickers", "12001"], "12001"),
        (["--port", "70000"], "70000"),
        (["--flat-file", "day.txt"], "day.txt: the name must end in .csv or .csv.gz"),
        (["--flat-file", "day.csv", "--bar-seconds", "7"], "bars of 7 s"),
    ],
)
def test_bad_input_is_one_clear_line(arguments: list[str], said: str) -> None:
    """Exit code 2, the reason in the last line, no traceback."""
    result = CliRunner().invoke(simulate, ["--tickers", "20", *arguments])

    assert result.exit_code == 2
    assert said in result.output.strip().splitlines()[-1]
    assert "Traceback" not in result.output


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    """The message names it and says why."""
    blocked = tmp_path / "blocked"
    blocked.write_text("not a folder")
    result = CliRunner().invoke(simulate, [*SMALL, "--flat-file", str(blocked / "day.csv")])

    assert result.exit_code == 2
    assert "cannot write" in result.output


def test_the_default_date_is_the_last_full_session() -> None:
    """It is over by then, and no half day."""
    assert last_full_session(trading_day_of(date(2026, 11, 30)).open) == date(2026, 11, 25)
    assert trading_day_of(last_full_session(now_ms())).end <= now_ms()
