"""A child process has a port, a folder and a log, and its words are kept."""

import socket
import sys
from pathlib import Path

import pytest

from streams.errors import FolderError, PortTakenError, ServiceDiedError, ServiceSilentError
from streams.processes import LOOPBACK, ServiceProcess, claim_folder, claim_port, free_port


def python(code: str, folder: Path, doomed: Path | None = None, grace_seconds: float = 0.0) -> ServiceProcess:
    """Start Python with the code as if it were a service."""
    return ServiceProcess(
        "Example", [sys.executable, "-c", code], folder / "log", grace_seconds=grace_seconds, doomed=doomed
    )


def test_no_port_means_a_free_one() -> None:
    """Port 0 becomes one that can be listened on."""
    with socket.create_server((LOOPBACK, claim_port(0, "Example"))) as server:
        assert server.getsockname()[1] > 0


def test_a_free_port_is_taken_as_it_is() -> None:
    """A port asked for is the port used."""
    port = free_port()

    assert claim_port(port, "Example") == port


def test_a_port_in_use_is_refused() -> None:
    """The message names the service, the port and the reason."""
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError, match=f"Example cannot listen on 127.0.0.1:{port}: Address already in use"):
            claim_port(port, "Example")


def test_a_folder_is_created(tmp_path: Path) -> None:
    """A folder that is missing is made, with those above it."""
    assert claim_folder(tmp_path / "a" / "b", "Example", 1).is_dir()


def test_without_a_folder_there_is_a_temporary_one() -> None:
    """The temporary folder says whose it is."""
    folder = claim_folder(None, "Example", 1)
    folder.rmdir()

    assert folder.name.startswith("tickerboard-example-")


def test_too_little_space_is_refused(tmp_path: Path) -> None:
    """The message says how much is needed and how much there is."""
    with pytest.raises(FolderError, match=f"Example needs 1073741824 MB in {tmp_path}; its disk has [0-9]+ MB left"):
        claim_folder(tmp_path, "Example", 1 << 50)


def test_a_service_that_ends_tells_its_last_lines(tmp_path: Path) -> None:
    """The error has the exit status and the words, without Java's stack frames and without an earlier run's words."""
    (tmp_path / "log").write_text("an earlier run\n")
    process = python(r"print('cause\n\tat frame\n\nend'); raise SystemExit(3)", tmp_path)

    with pytest.raises(ServiceDiedError, match=r"^Example ended with status 3; its last lines:\ncause\nend$"):
        process.wait(lambda: False, 20)
    process.stop()


def test_a_command_that_is_missing_is_named(tmp_path: Path) -> None:
    """A command that cannot be run reads like a service that died."""
    process = ServiceProcess("Example", ["/nowhere/example"], tmp_path / "log", grace_seconds=0, doomed=None)

    with pytest.raises(ServiceDiedError, match="/nowhere/example: No such file or directory"):
        process.wait(lambda: False, 20)
    process.stop()


def test_a_service_that_stays_silent_is_given_up(tmp_path: Path) -> None:
    """Running without answering is another error than dying."""
    process = python("print('loading', flush=True); import time; time.sleep(60)", tmp_path)

    with pytest.raises(ServiceSilentError, match=r"(?s)Example does not answer after 0\.3 s"):
        process.wait(lambda: False, 0.3)
    process.stop()


def test_not_being_reachable_yet_is_no_error(tmp_path: Path) -> None:
    """A refused connection while starting means to try again."""
    attempts = iter(["refused", "not yet", "yes"])

    def answers() -> bool:
        attempt = next(attempts)
        if attempt == "refused":
            raise ConnectionRefusedError
        return attempt == "yes"

    process = python("import time; time.sleep(60)", tmp_path)
    process.wait(answers, 20)
    process.stop()

    assert not list(attempts)


def test_stopping_with_a_grace_lets_it_finish(tmp_path: Path) -> None:
    """A service with data to keep is asked to stop, and its folder stays."""
    code = "import signal, sys; signal.signal(15, lambda *_: sys.exit(print('saved'))); print('up', flush=True); "
    code += "signal.pause()"
    process = python(code, tmp_path, grace_seconds=20)
    process.wait(lambda: "up" in process.last_lines(), 20)

    process.stop()

    assert process.last_lines() == "up\nsaved"


def test_a_service_deaf_to_requests_is_killed_after_its_grace(tmp_path: Path) -> None:
    """Stopping takes no longer than the grace."""
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
    process = python(code, tmp_path, grace_seconds=0.2)
    process.wait(lambda: "up" in process.last_lines(), 20)

    process.stop()

    assert process.supervisor.returncode == 128 + 9


def test_a_doomed_folder_goes_with_its_service(tmp_path: Path) -> None:
    """Stopping removes what was temporary."""
    folder = tmp_path / "data"
    folder.mkdir()
    process = python("import time; time.sleep(60)", folder, doomed=folder)
    process.wait(lambda: True, 20)

    process.stop()

    assert not folder.exists()
    assert process.last_lines() == "(its log is gone)"
