"""The oracle's alerts, each kind worked out by hand, and the comparison of two lists of them.

Moments are in UTC, on a Monday of winter: New York is five hours behind.
"""

from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.compare import assert_same_alerts
from tests.support.flat_files import bar, nanoseconds, write
from tests.support.oracle import Alert, expected_alerts
from tests.support.oracle_alerts import FIELDS

MONDAY: Final = "2025-01-06"
FRIDAY: Final = "2025-01-03"


def minute(utc: str, prices: tuple[float, ...], volume: float = 100) -> str:
    """Return a bar of AAA on the Monday."""
    return bar("AAA", f"{MONDAY} {utc}", prices, volume)


def milliseconds(utc: str) -> int:
    """Return a moment of the Monday in milliseconds since the epoch."""
    return nanoseconds(f"{MONDAY} {utc}") // 1_000_000


def made(folder: Path, lines: list[str], *kinds: str, seconds: int = 60, **others: Any) -> list[Alert]:  # noqa: ANN401
    """Return the alerts of some kinds that a day of bars makes, in order of time."""
    file = write(folder / "bars.csv", lines)
    found = [alert for alert in expected_alerts(file, bar_seconds=seconds, **others) if alert["kind"] in kinds]
    return sorted(found, key=lambda alert: (alert["event_time"], alert["id"]))


def column(alerts: list[Alert], *fields: str) -> list[Any]:
    """Return fields of alerts, one by one or as tuples."""
    return [alert[fields[0]] if len(fields) == 1 else tuple(alert[field] for field in fields) for alert in alerts]


def reference(folder: Path, columns: str, line: str) -> Path:
    """Return a reference file of one ticker."""
    return write(folder / "reference.csv", [line], columns)


class TestNewExtremes:
    """New highs and lows of a session."""

    def test_every_field(self, tmp_path: Path) -> None:
        """A bar strictly beyond the earlier ones of its session is an alert at its end, with the level it broke."""
        lines = [minute("15:00", (9, 10, 8, 9)), minute("15:01", (9, 10.5, 8, 9))]

        assert made(tmp_path, lines, "new_high", "new_low") == [
            {
                "id": f"new_high:AAA:{milliseconds('15:02')}",
                "kind": "new_high",
                "ticker": "AAA",
                "event_time": milliseconds("15:02"),
                "session": "regular",
                "price": 10.5,
                "level": 10,
                "value": None,
                "count": 1,
                "quality_days": None,
                "note": None,
            }
        ]

    def test_low(self, tmp_path: Path) -> None:
        """A new low is the same downward; the bar may make both."""
        lines = [minute("15:00", (9, 10, 8, 9)), minute("15:01", (9, 11, 7, 9)), minute("15:02", (9, 11, 6.5, 9))]

        alerts = made(tmp_path, lines, "new_high", "new_low")

        assert column(alerts, "kind", "price", "level", "count") == [
            ("new_high", 11, 10, 1),
            ("new_low", 7, 8, 1),
            ("new_low", 6.5, 7, 2),
        ]

    def test_each_session_for_itself(self, tmp_path: Path) -> None:
        """The first bar of a session is silent, its level is its own, and its count begins anew."""
        lines = [
            minute("14:00", (10,)),
            minute("14:29", (11,)),
            minute("14:30", (20,)),
            minute("14:31", (21,)),
            minute("20:59", (22,)),
            minute("21:00", (5,)),
            minute("21:01", (6,)),
        ]

        alerts = made(tmp_path, lines, "new_high")

        assert column(alerts, "event_time", "session", "level", "count") == [
            (milliseconds("14:30"), "pre_market", 10, 1),
            (milliseconds("14:32"), "regular", 20, 1),
            (milliseconds("21:00"), "regular", 21, 2),
            (milliseconds("21:02"), "post_market", 5, 1),
        ]

    def test_cooldown(self, tmp_path: Path) -> None:
        """At most one a minute, a full minute after the last that was told; those in between are counted."""
        starts = ("15:00:00", "15:00:10", "15:00:20", "15:01:00", "15:01:10", "15:01:20", "15:02:10")
        lines = [minute(start, (price,)) for price, start in enumerate(starts, start=10)]

        alerts = made(tmp_path, lines, "new_high", seconds=10)

        assert column(alerts, "event_time", "level", "count") == [
            (milliseconds("15:00:20"), 10, 1),
            (milliseconds("15:01:20"), 13, 4),
            (milliseconds("15:02:20"), 15, 6),
        ]

    def test_cooldown_ends_with_the_session(self, tmp_path: Path) -> None:
        """A new session starts anew: an alert at its beginning is not held back by one at the other's end."""
        starts = ("14:29:30", "14:29:40", "14:30:00", "14:30:10")
        lines = [minute(start, (price,)) for price, start in enumerate(starts, start=10)]

        alerts = made(tmp_path, lines, "new_high", seconds=10)

        assert column(alerts, "session") == ["pre_market", "regular"]

    def test_tickers_and_kinds_cool_down_apart(self, tmp_path: Path) -> None:
        """Another ticker, or the other direction, is not held back."""
        lines = [
            bar(ticker, f"{MONDAY} {start}", prices, 1)
            for ticker in ("AAA", "BBB")
            for start, prices in (("15:00:00", (9,)), ("15:00:10", (10,)), ("15:00:20", (8,)))
        ]

        assert len(made(tmp_path, lines, "new_high", "new_low", seconds=10)) == 4

    @pytest.mark.parametrize(
        ("yesterday", "days"), [(("10.4", "7.6"), (1, 1)), (("10.5", "7.5"), (0, 0)), (("", ""), (None, None))]
    )
    def test_quality(self, tmp_path: Path, yesterday: tuple[str, str], days: tuple[int | None, ...]) -> None:
        """Of earlier days a file knows yesterday alone: it is cleared or not; at its very price it is not."""
        lines = [minute("15:00", (9, 10, 8, 9)), minute("15:01", (9, 10.5, 7.5, 9))]
        file = reference(tmp_path, "ticker,prev_high,prev_low", f"AAA,{yesterday[0]},{yesterday[1]}")

        alerts = made(tmp_path, lines, "new_high", "new_low", reference=file)

        assert tuple(column(alerts, "quality_days")) == days


class TestBreaches:
    """What a new high or low says it broke."""

    @pytest.mark.parametrize(
        ("first", "second", "note"),
        [
            (14.0, 15.0, None),
            (14.0, 15.01, "broke the pre-market high of $15.00"),
            (15.0, 15.01, "broke the pre-market high of $15.00"),
            (15.01, 15.02, None),
            (16.5, 16.6, "broke yesterday's high of $16.50"),
            (14.0, 17.0, "broke the pre-market high of $15.00; broke yesterday's high of $16.50"),
        ],
    )
    def test_high_in_the_session(self, tmp_path: Path, first: float, second: float, note: str | None) -> None:
        """A level is broken by the bar that passes it, where the session had come up to it at most."""
        lines = [minute("14:00", (15,)), minute("15:00", (first,)), minute("15:01", (second,))]
        file = reference(tmp_path, "ticker,prev_high", "AAA,16.5")

        assert column(made(tmp_path, lines, "new_high", reference=file), "note") == [note]

    def test_low_after_hours(self, tmp_path: Path) -> None:
        """After hours both sessions of the day count, the newer first."""
        lines = [
            minute("14:00", (3,)),
            minute("15:00", (4,)),
            minute("21:00", (5,)),
            minute("21:01", (3.5,)),
            minute("21:02", (0.9,)),
        ]
        file = reference(tmp_path, "ticker,prev_low", "AAA,0.98765")

        alerts = made(tmp_path, lines, "new_low", reference=file)

        assert column(alerts, "price", "note") == [
            (3.5, "broke the regular-session low of $4.00"),
            (0.9, "broke the pre-market low of $3.00; broke yesterday's low of $0.9877"),
        ]

    def test_first_session_knows_yesterday_alone(self, tmp_path: Path) -> None:
        """Before the open there is no earlier session of the day; cents from a dollar on."""
        lines = [minute("14:00", (0.5,)), minute("14:01", (2,))]

        alerts = made(tmp_path, lines, "new_high", reference=reference(tmp_path, "ticker,prev_high", "AAA,1"))

        assert column(alerts, "note") == ["broke yesterday's high of $1.00"]


class TestVwapCrossings:
    """The close on the other side of the volume-weighted price."""

    KINDS = ("vwap_cross_up", "vwap_cross_down")

    def test_sides(self, tmp_path: Path) -> None:
        """The side is that of the close against the VWAP its own bar is in; the first side is silent.

        VWAPs: 10, then (10 + 12) / 2 = 11 (above), then (22 + 8) / 3 = 10 (below), then (30 + 14) / 4 = 11 (above).
        """
        closes = (10, 12, 8, 14)
        lines = [minute(f"15:0{place}", (close,), 1) for place, close in enumerate(closes)]

        alerts = made(tmp_path, lines, *self.KINDS)

        assert column(alerts, "kind", "event_time", "price", "level") == [
            ("vwap_cross_down", milliseconds("15:03"), 8, 10),
            ("vwap_cross_up", milliseconds("15:04"), 14, 11),
        ]
        assert column(alerts, "value", "count", "quality_days", "note") == [(None, None, None, None)] * 2

    def test_equal_changes_nothing(self, tmp_path: Path) -> None:
        """A close at the VWAP leaves the side: from above by way of equal to below is a crossing, back up is none.

        VWAPs: 10, 11 (above), then 11 at a close of 11 (equal), then 9.75 at 6 (below), then 9.75 at 9.75 (equal).
        """
        lines = [minute(f"15:0{place}", (close,), 1) for place, close in enumerate((10, 12, 11, 6, 9.75))]

        assert column(made(tmp_path, lines, *self.KINDS), "kind", "price") == [("vwap_cross_down", 6)]

    def test_one_price_is_on_no_side(self, tmp_path: Path) -> None:
        """However many bars close at one price, no last bit of a sum makes a side of it: the first real one is silent.

        In floating point the VWAP of these bars ends a hair above 10.1, and the bar at 11 would be a crossing.
        """
        lines = [minute(f"15:0{place}", (10.1,), volume) for place, volume in enumerate((100, 700, 300, 77, 100))]
        lines.append(minute("15:06", (11,), 1))

        assert made(tmp_path, lines, *self.KINDS) == []

    def test_without_volume(self, tmp_path: Path) -> None:
        """Until shares have traded there is no VWAP and no side."""
        lines = [
            minute("15:00", (10,), 0),
            minute("15:01", (9,), 0),
            minute("15:02", (9,), 5),
            minute("15:03", (8,), 5),
        ]

        assert made(tmp_path, lines, *self.KINDS) == []

    def test_cooldown_of_each_kind(self, tmp_path: Path) -> None:
        """Within a minute a second crossing up is not told, nor a second one down; the side follows all the same."""
        closes = (10, 20, 1, 30, 1, 30)
        lines = [minute(f"15:00:{place}0", (close,), 1) for place, close in enumerate(closes)]
        lines += [minute("15:01:00", (1,), 1), minute("15:01:30", (40,), 1)]

        alerts = made(tmp_path, lines, *self.KINDS, seconds=10)

        assert column(alerts, "kind", "event_time") == [
            ("vwap_cross_down", milliseconds("15:00:30")),
            ("vwap_cross_up", milliseconds("15:00:40")),
            ("vwap_cross_up", milliseconds("15:01:40")),
        ]


class TestPreviousClose:
    """The close on the other side of yesterday's."""

    KINDS = ("prev_close_cross_up", "prev_close_cross_down")

    def test_sides(self, tmp_path: Path) -> None:
        """The first bar is silent whichever side it is on, and at the very price the side stays."""
        closes = (9, 10, 11, 10, 12, 8)
        lines = [minute(f"15:0{place}", (close,)) for place, close in enumerate(closes)]

        alerts = made(tmp_path, lines, *self.KINDS, reference=reference(tmp_path, "ticker,prev_close", "AAA,10"))

        assert column(alerts, "kind", "event_time", "price", "level") == [
            ("prev_close_cross_up", milliseconds("15:03"), 11, 10),
            ("prev_close_cross_down", milliseconds("15:06"), 8, 10),
        ]

    def test_over_the_edges_of_sessions(self, tmp_path: Path) -> None:
        """The side is kept through the day; the session is that of the bar's start."""
        lines = [minute("14:28", (9,)), minute("14:29", (11,)), minute("14:30", (9,))]

        alerts = made(tmp_path, lines, *self.KINDS, reference=reference(tmp_path, "ticker,prev_close", "AAA,10"))

        assert column(alerts, "session") == ["pre_market", "regular"]

    def test_unknown(self, tmp_path: Path) -> None:
        """Without a previous close nothing is crossed."""
        assert made(tmp_path, [minute("15:00", (9,)), minute("15:01", (11,))], *self.KINDS) == []


class TestOpeningRanges:
    """The first bar beyond the range of the first minutes."""

    KINDS = ("opening_range_up", "opening_range_down")

    def test_every_length(self, tmp_path: Path) -> None:
        """Each length has its own range and breaks once each way; several at once differ by the end of their ids.

        Highs: 10 at 14:30, 12 at 14:34, 13 at 14:44, 14 at 14:59, then 13.5 at 15:00 and 15 at 15:01.
        """
        highs = (("14:30", 10), ("14:34", 12), ("14:44", 13), ("14:59", 14), ("15:00", 13.5), ("15:01", 15))
        lines = [minute(start, (9, high, 9, 9)) for start, high in highs]

        alerts = made(tmp_path, lines, *self.KINDS)

        assert column(alerts, "event_time", "value", "price", "level") == [
            (milliseconds("14:35"), 1, 12, 10),
            (milliseconds("14:45"), 5, 13, 12),
            (milliseconds("15:00"), 15, 14, 13),
            (milliseconds("15:02"), 30, 15, 14),
        ]
        assert alerts[1]["id"] == f"opening_range_up:AAA:{milliseconds('14:45')}:5"
        assert alerts[1]["note"] == "broke the 5-minute opening range high of $12.00"

    def test_down_and_several_at_once(self, tmp_path: Path) -> None:
        """One bar may break all ranges; the low of the range is the lowest of its bars."""
        lines = [minute("14:30", (0.5,)), minute("14:50", (0.25,)), minute("15:00", (0.2,)), minute("15:01", (0.1,))]

        alerts = made(tmp_path, lines, *self.KINDS)

        assert column(alerts, "kind", "event_time", "value", "level") == [
            ("opening_range_down", milliseconds("14:51"), 1, 0.5),
            ("opening_range_down", milliseconds("14:51"), 15, 0.5),
            ("opening_range_down", milliseconds("14:51"), 5, 0.5),
            ("opening_range_down", milliseconds("15:01"), 30, 0.25),
        ]
        assert alerts[3]["note"] == "broke the 30-minute opening range low of $0.2500"

    def test_regular_bars_only(self, tmp_path: Path) -> None:
        """A bar before the open is in no range, one after hours breaks none, and without a bar inside there is none."""
        lines = [minute("14:29", (5,)), minute("14:40", (10,)), minute("14:45", (10,)), minute("21:00", (30,))]

        assert made(tmp_path, lines, *self.KINDS) == []

    def test_equal_is_not_beyond(self, tmp_path: Path) -> None:
        """A bar at the edge of the range does not break it."""
        assert made(tmp_path, [minute("14:30", (5,)), minute("14:40", (5,))], *self.KINDS) == []

    @pytest.mark.parametrize(("seconds", "lengths"), [(60, [1, 5, 15, 30]), (300, [5, 15, 30]), (600, [30])])
    def test_lengths_that_bars_can_tell(self, tmp_path: Path, seconds: int, lengths: list[int]) -> None:
        """A range is known only where it is made of whole bars."""
        lines = [minute("14:30", (5,)), minute("15:00", (6,))]

        assert sorted(column(made(tmp_path, lines, *self.KINDS, seconds=seconds), "value")) == lengths


class TestVolumeSpikes:
    """Five minutes with a multiple of their usual volume."""

    @pytest.fixture
    def history(self, tmp_path: Path) -> list[Path]:
        """Return a Friday of 400 shares a minute from 10:00 to 10:29: 2,000 in every five from 10:05 to 10:30."""
        lines = [bar("AAA", f"{FRIDAY} 15:{place:02}", [5], 400) for place in range(30)]
        return [write(tmp_path / "history.csv", lines)]

    def test_enters_and_leaves(self, tmp_path: Path, history: list[Path]) -> None:
        """It is told on entering at five times, and again only after it has fallen below two and a half.

        2,000 are usual. By 10:10 9,999 shares; by 10:12 10,000, five times as many: entered. By 10:14 as many, by 10:16
        5,000, two and a half times: still. By 10:18 12,998: still. By 10:23 4,000, twice: left. By 10:24 104,000, 52
        times: entered.
        """
        volumes = {"09": 9999, "11": 1, "13": 0, "15": 4999, "17": 7999, "22": 4000, "23": 100_000}
        lines = [minute(f"15:{start}", (7,), volume) for start, volume in volumes.items()]

        alerts = made(tmp_path, lines, "volume_spike", history=history)

        assert column(alerts, "event_time", "value", "level", "price") == [
            (milliseconds("15:12"), 5, 2000, 7),
            (milliseconds("15:24"), 52, 2000, 7),
        ]
        assert alerts[0]["id"] == f"volume_spike:AAA:{milliseconds('15:12')}"

    def test_few_shares_are_no_spike(self, tmp_path: Path) -> None:
        """Ten thousand shares at least, however high the multiple."""
        history = write(tmp_path / "h.csv", [bar("AAA", f"{FRIDAY} 15:0{place}", [5], 1) for place in range(2)])
        lines = [minute("15:00", (7,), 9999), minute("15:01", (7,), 1)]

        alerts = made(tmp_path, lines, "volume_spike", history=[history])

        assert column(alerts, "event_time", "value") == [(milliseconds("15:02"), 5000)]

    def test_without_a_baseline(self, tmp_path: Path, history: list[Path]) -> None:
        """Where the usual volume is nothing there is no spike; one that lasts till there ends, and may begin again.

        From 10:35 on the five minutes had no volume. At 04:03 none had traded yet; of BBB nothing is known.
        """
        lines = [
            minute("09:02", (7,), 50_000),
            minute("15:28", (7,), 90_000),
            minute("15:34", (7,), 90_000),
            bar("BBB", f"{MONDAY} 15:10", [7], 1e6),
        ]

        assert column(made(tmp_path, lines, "volume_spike", history=history), "event_time") == [milliseconds("15:29")]

    def test_no_baseline_leaves(self, tmp_path: Path) -> None:
        """A bar where the usual volume is nothing ends a spike, so that the next can be told."""
        minutes = (0, 1, 20, 21)
        history = write(tmp_path / "h.csv", [bar("AAA", f"{FRIDAY} 15:{place:02}", [5], 100) for place in minutes])
        lines = [minute(f"15:{start}", (7,), 90_000) for start in ("00", "10", "20")]

        alerts = made(tmp_path, lines, "volume_spike", history=[history])

        assert column(alerts, "event_time") == [milliseconds("15:01"), milliseconds("15:21")]

    @pytest.mark.parametrize(
        ("again", "told"),
        [("15:00:20", ["15:00:10"]), ("15:00:50", ["15:00:10"]), ("15:01:00", ["15:00:10", "15:01:10"])],
    )
    def test_cooldown(self, tmp_path: Path, again: str, told: list[str]) -> None:
        """Left with the second bar and entered again with the third: told if that is a full minute after the first."""
        steps = (("15:00:00", 100), ("15:00:10", 50_000))
        history = write(tmp_path / "h.csv", [bar("AAA", f"{FRIDAY} {start}", [5], volume) for start, volume in steps])
        volumes = {"15:00:00": 90_000, "15:00:10": 1, again: 10_000_000}
        lines = [minute(start, (7,), volume) for start, volume in volumes.items()]

        alerts = made(tmp_path, lines, "volume_spike", history=[history], seconds=10)

        assert column(alerts, "event_time") == [milliseconds(end) for end in told]


def test_until(tmp_path: Path) -> None:
    """A bar that has not ended by the instant has made nothing yet."""
    lines = [minute("15:00", (9,)), minute("15:01", (10,))]

    assert made(tmp_path, lines, "new_high", until="10:01:59") == []
    assert len(made(tmp_path, lines, "new_high", until="10:02")) == 1


class TestComparison:
    """The comparison of two lists of alerts."""

    @pytest.fixture
    def alerts(self, tmp_path: Path) -> list[Alert]:
        """Return a new high with two breaches, and what came with it."""
        lines = [minute("14:00", (15,)), minute("15:00", (14,)), minute("15:01", (17,)), minute("15:02", (18,))]
        file = reference(tmp_path, "ticker,prev_high,prev_close", "AAA,16.5,16")
        found = made(tmp_path, lines, "new_high", "prev_close_cross_up", reference=file)
        assert len(found) == 3
        return found

    def test_same(self, alerts: list[Alert]) -> None:
        """Neither the order of alerts nor that of a note's parts is defined; numbers agree to 1e-9."""
        copy = deepcopy(alerts[::-1])
        for alert in copy:
            alert["price"] *= 1 + 1e-12
            alert["note"] = "; ".join(sorted((alert["note"] or "").split("; "), reverse=True))

        assert_same_alerts(copy, alerts)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("kind", "new_low"),
            ("ticker", "BBB"),
            ("event_time", 0),
            ("session", "pre_market"),
            ("price", 17.01),
            ("level", None),
            ("value", 1.0),
            ("count", 2),
            ("quality_days", 0),
            ("note", "broke the pre-market high of $15.00"),
        ],
    )
    def test_different_field(self, alerts: list[Alert], field: str, value: object) -> None:
        """Each difference is named by the alert and the field it is in."""
        copy = deepcopy(alerts)
        copy[0][field] = value

        assert field in FIELDS
        with pytest.raises(AssertionError, match=f"{alerts[0]['id']} {field}"):
            assert_same_alerts(copy, alerts)

    def test_different_alerts(self, alerts: list[Alert]) -> None:
        """An alert that is missing, or twice, or too many, or of other fields is named."""
        first = alerts[0]["id"]
        with pytest.raises(AssertionError, match=f"{first} is missing"):
            assert_same_alerts(alerts[1:], alerts)
        with pytest.raises(AssertionError, match=f"{first} should not be there"):
            assert_same_alerts(alerts, alerts[1:])
        with pytest.raises(AssertionError, match=f"{first} is there 2 times"):
            assert_same_alerts([alerts[0], *alerts], alerts)
        with pytest.raises(AssertionError, match=r"other fields: \['mood'\]"):
            assert_same_alerts([alerts[0] | {"mood": 1}, *alerts[1:]], alerts)
