"""The page on metrics is what the tables say."""

from pathlib import Path

from schemas.alert_kinds import KIND_NAMES
from schemas.metrics_page import page
from streams.market.events import KINDS

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


def test_page_is_current() -> None:
    """``docs/metrics.md`` is what ``make docs`` writes today."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_alert_kinds() -> None:
    """The kinds that are described are those that there are, in their order."""
    assert KIND_NAMES == KINDS
