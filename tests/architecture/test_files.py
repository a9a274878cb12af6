"""What is committed works on any machine: it names no folder of one, and no host that packages come from."""

import re
from typing import Final

from tests.architecture.sources import ROOT, project_files

# Written so that this file does not find itself.
HOSTS: Final = tuple(
    name.replace("!", ".")
    for name in ("pypi!org", "pythonhosted!org", "npmjs!org", "npmjs!com", "maven!org", "crates!io", "debian!org")
)
FOLDERS: Final = tuple(f"/{name}/" for name in ("home", "root", "Users", "work", "tmp"))
UNWANTED: Final = re.compile(
    # A host with whatever stands before it, and a folder that nothing stands before.
    rf"\b[\w.-]*(?:{'|'.join(map(re.escape, HOSTS))})\b|(?<![\w.~-])(?:{'|'.join(FOLDERS)})"
)
SHARED: Final = "../" + "shared/"
"""The folder of real market data beside the repository, named relative to it."""


def unwanted(text: str) -> list[str]:
    """Return what the text names and should not."""
    return UNWANTED.findall(text.replace(SHARED, ""))


def test_the_search_finds_what_it_looks_for() -> None:
    """Hosts and absolute folders are seen; relative paths and links elsewhere are not."""
    assert unwanted("https://files." + HOSTS[1] + "/x")
    assert unwanted(f'"{FOLDERS[0]}me"')
    assert not unwanted("https://kafka.example/docs ../shared/data tests/work/x api/home/y")


def test_no_file_names_a_machine_or_a_registry() -> None:
    """Every text file of the repository is free of both."""
    found = {}
    for path in project_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if names := unwanted(text):
            found[path.relative_to(ROOT).as_posix()] = sorted(set(names))

    assert found == {}
