"""The oracle's ranges, windows, and ratios to what was known before the day, worked out by hand.

Moments are in UTC: New York is five hours behind it in winter.
"""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.flat_files import bar, nanoseconds, write
from tests.support.oracle import expected

MONDAY: Final = "2025-01-06"
FRIDAY: Final = "2025-01-03"


def row_at(folder: Path, lines: list[str], until: str | None, **others: Any) -> dict[str, Any]:  # noqa: ANN401 - as given
    """Return the metrics of AAA at an instant of a day of minute bars."""
    file = write(folder / "bars.csv", lines)
    row: dict[str, Any] = expected(file, until, bar_seconds=60, **others)["symbols"]["AAA"]
    return row


def reference(folder: Path, columns: str, line: str) -> Path:
    """Return a reference file of one ticker."""
    return write(folder / "reference.csv", [line], columns)


class TestRanges:
    """Extremes, when they were made, and where the price lies between them."""

    def test_earliest_of_equal_extremes(self, tmp_path: Path) -> None:
        """A high that is reached again keeps the time of the first bar that had it, and so does a low."""
        lines = [bar("AAA", f"{MONDAY} 15:0{minute}", (9, 10, 8, 9), 1) for minute in range(3)]

        row = row_at(tmp_path, lines, None)

        first = nanoseconds(f"{MONDAY} 15:00") // 1_000_000
        assert {row[f"{name}_time"] for name in ("day_high", "day_low", "regular_high", "regular_low")} == {first}
        assert (row["pre_market_high_time"], row["post_market_low_time"]) == (None, None)

    def test_day_covers_all_sessions(self, tmp_path: Path) -> None:
        """A day's high may be of the pre-market, its low of the late session; the price may stand above neither."""
        lines = [
            bar("AAA", f"{MONDAY} 13:00", (19, 20, 19, 19), 1),
            bar("AAA", f"{MONDAY} 15:00", (15, 16, 14, 15), 1),
            bar("AAA", f"{MONDAY} 22:00", (12, 13, 10, 12.5), 1),
        ]

        row = row_at(tmp_path, lines, None)

        assert (row["day_high"], row["day_low"]) == (20, 10)
        assert row["day_high_time"] == nanoseconds(f"{MONDAY} 13:00") // 1_000_000
        assert row["day_low_time"] == nanoseconds(f"{MONDAY} 22:00") // 1_000_000
        assert (row["day_high_distance_pct"], row["range_position_pct"]) == (-37.5, 25)

    def test_summer_time(self, tmp_path: Path) -> None:
        """Times are of the epoch, whatever New York's offset is that day."""
        row = row_at(tmp_path, [bar("AAA", "2026-06-22 13:30", [5], 1)], None)

        assert row["regular_high_time"] == nanoseconds("2026-06-22 13:30") // 1_000_000

    def test_no_range(self, tmp_path: Path) -> None:
        """With the high at the low there is no position between them; the price stands at the high, at distance 0."""
        row = row_at(tmp_path, [bar("AAA", f"{MONDAY} 15:00", [5], 0)], None)

        assert (row["range_position_pct"], row["day_high_distance_pct"]) == (None, 0)
        assert (row["vwap_distance_pct"], row["dollar_volume"]) == (None, 0)


class TestWindows:
    """What the last minutes brought: bars that ended within them, the far edge left out."""

    @pytest.fixture
    def lines(self) -> list[str]:
        """Return bars that end at 10:00, 10:01, 10:05 and 10:15."""
        ends = (("14:59", 10, 1), ("15:00", 11, 20), ("15:04", 12, 300), ("15:14", 15, 4000))
        return [bar("AAA", f"{MONDAY} {start}", [price], volume) for start, price, volume in ends]

    @pytest.mark.parametrize(
        ("until", "volumes"),
        [
            ("10:01", (20, 21, 21)),
            ("10:01:30", (20, 21, 21)),
            ("10:02", (0, 21, 21)),
            ("10:04:59", (0, 21, 21)),
            ("10:05", (300, 320, 321)),
            ("10:06", (0, 300, 321)),
            ("10:14:59", (0, 0, 321)),
            ("10:15", (4000, 4000, 4320)),
            ("10:45", (0, 0, 0)),
        ],
    )
    def test_volumes(self, tmp_path: Path, lines: list[str], until: str, volumes: tuple[float, ...]) -> None:
        """A bar is in a window from its end until the window has passed: at 10:05 that of 10:00 is not in the five."""
        row = row_at(tmp_path, lines, until)

        assert (row["volume_1m"], row["volume_5m"], row["volume_15m"]) == volumes

    @pytest.mark.parametrize(
        ("until", "closes"),
        [
            ("10:00", (None, None, None)),
            ("10:00:59", (None, None, None)),
            ("10:01", (10, None, None)),
            ("10:04:59", (11, None, None)),
            ("10:05", (11, 10, None)),
            ("10:06", (12, 11, None)),
            ("10:15", (12, 12, 10)),
            ("10:16", (15, 12, 11)),
            ("10:30", (15, 15, 15)),
        ],
    )
    def test_changes(self, tmp_path: Path, lines: list[str], until: str, closes: tuple[float | None, ...]) -> None:
        """The price is held against the newest close that is a minute old or more, five, fifteen."""
        row = row_at(tmp_path, lines, until)

        changes = [None if close is None else (row["price"] - close) / close * 100 for close in closes]
        assert [row["change_1m_pct"], row["change_5m_pct"], row["change_15m_pct"]] == changes

    @pytest.mark.parametrize(
        ("until", "baseline"),
        [
            ("10:02", 0),
            ("10:03", (40 + 0) / 2),
            ("10:05", (40 + 100) / 2),
            ("10:08", (0 + 100) / 2),
            ("10:09:59", (0 + 100) / 2),
            ("10:10", 0),
        ],
    )
    def test_relative_volume_of_five_minutes(
        self, tmp_path: Path, lines: list[str], until: str, baseline: float
    ) -> None:
        """Its baseline is what the same five minutes brought in the mean of the sessions before.

        On the 2nd forty shares by 10:03, on the 3rd a hundred by 10:05.
        """
        history = write(
            tmp_path / "history.csv",
            [
                bar("AAA", "2025-01-02 15:02", [5], 40),
                bar("AAA", f"{FRIDAY} 15:04", [5], 100),
                bar("AAA", f"{FRIDAY} 20:59", [5], 0),
                bar("AAA", f"{FRIDAY} 21:00", [5], 0),
            ],
        )

        row = row_at(tmp_path, lines, until, history=[history])

        assert row["volume_baseline_5m"] == baseline
        assert row["relative_volume_5m"] == (row["volume_5m"] / baseline if baseline else None)

    def test_without_a_curve(self, tmp_path: Path, lines: list[str]) -> None:
        """A ticker without history has neither the ratio nor its baseline."""
        history = write(
            tmp_path / "history.csv", [bar("BBB", f"{FRIDAY} 15:02", [5], 40), bar("BBB", f"{FRIDAY} 15:03", [5], 1)]
        )

        row = row_at(tmp_path, lines, "10:05", history=[history])

        assert (row["relative_volume_5m"], row["volume_baseline_5m"]) == (None, None)


class TestPostMarket:
    """The change after hours."""

    def test_against_the_last_regular_close(self, tmp_path: Path) -> None:
        """It begins with the first bar after hours, and is held against the last close of the session."""
        lines = [
            bar("AAA", f"{MONDAY} 15:00", [8], 1),
            bar("AAA", f"{MONDAY} 20:59", [10], 1),
            bar("AAA", f"{MONDAY} 21:00", [11], 1),
            bar("AAA", f"{MONDAY} 21:01", [12], 1),
        ]

        assert row_at(tmp_path, lines, "16:00:59")["post_market_change_pct"] is None
        assert row_at(tmp_path, lines, "16:01")["post_market_change_pct"] == 10
        assert row_at(tmp_path, lines, "23:00")["post_market_change_pct"] == 20

    def test_without_a_regular_bar(self, tmp_path: Path) -> None:
        """A ticker that did not trade in the session has no such change."""
        lines = [bar("AAA", f"{MONDAY} 14:00", [8], 1), bar("AAA", f"{MONDAY} 21:00", [11], 1)]

        assert row_at(tmp_path, lines, None)["post_market_change_pct"] is None


class TestReference:
    """What is known before the day, and the ratios to it."""

    COLUMNS = (
        "ticker,prev_close,avg_volume,prev_open,prev_high,prev_low,prev_volume,prev_vwap,atr,market_cap,"
        "avg_volume_30d,median_volume,median_volume_30d,short_interest,float_shares"
    )

    @pytest.fixture
    def lines(self) -> list[str]:
        """Return one bar of 500 shares, up from 8 to 12, closing at 11."""
        return [bar("AAA", f"{MONDAY} 15:00", (9, 12, 8, 11), 500)]

    def test_all_columns(self, tmp_path: Path, lines: list[str]) -> None:
        """Columns are shown as they are, that of the float by its short name; ratios are taken from them."""
        file = reference(tmp_path, self.COLUMNS, "AAA,10,1000,9.5,10.5,9.25,900,9.75,0.5,5e6,1100,950,975,77,2000")

        row = row_at(tmp_path, lines, None, reference=file)

        shown = {
            "prev_close": 10,
            "avg_volume": 1000,
            "prev_open": 9.5,
            "prev_high": 10.5,
            "prev_low": 9.25,
            "prev_volume": 900,
            "prev_vwap": 9.75,
            "atr": 0.5,
            "market_cap": 5e6,
            "avg_volume_30d": 1100,
            "median_volume": 950,
            "median_volume_30d": 975,
            "short_interest": 77,
            "float": 2000,
            "change_in_atr": 2,
            "range_in_atr": 8,
            "float_rotation": 0.25,
        }
        assert {name: row[name] for name in shown} == shown
        assert "float_shares" not in row

    def test_empty_fields(self, tmp_path: Path, lines: list[str]) -> None:
        """What is not in the file is undefined, and so is what would be made of it."""
        row = row_at(tmp_path, lines, None, reference=reference(tmp_path, self.COLUMNS, "AAA" + "," * 14))

        known = {name for name, value in row.items() if value is not None}
        assert not known & {*self.COLUMNS.split(","), "float", "change_in_atr", "range_in_atr", "float_rotation"}

    @pytest.mark.parametrize("nothing", ["0", "-1"])
    def test_ratios_need_a_positive_base(self, tmp_path: Path, lines: list[str], nothing: str) -> None:
        """An average true range or a float of 0 makes no ratio; it is shown as it is."""
        file = reference(tmp_path, "ticker,prev_close,atr,float_shares", f"AAA,10,{nothing},{nothing}")

        row = row_at(tmp_path, lines, None, reference=file)

        assert (row["change_in_atr"], row["range_in_atr"], row["float_rotation"]) == (None, None, None)
        assert (row["atr"], row["float"]) == (float(nothing), float(nothing))

    def test_range_needs_no_previous_close(self, tmp_path: Path, lines: list[str]) -> None:
        """The range in ATRs is of today alone."""
        row = row_at(tmp_path, lines, None, reference=reference(tmp_path, "ticker,atr", "AAA,2"))

        assert (row["change_in_atr"], row["range_in_atr"]) == (None, 2)

    def test_average_of_thirty_days(self, tmp_path: Path, lines: list[str]) -> None:
        """Where there are both averages each is its own; where there is only that of thirty days it serves as both."""
        both = reference(tmp_path, "ticker,avg_volume_30d,avg_volume", "AAA,250,1000")
        row = row_at(tmp_path, lines, None, reference=both)
        assert (row["avg_volume"], row["avg_volume_30d"], row["relative_volume"]) == (1000, 250, 0.5)

        one = reference(tmp_path, "ticker,avg_volume_30d", "AAA,250")
        row = row_at(tmp_path, lines, None, reference=one)
        assert (row["avg_volume"], row["avg_volume_30d"], row["relative_volume"]) == (250, 250, 2)
