"""Components are processes that are started again when they die, a limited number of times."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.clock import monotonic
from streams.components import Component
from streams.errors import ServiceDiedError


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a module named ``component_program`` that can be started; return its folder."""
    (tmp_path / "component_program.py").write_text(
        "import os, sys, time\nprint('value', os.environ['VALUE'], *sys.argv[1:], flush=True)\n"
        "time.sleep(0 if sys.argv[1] == 'dies' else 60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path


@pytest.fixture
def component(program: Path) -> Iterator[Component]:
    """Give a component that runs until told to stop."""
    running = Component("runs", ["component_program", "runs"], {"VALUE": "7"}, program)
    yield running
    running.stop()


def test_its_environment_and_its_log(component: Component, program: Path) -> None:
    """What it prints is in a file of its name; what is added to the environment is there."""
    component.start()
    component.process.wait(lambda: "value 7 runs" in (program / "runs.log").read_text(), 20)
    component.check()


def test_before_it_is_started_there_is_no_process(component: Component) -> None:
    """Asking for it is an error that names the component; stopping it is none."""
    with pytest.raises(ServiceDiedError, match="runs has not been started"):
        _ = component.process
    component.stop()


def test_a_component_that_dies_is_started_again_so_often(program: Path) -> None:
    """With the restarts used up its death is an error with its last lines."""
    dying = Component("dies", ["component_program", "dies"], {"VALUE": "7"}, program, restarts=1).start()
    first = dying.process
    deadline = monotonic() + 20
    while dying.process is first and monotonic() < deadline:
        dying.check()
        time.sleep(0.01)

    assert dying.process is not first
    with pytest.raises(ServiceDiedError, match="value 7 dies"):
        dying.process.wait(lambda: False, 20)
    with pytest.raises(ServiceDiedError, match="value 7 dies"):
        dying.check()
    dying.stop()
