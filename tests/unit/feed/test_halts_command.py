"""``tickerboard halts``: what it teaches, and what it refuses before anything is published."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from streams.cli import tickerboard
from streams.commands.halts import halts
from streams.feed.input_error import InputError


def test_help_teaches() -> None:
    """What a file is, where it goes, and an example; the command is one of the program's."""
    result = CliRunner().invoke(tickerboard, ["halts", "--help"])

    assert result.exit_code == 0
    for text in ("trade-halt feed", "tickerboard halts tradehalts.xml", "--brokers"):
        assert text in result.output


@pytest.mark.parametrize(
    ("arguments", "message"), [([], "give --brokers"), (["--brokers", "127.0.0.1:1"], "cannot be read")]
)
def test_bad_input_is_said_first(tmp_path: Path, arguments: list[str], message: str) -> None:
    """Without brokers, or with a file that is not there."""
    result = CliRunner().invoke(halts, [str(tmp_path / "none.xml"), *arguments])

    assert isinstance(result.exception, InputError)
    assert message in str(result.exception)
