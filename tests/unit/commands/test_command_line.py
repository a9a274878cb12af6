"""Every command with input that it cannot use: one clear line on standard error, exit code 2, no traceback."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from streams import cli
from streams.errors import TickerboardError

Run = Callable[..., tuple[int, str]]
BARS = "ticker,volume,open,close,high,low,window_start,transactions\nA,1,1,1,1,1,1736173800000000000,1\n"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Return a function that runs a command line in an empty folder; it returns the exit code and standard error."""
    monkeypatch.chdir(tmp_path)
    # What it sets up would outlive the test.
    monkeypatch.setattr(cli, "configure_logs", lambda level: level)
    (tmp_path / "bars.csv").write_text(BARS)

    def run_command(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["tickerboard", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), capsys.readouterr().err

    return run_command


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("nonsense", "No such command 'nonsense'"),
        ("--nonsense", "--nonsense; see tickerboard --help"),
        ("boards gainer", "no board 'gainer': did you mean gainers? there are"),
        ("boards zzz", "no board 'zzz': there are volume"),
        ("boards", "no Redis is named: give --redis-url or set REDIS_URL"),
        ("boards --limit 0", "0 is not in the range"),
        ("topics", "give --brokers or set KAFKA_BOOTSTRAP"),
        ("work", "a worker needs --brokers, or KAFKA_BOOTSTRAP in the environment"),
        ("work --brokers localhost:1", "a worker needs --redis-url, or REDIS_URL in the environment"),
        ("work --bar-seconds 0", "0 is not in the range"),
        ("replay", "Missing argument 'FILE…'"),
        ("replay missing.csv", "missing.csv"),
        ("replay bars.csv --until 25:00", "--until '25:00' is not a time like HH:MM"),
        ("replay bars.csv --until noon", "--until 'noon' is not a time like HH:MM"),
        ("replay bars.csv --date 6.1.2025", "--date '6.1.2025' is not a date like 2025-01-06"),
        ("replay bars.csv --bar-seconds 0", "--bar-seconds 0: bars last a second at least"),
        ("replay bars.csv --bar-seconds x", "'x' is not a valid integer"),
        ("replay bars.csv --speed 0", "--speed '0' is neither a factor above 0 nor max"),
        ("replay bars.csv --speed inf", "--speed 'inf' is neither"),
        ("replay bars.csv --speed nan", "--speed 'nan' is neither"),
        ("replay bars.csv --speed fast", "--speed 'fast' is neither"),
        ("replay bars.csv --workers 0", "0 is not in the range"),
        ("replay bars.csv --json .", "is a folder; name a file to write"),
        ("replay bars.csv --json missing/out.json", "there is no folder missing; make it, or name another"),
        ("replay bars.csv --bar-seconds 60 --brokers b:1", "--brokers: boards need a Redis too; set REDIS_URL"),
        ("replay bars.csv --bar-seconds 60 --reference missing.csv", "missing.csv"),
        ("replay bars.csv --bar-seconds 60 --history missing.csv", "missing.csv"),
        ("demo --tickers 0", "0 is not in the range"),
        ("demo --port 70000", "70000 is not in the range"),
        ("demo --date 2025-13-01", "does not match the format"),
        ("demo --date 2025-01-01", "--date: 2025-01-01 is not a trading day"),
        ("demo --start noon", "'noon' is not a time like 09:30"),
        ("demo --speed fast", "'fast' is neither a factor above 0 nor 'max'"),
        ("keys create", "Missing option '--name'"),
        ("keys create --name x --scopes boards,all", "there is no scope 'all': there are boards, scans"),
        ("keys create --name x --scopes ,", "name at least one of boards, scans"),
        ("keys revoke nobody", "there is no key nobody; tickerboard keys list"),
        ("keys rotate nobody", "there is no key nobody; tickerboard keys list"),
        ("keys list --store-url nonsense", "the store's URL is none; it looks like sqlite:///file.db"),
        ("keys list --store-url sqlite:///.", "the store does not work: unable to open database file"),
        ("boards --redis-url nonsense", "--redis-url 'nonsense': Redis URL must specify one of"),
    ],
)
def test_bad_input_is_one_line(run: Run, command: str, says: str) -> None:
    """The line says what is wrong, in the words of whoever typed it."""
    code, error = run(*command.split())

    assert code == 2, error
    assert says in error
    assert error.startswith("tickerboard: ")
    assert len(error.splitlines()) == 1


def test_bad_settings_are_named_by_their_variables(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the shell says wrongly is one line too, with every variable that is wrong."""
    monkeypatch.setenv("TICKERBOARD_PARTITIONS", "many")
    monkeypatch.setenv("REDIS_URL", "store:6379")

    code, error = run("boards")

    assert code == 2
    assert "TICKERBOARD_PARTITIONS='many': Input should be a valid integer" in error
    assert "REDIS_URL='store:6379': " in error
    assert len(error.splitlines()) == 1


def test_a_file_of_trades_is_no_history(run: Run, tmp_path: Path) -> None:
    """It is read, and refused by name: volume curves are made of bars."""
    (tmp_path / "trades.csv").write_text(
        "ticker,conditions,correction,exchange,id,participant_timestamp,price,sequence_number,sip_timestamp,size,tape\n"
        "A,,0,1,1,1736173800000000000,1.0,1,1736173800000000000,1,1\n"
    )

    code, error = run("replay", "bars.csv", "--bar-seconds", "60", "--history", "trades.csv")

    assert (code, "trades.csv: trades; " in error) == (2, True)


def test_alerts_of_a_kind_that_there_is_not(run: Run) -> None:
    """The nearest kind is named."""
    code, error = run("alerts", "new_hihg", "--redis-url", "redis://127.0.0.1:1/0")

    assert (code, "did you mean new_high?" in error) == (2, True)


def test_help_is_no_mistake(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is printed on standard output, and the command ends well."""
    monkeypatch.setattr(cli, "configure_logs", lambda level: level)
    for arguments in (("--help",), ("replay", "-h"), ("demo", "--help"), ("boards", "--help")):
        monkeypatch.setattr(sys, "argv", ["tickerboard", *arguments])
        cli.main()

    said = capsys.readouterr()
    assert said.out.count("Usage: ") == 4
    assert said.err == ""


def test_what_fails_for_other_reasons_exits_with_1(run: Run) -> None:
    """A store that does not answer is not the input's fault."""
    code, error = run("boards", "--redis-url", "redis://127.0.0.1:1/0")

    assert code == 1
    assert error.startswith("tickerboard: Redis at redis://127.0.0.1:1/0 does not answer")
    assert len(error.splitlines()) == 1


@pytest.mark.parametrize(("interruption", "code"), [(KeyboardInterrupt, 130), (TickerboardError("it broke"), 1)])
def test_ends_without_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch, interruption: BaseException | type[BaseException], code: int
) -> None:
    """Ctrl+C and every error made on purpose end in order."""

    def interrupted(*_: object) -> None:
        raise interruption

    monkeypatch.setattr("streams.commands.boards.read", interrupted)

    assert run("boards")[0] == code
