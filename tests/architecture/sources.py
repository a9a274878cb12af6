"""The project's own source files, as git knows them."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGES: Final = ("schemas", "streams", "agents", "api")


def project_files(*patterns: str) -> list[Path]:
    """Return the files that are tracked or about to be, that match one of the patterns (all, where none is given)."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [path for name in sorted(set(names)) if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    """Return the Python modules of the project's packages."""
    return project_files(*(f"{package}/*.py" for package in PACKAGES))


def functions(module: Path) -> Iterator[tuple[str, int]]:
    """Give the name and the number of lines of each function in the module."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{module.relative_to(ROOT)}:{node.name}", node.end_lineno - node.lineno + 1
