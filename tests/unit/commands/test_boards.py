"""Boards as people read them: a table for the terminal, a file for programs."""

from pathlib import Path
from typing import Final

import click
import orjson
import pytest
from click.testing import CliRunner

from schemas.boards import BOARD_NAMES
from streams.commands.boards import as_table, boards, check_writable, write_json
from streams.document import Document
from streams.feed.input_error import InputError

ROWS: Final = [{"rank": 1, "symbol": "BRK.B", "value": 12.345}, {"rank": 2, "symbol": "NAN", "value": -1.0}]
DOCUMENT: Final = Document(
    trading_date="2025-01-06",
    as_of="2025-01-06T12:00:00-05:00",
    boards={name: ROWS if name == "gainers" else [] for name in BOARD_NAMES},  # type: ignore[misc] # rows are dicts
    symbols={"BRK.B": {"price": 460.5, "accumulated_volume": 12_000.0}, "NAN": {"price": None}},
)


def cells(limit: int) -> list[list[str]]:
    """Return the cells of the table, column by column."""
    return [[str(cell) for cell in column.cells] for column in as_table(DOCUMENT, "gainers", limit).columns]


def test_a_table_has_the_facts_of_its_rows() -> None:
    """Rank, ticker, the value it is ranked by, price and volume; what is unknown is 0 there."""
    assert cells(10) == [["1", "2"], ["BRK.B", "NAN"], ["12.35", "-1.00"], ["460.5", "0"], ["12,000", "0"]]
    assert cells(1)[1] == ["BRK.B"]


def test_boards_are_shown_or_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The named boards on the terminal; with ``--json`` everything, at full precision, in a file or on stdout."""
    monkeypatch.setattr("streams.commands.boards.read", lambda _: DOCUMENT)
    shown = CliRunner().invoke(boards, ["gainers"]).output
    printed = CliRunner().invoke(boards, ["--json", "-"]).stdout
    CliRunner().invoke(boards, ["--json", str(tmp_path / "out.json")])

    assert "2025-01-06" in shown
    assert "BRK.B" in shown
    assert orjson.loads(printed) == DOCUMENT
    assert orjson.loads((tmp_path / "out.json").read_bytes()) == DOCUMENT


def test_without_a_name_all_boards_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every board has its table, empty or not."""
    monkeypatch.setattr("streams.commands.boards.read", lambda _: DOCUMENT)

    assert CliRunner().invoke(boards).output.count("ticker") >= len(BOARD_NAMES)


def test_what_cannot_be_written_is_told_before_and_after(tmp_path: Path) -> None:
    """A folder, and a folder that is not there, before the work; anything else in one line after it."""
    check_writable(None)
    check_writable(Path("-"))
    check_writable(tmp_path / "new.json")
    for path, says in ((tmp_path, "is a folder"), (tmp_path / "no" / "out.json", "there is no folder")):
        with pytest.raises(InputError, match=says):
            check_writable(path)
    with pytest.raises(InputError, match="cannot be written"):
        write_json(DOCUMENT, tmp_path / "no" / "out.json")


def test_the_command_has_help() -> None:
    """Its examples are shown as they are typed."""
    help_text = boards.get_help(click.Context(boards))

    assert "tickerboard boards --json now.json" in help_text
