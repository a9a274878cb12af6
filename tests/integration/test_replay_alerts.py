"""The alerts that ``replay`` writes, through real Kafka and Faust, are those the oracle finds in the same files."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.command_line import replay
from tests.support.compare import assert_same_alerts
from tests.support.oracle import expected_alerts
from tests.support.oracle_markets import Market, gapper_days, real_monday, simulated_market

pytestmark = pytest.mark.integration

WHOLE_DAY: Final = None
BAR_KINDS: Final = {
    "new_high",
    "new_low",
    "vwap_cross_up",
    "vwap_cross_down",
    "prev_close_cross_up",
    "prev_close_cross_down",
    "opening_range_up",
    "opening_range_down",
    "volume_spike",
    "entered",
    "left",
}


def written(market: Market, until: str | None, folder: Path, options: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Replay a market until an instant; return the alerts that were written."""
    file = folder / "alerts.jsonl"
    instant = [] if until is None else ["--until", until]
    replay(folder / "out.json", *market.arguments(), "--alerts", file, *instant, *options)
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def check(market: Market, until: str | None, folder: Path, options: Sequence[str] = ()) -> set[str]:
    """Compare the alerts of a replay with the oracle's; return which kinds there were."""
    wanted = expected_alerts(market.bars, until, market.reference, market.history)

    assert_same_alerts(written(market, until, folder, options), wanted)

    return {alert["kind"] for alert in wanted}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Market:
    """Return a simulated Monday and the three sessions before it."""
    return simulated_market(tmp_path_factory.mktemp("simulated"), tickers=120)


def test_simulated_day(simulated: Market, tmp_path: Path) -> None:
    """A simulated day of minute bars with every kind of alert, folded by one worker."""
    assert check(simulated, WHOLE_DAY, tmp_path) == BAR_KINDS


def test_simulated_morning_with_two_workers(simulated: Market, tmp_path: Path) -> None:
    """Until an instant between two bars, and with the tickers shared by two workers, they are the same."""
    check(simulated, "10:42:30", tmp_path, ["--workers", "2"])


@pytest.mark.parametrize("until", ["09:30", WHOLE_DAY])
def test_real_minute_bars(until: str | None, tmp_path: Path) -> None:
    """2025-01-06: new highs in all sessions, thin tickers that trade at one price for long, real volume spikes."""
    kinds = check(real_monday(tmp_path), until, tmp_path)

    assert kinds == (BAR_KINDS if until is WHOLE_DAY else {kind for kind in BAR_KINDS if "opening" not in kind})


def test_real_gappers(tmp_path: Path) -> None:
    """65 days of small caps as they gapped, side by side on one day."""
    assert check(gapper_days(tmp_path), WHOLE_DAY, tmp_path) == BAR_KINDS
