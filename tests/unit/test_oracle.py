"""The oracle proves the numbers of everything else, so its own are worked out here by hand.

Moments are in UTC: New York is five hours behind it in winter (09:30 is 14:30) and four in summer (09:30 is 13:30).
"""

from copy import deepcopy
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.support import oracle
from tests.support.compare import assert_same, differences
from tests.support.flat_files import bar, nanoseconds, write
from tests.support.oracle import expected
from tests.support.shared_data import shared_data


def milliseconds(utc: str) -> int:
    """Return the milliseconds since the epoch of a moment, UTC."""
    return nanoseconds(utc) // 1_000_000


def ranked(document: dict[str, Any], name: str) -> list[tuple[str, float]]:
    """Return symbol and value of a board's rows."""
    return [(row["symbol"], row["value"]) for row in document["boards"][name]]


@pytest.fixture
def day(tmp_path: Path) -> Path:
    """Return one ticker's Monday: two bars before the open, two in the session, one after the close."""
    return write(
        tmp_path / "day.csv",
        [
            bar("AAA", "2025-01-06 14:28", (11, 12, 10.5, 11.5), 100),
            bar("AAA", "2025-01-06 14:29", (11.5, 13, 11, 12), 300),
            bar("AAA", "2025-01-06 14:30", (12.5, 14, 12, 13), 200),
            bar("AAA", "2025-01-06 20:59", (13, 15, 12.5, 14), 400),
            bar("AAA", "2025-01-06 21:00", (14, 14.5, 13.5, 13.5), 500),
        ],
    )


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    """Return a previous close of 10 and an average volume of 1,000."""
    return write(tmp_path / "reference.csv", ["AAA,10,1000"], "ticker,prev_close,avg_volume")


class TestOneTicker:
    """Every metric of a ticker through its day."""

    def test_whole_day(self, day: Path, reference: Path) -> None:
        """Without an instant all bars count, and the document is as of the end of the last."""
        document = expected(day, None, reference)

        assert document["trading_date"] == "2025-01-06"
        assert document["as_of"] == "2025-01-06T16:01:00-05:00"
        assert document["symbols"] == {
            "AAA": dict.fromkeys((*oracle.METRICS, *oracle.INPUTS))
            | {
                "price": 13.5,
                "accumulated_volume": 1500,
                "prev_close": 10,
                "avg_volume": 1000,
                "change": 3.5,
                "change_pct": 35,
                "open": 12.5,
                "change_from_open_pct": 8,
                "gap_pct": 25,
                "premarket_gap_pct": pytest.approx(10, rel=1e-15),
                "premarket_change_pct": 20,
                "relative_volume": 1.5,
                "vwap": (1150 + 3600 + 2600 + 5600 + 6750) / 1500,
                "pre_market_high": 13,
                "pre_market_low": 10.5,
                "regular_high": 15,
                "regular_low": 12,
                "post_market_high": 14.5,
                "post_market_low": 13.5,
                "dollar_volume": 19_700,
                "day_high": 15,
                "day_low": 10.5,
                "day_high_time": milliseconds("2025-01-06 20:59"),
                "day_low_time": milliseconds("2025-01-06 14:28"),
                "pre_market_high_time": milliseconds("2025-01-06 14:29"),
                "pre_market_low_time": milliseconds("2025-01-06 14:28"),
                "regular_high_time": milliseconds("2025-01-06 20:59"),
                "regular_low_time": milliseconds("2025-01-06 14:30"),
                "post_market_high_time": milliseconds("2025-01-06 21:00"),
                "post_market_low_time": milliseconds("2025-01-06 21:00"),
                "day_high_distance_pct": -10,
                "range_position_pct": pytest.approx(100 * 2 / 3, rel=1e-15),
                "vwap_distance_pct": pytest.approx(100 * 550 / 19_700, rel=1e-13),
                "volume_1m": 500,
                "volume_5m": 900,
                "volume_15m": 900,
                "change_1m_pct": -0.5 / 14 * 100,
                "change_5m_pct": 0.5 / 13 * 100,
                "change_15m_pct": 0.5 / 13 * 100,
                "post_market_change_pct": -0.5 / 14 * 100,
            }
        }
        assert list(document["boards"]) == [*oracle.BOARDS, *oracle.FEED_BOARDS]
        assert document["boards"]["gainers"] == [{"rank": 1, "symbol": "AAA", "value": 35}]
        assert document["boards"]["relative_volume_at_time"] == []

    @pytest.mark.parametrize("until", ["09:30", "09:30:59"])
    def test_before_the_first_regular_bar_ends(self, day: Path, reference: Path, until: str) -> None:
        """Until the 09:30 minute is over there is no open, and the gap runs with the price."""
        row = expected(day, until, reference)["symbols"]["AAA"]

        assert (row["price"], row["accumulated_volume"], row["vwap"]) == (12, 400, (1150 + 3600) / 400)
        assert (row["open"], row["change_from_open_pct"], row["regular_high"]) == (None, None, None)
        assert (row["gap_pct"], row["premarket_change_pct"]) == (20, 20)

    def test_gap_freezes_at_the_open(self, day: Path, reference: Path) -> None:
        """Once the ticker has opened, its gap is that of the open, whatever the price."""
        row = expected(day, "09:31", reference)["symbols"]["AAA"]

        assert (row["price"], row["open"], row["gap_pct"], row["change_pct"]) == (13, 12.5, 25, 30)
        assert row["change_from_open_pct"] == 4

    def test_bar_counts_once_it_has_ended(self, day: Path) -> None:
        """The minute that starts at 15:59 counts at 16:00:00, and not a second earlier."""
        assert expected(day, "15:59:59")["symbols"]["AAA"]["price"] == 13
        assert expected(day, "16:00")["symbols"]["AAA"]["price"] == 14
        assert expected(day, "16:00")["symbols"]["AAA"]["post_market_high"] is None

    def test_before_the_first_bar(self, day: Path) -> None:
        """Before any bar has ended there are no symbols, and boards are empty."""
        document = expected(day, "08:15")

        assert document["as_of"] == "2025-01-06T08:15:00-05:00"
        assert document["symbols"] == {}
        assert not any(document["boards"].values())

    def test_order_of_the_lines_is_nothing(self, day: Path, reference: Path, tmp_path: Path) -> None:
        """Time decides which bar is first or last, not the line it stands on."""
        header, *lines = day.read_text().splitlines()
        turned = write(tmp_path / "turned.csv", reversed(lines), header)

        assert_same(expected(turned, None, reference, bar_seconds=60), expected(day, None, reference, bar_seconds=60))


class TestSessions:
    """A bar belongs to the session in which it starts."""

    @pytest.mark.parametrize(
        ("utc", "session"),
        [
            ("2025-01-06 08:59", None),
            ("2025-01-06 09:00", "pre_market"),
            ("2025-01-06 14:29", "pre_market"),
            ("2025-01-06 14:30", "regular"),
            ("2025-01-06 20:59", "regular"),
            ("2025-01-06 21:00", "post_market"),
            ("2025-01-07 00:59", "post_market"),
            ("2025-01-07 01:00", None),
            # A half day: 13:00 and 17:00.
            ("2025-11-28 17:59", "regular"),
            ("2025-11-28 18:00", "post_market"),
            ("2025-11-28 21:59", "post_market"),
            ("2025-11-28 22:00", None),
            # The last Friday of winter time, the first Monday of summer time, and the way back.
            ("2025-03-07 13:30", "pre_market"),
            ("2025-03-10 13:29", "pre_market"),
            ("2025-03-10 13:30", "regular"),
            ("2025-03-10 20:00", "post_market"),
            ("2025-10-31 13:30", "regular"),
            ("2025-11-03 13:30", "pre_market"),
            ("2025-11-03 14:30", "regular"),
        ],
    )
    def test_by_start(self, tmp_path: Path, utc: str, session: str | None) -> None:
        """New York time decides, in winter, in summer and on half days; outside of the day a bar is ignored."""
        today = (datetime.fromisoformat(utc) - timedelta(hours=5)).date().isoformat()
        file = write(tmp_path / "bars.csv", [bar("AAA", utc, [5], 1)])

        row = expected(file, "23:59", bar_seconds=60, date=today)["symbols"].get("AAA")

        if session is None:
            assert row is None
        else:
            assert row is not None
            assert {name for name in row if name.endswith("_high") and row[name] == 5} == {
                "day_high",
                f"{session}_high",
            }
            assert row["open"] == (5 if session == "regular" else None)

    def test_summer_time_offset(self, tmp_path: Path) -> None:
        """The instant carries New York's offset of that date."""
        file = write(tmp_path / "bars.csv", [bar("AAA", "2025-03-10 13:30", [5], 1)])

        assert expected(file, "09:45:30", bar_seconds=60)["as_of"] == "2025-03-10T09:45:30-04:00"

    def test_long_bar_across_an_edge(self, tmp_path: Path) -> None:
        """A five-minute bar that starts at 15:58 is regular, counts from 16:03, and may end after the edge."""
        file = write(tmp_path / "bars.csv", [bar("AAA", "2025-01-06 20:58", [5], 1)])

        assert expected(file, "16:02", bar_seconds=300)["symbols"] == {}
        assert expected(file, "16:03", bar_seconds=300)["symbols"]["AAA"]["regular_high"] == 5


class TestReading:
    """What a file may hold."""

    def test_of_duplicates_the_last_wins(self, tmp_path: Path) -> None:
        """The later line of the same ticker and start replaces the earlier one; it is not added."""
        file = write(
            tmp_path / "bars.csv",
            [
                bar("AAA", "2025-01-06 15:00", [5], 100),
                bar("AAA", "2025-01-06 15:01", [6], 10),
                bar("AAA", "2025-01-06 15:00", [7], 40),
            ],
        )

        row = expected(file, None)["symbols"]["AAA"]

        assert (row["price"], row["accumulated_volume"], row["open"], row["regular_high"]) == (6, 50, 7, 7)
        assert row["vwap"] == (7 * 40 + 6 * 10) / 50

    def test_fractional_and_zero_volume(self, tmp_path: Path) -> None:
        """Fractions of a share are summed; a bar of volume 0 is a bar, with a price and no VWAP."""
        file = write(
            tmp_path / "bars.csv",
            [
                bar("HALF", "2025-01-06 15:00", [2], 0.5),
                bar("HALF", "2025-01-06 15:01", [4], "1.25"),
                bar("ZERO", "2025-01-06 15:00", [0.0001], 0),
            ],
        )

        document = expected(file, None)

        assert document["symbols"]["HALF"]["accumulated_volume"] == 1.75
        assert document["symbols"]["HALF"]["vwap"] == (1 + 5) / 1.75
        assert document["symbols"]["ZERO"]["price"] == 0.0001
        assert document["symbols"]["ZERO"]["vwap"] is None
        assert ranked(document, "volume") == [("HALF", 1.75), ("ZERO", 0)]

    def test_tickers_are_text(self, tmp_path: Path) -> None:
        """``NA``, ``NAN``, ``TRUE`` and numbers are tickers like any other, also in the reference."""
        tickers = ["NA", "NAN", "TRUE", "BRK.B", "ABRpD", "NULL", "1E5", "nan"]
        file = write(tmp_path / "bars.csv", [bar(ticker, "2025-01-06 15:00", [5], 1) for ticker in tickers])
        reference = write(tmp_path / "r.csv", [f"{ticker},4,2" for ticker in tickers], "ticker,prev_close,avg_volume")

        document = expected(file, None, reference, bar_seconds=60)

        assert set(document["symbols"]) == set(tickers)
        assert {row["change_pct"] for row in document["symbols"].values()} == {25}

    @pytest.mark.parametrize(
        "line",
        [
            "AAA,-1,5,5,5,5,{start},",
            "AAA,1,0,5,5,5,{start},",
            "AAA,1,5,-5,5,5,{start},",
            "AAA,1,5,5,4,6,{start},",
            "AAA,1,five,5,5,5,{start},",
            "AAA,1,nan,5,5,5,{start},",
            "AAA,inf,5,5,5,5,{start},",
            "AAA,1,5,5,5,5,soon,",
            "AAA,1,5,5,5",
            ",1,5,5,5,5,{start},",
            "THIRTEENCHARS,1,5,5,5,5,{start},",
            "A\tB,1,5,5,5,5,{start},",
        ],
    )
    def test_impossible_lines_are_left_out(self, tmp_path: Path, line: str) -> None:
        """A line that is malformed or impossible is not there; its neighbours are."""
        good = bar("BBB", "2025-01-06 15:00", [5], 1)
        start = good.split(",")[6]
        file = write(tmp_path / "bars.csv", [good, line.format(start=start), good.replace("BBB", "CCC")])

        assert set(expected(file, None, bar_seconds=60)["symbols"]) == {"BBB", "CCC"}

    def test_columns_by_name(self, tmp_path: Path) -> None:
        """Columns are found by name, ``transactions`` may be absent, further ones are ignored, ``.gz`` is opened."""
        start = bar("AAA", "2025-01-06 15:00", [5], 1).split(",")[6]
        header = "window_start,note,low,high,open,close,ticker,volume"
        file = write(tmp_path / "bars.csv.gz", [f"{start},hello,1,4,2,3,AAA,10"], header)

        row = expected(file, None, bar_seconds=60)["symbols"]["AAA"]

        names = ("open", "regular_high", "regular_low", "price", "accumulated_volume")
        assert [row[name] for name in names] == [2, 4, 1, 3, 10]

    def test_bar_length_is_the_smallest_step(self, tmp_path: Path) -> None:
        """Starts 10, 15 and 30 minutes past make bars of five minutes."""
        starts = ["2025-01-06 15:10", "2025-01-06 15:30", "2025-01-06 15:15", "2025-01-06 15:15"]
        file = write(tmp_path / "bars.csv", [bar("AAA", start, [5], 1) for start in starts])

        assert expected(file, None)["as_of"] == "2025-01-06T10:35:00-05:00"
        assert expected(file, "10:34:59")["symbols"]["AAA"]["accumulated_volume"] == 2

    def test_date_must_be_told(self, tmp_path: Path) -> None:
        """Of a file with two dates one is given, and the other's bars are not counted."""
        starts = ["2025-01-06 15:00", "2025-01-07 15:00", "2025-01-07 15:01"]
        file = write(tmp_path / "bars.csv", [bar("AAA", start, [5], 1) for start in starts])

        with pytest.raises(ValueError, match="2 dates"):
            expected(file, None)
        assert expected(file, None, date="2025-01-06")["symbols"]["AAA"]["accumulated_volume"] == 1


class TestUndefined:
    """What cannot be computed is ``None``, and on no board."""

    @pytest.mark.parametrize("close", ["", "0", "-3"])
    def test_without_a_previous_close(self, day: Path, tmp_path: Path, close: str) -> None:
        """No previous close, or none above zero: no change, no gap; the rest stands."""
        reference = write(tmp_path / "r.csv", [f"AAA,{close},1000"], "ticker,prev_close,avg_volume")

        document = expected(day, None, reference)

        row = document["symbols"]["AAA"]
        against_close = ("change", "change_pct", "gap_pct", "premarket_gap_pct", "premarket_change_pct")
        assert [row[name] for name in against_close] == [None] * 5
        assert row["prev_close"] == (float(close) if close else None)
        assert (row["change_from_open_pct"], row["relative_volume"]) == (8, 1.5)
        assert document["boards"]["gainers"] == document["boards"]["gap_losers"] == []
        assert ranked(document, "open_losers") == [("AAA", 8)]

    @pytest.mark.parametrize("average", ["", "0"])
    def test_without_an_average_volume(self, day: Path, tmp_path: Path, average: str) -> None:
        """No average volume, or one of 0: no relative volume."""
        reference = write(tmp_path / "r.csv", [f"AAA,10,{average}"], "ticker,prev_close,avg_volume")

        document = expected(day, None, reference)

        assert document["symbols"]["AAA"]["relative_volume"] is None
        assert document["symbols"]["AAA"]["avg_volume"] == (0 if average else None)
        assert document["boards"]["relative_volume"] == []

    def test_other_name_of_the_average(self, day: Path, tmp_path: Path) -> None:
        """``avg_volume_30d`` is taken for ``avg_volume``, and further columns are ignored."""
        reference = write(tmp_path / "r.csv", ["AAA,10,x,3000,30"], "ticker,prev_close,prev_date,avg_volume_30d,n")

        assert expected(day, None, reference)["symbols"]["AAA"]["relative_volume"] == 0.5

    def test_without_pre_market_bars(self, tmp_path: Path, reference: Path) -> None:
        """A ticker that first trades in the session has no pre-market gap or change."""
        file = write(tmp_path / "bars.csv", [bar("AAA", "2025-01-06 14:30", [12], 1)])

        row = expected(file, None, reference, bar_seconds=60)["symbols"]["AAA"]

        assert (row["premarket_gap_pct"], row["premarket_change_pct"], row["gap_pct"]) == (None, None, 20)

    def test_without_an_open_after_hours(self, tmp_path: Path, reference: Path) -> None:
        """A ticker that trades before and after the session only never has an open; its gap runs with the price."""
        lines = [bar("AAA", "2025-01-06 14:29", [12], 1), bar("AAA", "2025-01-06 21:00", [9], 1)]
        file = write(tmp_path / "bars.csv", lines)

        row = expected(file, None, reference, bar_seconds=60)["symbols"]["AAA"]

        assert (row["open"], row["change_from_open_pct"], row["gap_pct"]) == (None, None, -10)
        assert row["premarket_change_pct"] == 20


class TestBoards:
    """Ranking."""

    def test_ties_go_by_code_point(self, tmp_path: Path) -> None:
        """Equal values stand by ticker, capitals before small letters, the dot before both, from either end."""
        tickers = ["ZZ", "BRKpB", "BRK.B", "BRKB", "AA"]
        reference = write(tmp_path / "r.csv", [f"{ticker},4,10" for ticker in tickers], "ticker,prev_close,avg_volume")
        file = write(tmp_path / "bars.csv", [bar(ticker, "2025-01-06 14:30", [5], 7) for ticker in tickers])

        document = expected(file, None, reference, bar_seconds=60)

        for name in ("volume", "gainers", "losers", "gappers", "gap_losers", "open_losers", "relative_volume"):
            assert [symbol for symbol, _ in ranked(document, name)] == ["AA", "BRK.B", "BRKB", "BRKpB", "ZZ"]
        assert [row["rank"] for row in document["boards"]["losers"]] == [1, 2, 3, 4, 5]

    def test_both_signs_from_both_ends(self, tmp_path: Path) -> None:
        """Gainers and losers hold the same tickers in opposite order: no sign is filtered out."""
        file = write(
            tmp_path / "bars.csv", [bar(t, "2025-01-06 15:00", [p], 1) for t, p in (("A", 9), ("B", 40), ("C", 11))]
        )
        reference = write(tmp_path / "r.csv", ["A,10,", "B,2.5,", "C,10,"], "ticker,prev_close,avg_volume")

        document = expected(file, None, reference, bar_seconds=60)

        assert ranked(document, "gainers") == [("B", 1500), ("C", 10), ("A", -10)]
        assert ranked(document, "losers") == ranked(document, "gainers")[::-1]

    def test_at_most_500_rows(self, tmp_path: Path) -> None:
        """Of 503 tickers the 500 best stand on a board; all stand among the symbols."""
        file = write(tmp_path / "bars.csv", [bar(f"T{n:03}", "2025-01-06 15:00", [5], n) for n in range(503)])

        document = expected(file, None, bar_seconds=60)

        assert len(document["symbols"]) == 503
        assert len(document["boards"]["volume"]) == 500
        assert ranked(document, "volume")[0] == ("T502", 502)
        assert ranked(document, "volume")[-1] == ("T003", 3)


class TestVolumeAtTime:
    """Relative volume at the same second of the day."""

    @pytest.fixture
    def today(self, tmp_path: Path) -> Path:
        """Return 60 shares of each of two tickers by 10:01."""
        return write(tmp_path / "today.csv", [bar(t, "2025-01-06 15:00", [5], 60) for t in ("AAA", "BBB")])

    def volume_at_time(self, today: Path, history: list[Path], until: str = "10:01") -> tuple[float | None, ...]:
        """Return the metric of both tickers."""
        symbols = expected(today, until, None, history, 60)["symbols"]
        return tuple(symbols[ticker]["relative_volume_at_time"] for ticker in ("AAA", "BBB"))

    def test_step_function(self, today: Path, tmp_path: Path) -> None:
        """A bar of the history counts once it has ended at that second of its own day; nothing is interpolated."""
        lines = [
            bar("AAA", "2025-01-03 15:00", [5], 10),
            bar("AAA", "2025-01-03 15:01", [5], 30),
            bar("AAA", "2025-01-03 15:03", [5], 20),
        ]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(today, history, "10:01")[0] == 60 / 10
        assert self.volume_at_time(today, history, "10:01:59")[0] == 60 / 10
        assert self.volume_at_time(today, history, "10:02")[0] == 60 / 40
        assert self.volume_at_time(today, history, "10:03:59")[0] == 60 / 40
        assert self.volume_at_time(today, history, "20:00")[0] == 60 / 60

    def test_own_bar_length(self, today: Path, tmp_path: Path) -> None:
        """Five-minute bars of the history end five minutes after their start: at 10:04 only the first counts."""
        lines = [bar("AAA", f"2025-01-03 {start}", [5], 10) for start in ("14:55", "15:00", "15:05")]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(today, history, "10:04")[0] == 60 / 10
        assert self.volume_at_time(today, history, "10:05")[0] == 60 / 20

    def test_mean_over_the_days_with_a_bar(self, today: Path, tmp_path: Path) -> None:
        """A session without any bar of the ticker is left out; one whose bars come later counts as 0."""
        lines = [
            bar("AAA", "2025-01-02 14:59", [5], 10),
            bar("AAA", "2025-01-02 15:00", [5], 30),
            bar("AAA", "2025-01-03 19:00", [5], 999),
            bar("BBB", "2025-01-03 15:00", [5], 12),
        ]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(today, history) == (60 / 20, 60 / 12)

    def test_mean_of_zero(self, today: Path, tmp_path: Path) -> None:
        """No session, or a mean of 0, leaves it undefined."""
        lines = [bar("AAA", "2025-01-03 15:00", [5], 0), bar("AAA", "2025-01-03 15:01", [5], 1)]
        history = [write(tmp_path / "history.csv", lines)]

        document = expected(today, "10:01", None, history, 60)

        assert self.volume_at_time(today, history) == (None, None)
        assert document["boards"]["relative_volume_at_time"] == []

    def test_last_ten_full_sessions_of_the_whole_history(self, today: Path, tmp_path: Path) -> None:
        """The ten sessions are the same for all: the half day, the holiday and what lies before do not count.

        AAA trades on the 13 dates from 17 December to 3 January, BBB on the first three. 24 December is a half day, and
        25 December and 1 January are no sessions. The last ten full ones begin with the 18th: of BBB's days the 18th
        and the 19th are among them.
        """
        december = [17, 18, 19, 20, 23, 24, 25, 26, 27, 30, 31]
        dates = [*(f"2024-12-{day}" for day in december), "2025-01-01", "2025-01-02", "2025-01-03"]
        volumes = dict.fromkeys(dates, 10) | {"2024-12-17": 7000, "2024-12-24": 5000, "2024-12-25": 3000}
        lines = [bar("AAA", f"{date} {minute}", [5], volumes[date]) for date in dates for minute in ("15:00", "15:01")]
        lines += [bar("BBB", f"2024-12-{day} 15:00", [5], volume) for day, volume in ((17, 900), (18, 4), (19, 8))]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(today, history) == (60 / 10, 60 / 6)

    def test_the_day_itself_and_later_days_are_ignored(self, today: Path, tmp_path: Path) -> None:
        """A history file may reach past the trading date."""
        dates = {"2025-01-03": 15, "2025-01-06": 1000, "2025-01-07": 2000}
        lines = [bar("AAA", f"{date} {minute}", [5], v) for date, v in dates.items() for minute in ("15:00", "15:01")]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(today, history) == (60 / 15, None)

    def test_hours_and_duplicates_of_the_history(self, today: Path, tmp_path: Path) -> None:
        """Bars before 04:00 or from 20:00 on are not of the session, and of duplicates the last counts."""
        lines = [
            bar("AAA", "2025-01-03 08:59", [5], 500),
            bar("AAA", "2025-01-03 15:00", [5], 70),
            bar("AAA", "2025-01-03 15:00", [5], 20),
            bar("AAA", "2025-01-03 15:01", [5], 40),
            bar("BBB", "2025-01-04 01:00", [5], 30),
        ]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(today, history) == (60 / 20, None)

    def test_summer_and_winter(self, tmp_path: Path) -> None:
        """The same second is that of New York's clock: 14:00 UTC in October is 10:00, as 15:00 UTC in November."""
        winter = write(tmp_path / "now.csv", [bar(t, "2025-11-03 15:00", [5], 60) for t in ("AAA", "BBB")])
        lines = [bar("AAA", "2025-10-31 14:00", [5], 20), bar("AAA", "2025-10-31 14:01", [5], 100)]
        history = [write(tmp_path / "history.csv", lines)]

        assert self.volume_at_time(winter, history)[0] == 60 / 20

    def test_files_of_several_kinds(self, today: Path, tmp_path: Path) -> None:
        """History comes in any number of files, ``.csv``, ``.csv.gz`` or ``.parquet``, of any numeric types."""
        starts = [int(bar("AAA", f"2025-01-02 {minute}", [5], 1).split(",")[6]) for minute in ("15:00", "15:01")]
        prices = {name: pl.Series([5.1, 5.1], dtype=pl.Float32) for name in ("open", "close", "high", "low")}
        frame = pl.DataFrame({"ticker": ["AAA"] * 2, "volume": [10, 10], **prices, "window_start": starts})
        frame.write_parquet(tmp_path / "first.parquet")
        lines = [bar("AAA", "2025-01-03 15:00", [5], 20), bar("AAA", "2025-01-03 15:01", [5], 20)]
        second = write(tmp_path / "second.csv.gz", lines)

        assert self.volume_at_time(today, [tmp_path / "first.parquet", second])[0] == 60 / 15


class TestComparison:
    """The comparison finds what differs, and lets only the last bits pass."""

    @pytest.fixture
    def document(self, tmp_path: Path) -> dict[str, Any]:
        """Return a document of three tickers, two of them with equal changes."""
        file = write(
            tmp_path / "b.csv", [bar(t, "2025-01-06 15:00", [p], p) for t, p in (("A", 11), ("B", 22), ("C", 5))]
        )
        reference = write(tmp_path / "r.csv", ["A,10,1", "B,20,", "C,10,"], "ticker,prev_close,avg_volume")
        return expected(file, None, reference, bar_seconds=60)

    def test_same(self, document: dict[str, Any]) -> None:
        """A document is the same as itself."""
        assert_same(document, document)

    @pytest.mark.parametrize(
        ("place", "value", "words"),
        [
            (("as_of",), "2025-01-06T10:02:00-05:00", "as_of"),
            (("symbols", "A", "price"), 11.0001, "'A' price"),
            (("symbols", "A", "price"), None, "'A' price"),
            (("symbols", "A", "pre_market_high"), 0, "'A' pre_market_high"),
            (("symbols", "A", "day_high_time"), 1_736_175_600_001, "'A' day_high_time"),
            (("symbols", "A", "volume_baseline_5m"), 1.0, "'A' volume_baseline_5m"),
            (("symbols", "A", "bid"), 1.0, "'A' bid"),
            (("symbols", "A", "mood"), None, r"other metrics: \['mood'\]"),
            (("symbols", "D"), {}, "'D' should not be there"),
            (("boards", "gainers", 0, "symbol"), "C", "board gainers, rank 1"),
            (("boards", "gainers", 0, "value"), 10.1, "board gainers, rank 1"),
            (("boards", "gainers", 1, "rank"), 1, "board gainers, rank 2"),
            (("boards", "gainers"), [], "board gainers: 0 rows"),
            (("boards", "halted"), [{"rank": 1, "symbol": "A", "value": 1}], "board halted: 1 rows"),
            (("boards", "other"), [], "names of the boards"),
        ],
    )
    def test_different(self, document: dict[str, Any], place: tuple[Any, ...], value: object, words: str) -> None:
        """Each difference is named by where it is."""
        copy = deepcopy(document)
        target = copy
        for key in place[:-1]:
            target = target[key]
        target[place[-1]] = value

        with pytest.raises(AssertionError, match=words):
            assert_same(copy, document)

    def test_metrics_of_trades_must_be_undefined(self, document: dict[str, Any]) -> None:
        """A document that shows metrics of trades and halts as undefined, and leaves the inputs out, is the same."""
        copy = deepcopy(document)
        for row in copy["symbols"].values():
            row.update(dict.fromkeys(oracle.FEED_METRICS))
            del row["volume_baseline_5m"]

        assert_same(copy, document)
        del copy["symbols"]["A"]["day_high"]
        with pytest.raises(AssertionError, match=r"other metrics: \['day_high'\]"):
            assert_same(copy, document)

    def test_last_bits_may_swap_two_rows(self, document: dict[str, Any]) -> None:
        """Where values agree to 1e-9 their order is left open, but each board must be in its own order."""
        copy = deepcopy(document)
        rows = copy["boards"]["gainers"]
        assert [row["symbol"] for row in rows] == ["A", "B", "C"]

        rows[0]["symbol"], rows[1]["symbol"] = "B", "A"
        assert any("out of order" in line for line in differences(copy, document, 1e-9))
        rows[0]["value"] *= 1 + 1e-14
        assert_same(copy, document)


class TestRealDay:
    """Agreement with values that were computed by SQL from the same real day."""

    def test_2025_01_06(self) -> None:
        """Volumes, prices, changes and relative volumes equal those of the data's own table."""
        bars = shared_data("bars_1min_2025-01/bars1m_2025-01-06.csv.gz")
        reference = shared_data("daily/avg30_prevclose_for_2025-01-06.csv.gz")
        header, *lines = oracle.csv_lines(shared_data("bars_1min_2025-01/oracle_2025-01-06.csv"))
        open_, close, end = (expected(bars, until, reference)["symbols"] for until in ("09:30", "16:00", "20:00"))

        wrong = []
        for line in lines:
            given = dict(zip(header, line, strict=True))
            ticker = given["ticker"]
            at_open = open_.get(ticker, dict.fromkeys(oracle.METRICS) | {"accumulated_volume": 0, "relative_volume": 0})
            pairs = {
                "premarket_volume": (at_open["accumulated_volume"], 0),
                "premarket_high": (end[ticker]["pre_market_high"], 0),
                "last_0929": (at_open["price"], 0),
                "open_0930": (end[ticker]["open"], 0),
                "rth_high": (end[ticker]["regular_high"], 0),
                "last_1559": (close[ticker]["price"], 0),
                "total_volume": (end[ticker]["accumulated_volume"], 0),
                "prev_close": (end[ticker]["prev_close"], 0),
                "avg_volume_30d": (end[ticker]["avg_volume"], 0),
                "chg_0929_pct": (end[ticker]["premarket_change_pct"], 0.005),
                "rvol_0929": (at_open["relative_volume"], 0.0005),
                "rvol_day": (end[ticker]["relative_volume"], 0.005),
            }
            for column, (mine, rounding) in pairs.items():
                theirs = float(given[column]) if given[column] else None
                undefined = mine is None or theirs is None
                if mine is not theirs if undefined else abs(mine - theirs) > rounding + 1e-9:
                    wrong.append((ticker, column, mine, theirs))

        assert len(lines) == 106
        assert wrong == []
