"""``load-reference`` with input that it cannot use: one line, exit code 2, before anything is asked or published."""

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from streams import cli
from streams.commands import load_reference
from streams.commands.load_reference import day_of, files_of
from streams.market.session import trading_day_of

Run = Callable[[str], tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs the command in a folder with a few files; it returns exit code and standard error."""
    monkeypatch.chdir(tmp_path)
    for name in ("KAFKA_BOOTSTRAP", "MASSIVE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(cli, "configure_logs", lambda level: level)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    (tmp_path / "empty").mkdir()

    def run_command(arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tickerboard", "load-reference", *arguments.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), capsys.readouterr().err

    return run_command


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("", "where to? give --brokers (or set KAFKA_BOOTSTRAP), --out FILE.csv or --dry-run"),
        ("--dry-run", "set MASSIVE_API_KEY, or give --days or --csv"),
        ("--follow", "--follow reads and writes topics: give --brokers"),
        ("--follow --brokers localhost:1", "set MASSIVE_API_KEY"),
        ("--dry-run --date 6.1.2025", "--date '6.1.2025' is not a date like 2025-01-06"),
        ("--dry-run --date 2025-01-09", "--date: 2025-01-09 is not a trading day"),
        ("--dry-run --sessions 0", "0 is not in the range"),
        ("--dry-run --rate 0", "0 is not in the range"),
        ("--dry-run --days missing.csv", "missing.csv: cannot be read"),
        ("--dry-run --days bad.csv", "bad.csv: no column ticker, open, high, low, close, volume, date"),
        ("--dry-run --days empty", "empty: a folder without a file that ends in .csv, .csv.gz, .parquet"),
        ("--dry-run --csv bad.csv", "bad.csv: no column ticker"),
        ("--dry-run --csv bad.csv --splits bad.csv", "bad.csv: no column"),
        ("--dry-run --days bad.csv --history missing", "no column"),
        ("--dry-run --csv bad.csv --cache bad.csv", "'bad.csv' is a file"),
        ("--out missing/x.csv", "there is no folder missing; make it, or name another"),
    ],
)
def test_bad_input_is_one_line(run: Run, arguments: str, says: str) -> None:
    """It names the option or the file, and what to do."""
    code, error = run(arguments)

    assert code == 2
    assert says in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


def test_the_date_is_today_until_its_close(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the next session, over a weekend and a holiday too."""
    friday, monday = trading_day_of(date(2025, 1, 3)), trading_day_of(date(2025, 1, 6))
    for now, expected in ((friday.start, friday), (friday.close - 1, friday), (friday.close, monday)):
        monkeypatch.setattr(load_reference, "now_ms", lambda now=now: now)
        assert day_of(None) == expected
    monkeypatch.setattr(load_reference, "now_ms", lambda: trading_day_of(date(2025, 1, 8)).close)

    assert day_of(None).date == date(2025, 1, 10)


def test_a_folder_stands_for_its_files(tmp_path: Path) -> None:
    """By name, and only those of a kind that can be read."""
    for name in ("b.csv", "a.csv.gz", "notes.txt", "c.parquet"):
        (tmp_path / name).write_text("")

    assert [path.name for path in files_of([tmp_path, Path("x.csv")])] == ["a.csv.gz", "b.csv", "c.parquet", "x.csv"]
