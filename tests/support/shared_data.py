"""Real market data, which is not part of the repository: where it lies, and what to do where it does not."""

import os
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = Path(os.environ.get("TICKERBOARD_DATA", ROOT.parent / "shared" / "data"))


def shared_data(name: str) -> Path:
    """Return the path of a file of real data; skip the test that asks for it where it is absent."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(
            f"real market data is absent: {name} (TICKERBOARD_DATA names its folder, by default ../shared/data)"
        )
    return path
