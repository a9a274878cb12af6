"""Volume curves: which sessions count, who is averaged over what, and where the steps are."""

from datetime import UTC, date, datetime

import polars as pl

from schemas.records import VolumeCurve
from streams.feed.curve_builder import Curves, History, build_curves
from streams.market.session import trading_day_of, trading_days

TODAY = trading_day_of(date(2025, 1, 31))


def bars(*rows: tuple[str, str, float], seconds: int = 60) -> History:
    """Return a history from tickers, UTC times and volumes."""
    starts = [int(datetime.fromisoformat(when).replace(tzinfo=UTC).timestamp()) * 1000 for _, when, _ in rows]
    return History(
        pl.DataFrame(
            {"ticker": [row[0] for row in rows], "start_time": starts, "volume": [float(row[2]) for row in rows]}
        ),
        seconds * 1000,
    )


def curves(*histories: History, sessions: int = 10) -> dict[str, VolumeCurve]:
    """Return the curves by ticker."""
    built: Curves = build_curves(histories, TODAY, sessions)
    records = {record.ticker: record for record in built.records()}
    assert len(built) == len(records)
    return records


def test_a_curve_steps_where_bars_end() -> None:
    """Seconds count from that day's own 04:00; volumes add up; the mean is over two sessions."""
    curve = curves(bars(("A", "2025-01-28 09:00", 100), ("A", "2025-01-28 14:30", 50), ("A", "2025-01-29 14:30", 250)))[
        "A"
    ]

    assert curve == VolumeCurve(
        ticker="A", trading_date="2025-01-31", sample_days=2, seconds=(60, 19_860), volumes=(50.0, 200.0)
    )


def test_a_ticker_is_averaged_over_the_sessions_in_which_it_traded() -> None:
    """The sessions are the same for all; who was absent in one is not counted in it."""
    found = curves(bars(("A", "2025-01-28 15:00", 10), ("B", "2025-01-29 15:00", 30), ("B", "2025-01-28 15:00", 10)))

    assert (found["A"].sample_days, found["A"].volumes[-1]) == (1, 10.0)
    assert (found["B"].sample_days, found["B"].volumes[-1]) == (2, 20.0)


def test_the_last_sessions_of_any_ticker_are_the_baseline() -> None:
    """A ticker whose bars are all older has no curve."""
    days = [day.date for day in trading_days() if date(2025, 1, 10) <= day.date < TODAY.date]
    everyone = bars(*(("A", f"{day} 15:00", 1.0) for day in days), ("OLD", f"{days[0]} 15:00", 9.0))
    found = curves(everyone)

    assert len(days) > 10
    assert found.keys() == {"A"}
    assert found["A"].sample_days == 10
    assert curves(everyone, sessions=len(days)).keys() == {"A", "OLD"}


def test_half_days_later_days_and_closed_hours_do_not_count() -> None:
    """Nor do weekends, nor the trading date itself."""
    history = bars(
        ("A", "2024-12-24 15:00", 1000),
        ("A", "2025-01-25 15:00", 1000),
        ("A", "2025-01-28 08:59", 1000),
        ("A", "2025-01-29 01:00", 1000),
        ("A", "2025-01-31 15:00", 1000),
        ("A", "2025-02-03 15:00", 1000),
        ("A", "2025-01-28 15:00", 7),
    )

    assert curves(history)["A"].volumes == (7.0,)
    assert curves(history)["A"].sample_days == 1


def test_files_have_bar_lengths_of_their_own_and_the_last_duplicate_counts() -> None:
    """Five-minute bars end five minutes after their start."""
    found = curves(
        bars(("A", "2025-01-28 15:00", 1), seconds=300),
        bars(("B", "2025-01-28 15:00", 1), ("B", "2025-01-28 15:00", 4)),
    )

    assert found["A"].seconds == (21_900,)
    assert (found["B"].seconds, found["B"].volumes) == ((21_660,), (4.0,))


def test_no_history_gives_no_curves() -> None:
    """And no error."""
    assert curves() == {}
    assert curves(bars(("A", "2025-02-03 15:00", 1))) == {}


def test_summer_time_does_not_shift_the_day() -> None:
    """04:00 New York is 08:00 UTC in summer and 09:00 in winter; both are second 0."""
    day = trading_day_of(date(2025, 3, 12))
    history = bars(("A", "2025-03-07 14:30", 10), ("A", "2025-03-10 13:30", 20))
    (curve,) = build_curves([history], day).records()

    assert (curve.seconds, curve.volumes) == ((19_860,), (15.0,))
