"""A summary counts what is missing, and says where previous closes differ."""

from schemas.records import Reference
from streams.feed.reference_summary import close_differences, missing, split_lines


def reference(ticker: str, close: float | None = None, ratio: float | None = None) -> Reference:
    """Return a record."""
    return Reference(ticker=ticker, trading_date="2025-01-06", prev_close=close, split_ratio=ratio)


def test_missing_facts_are_counted() -> None:
    """With some of the tickers; curves only where some were built."""
    records = [reference(f"T{number}", 1.0 if number == 0 else None) for number in range(8)]
    found = {line.what: line for line in missing(records, {"T1"})}

    assert found["prev_close"].tickers == 7
    assert found["prev_close"].examples == ("T1", "T2", "T3", "T4", "T5")
    assert found["volume curve"].tickers == 7
    assert "volume curve" not in {line.what for line in missing(records, None)}


def test_splits_of_the_day() -> None:
    """Each in a line."""
    assert split_lines([reference("A"), reference("B", ratio=0.125)]) == ["split today: B, 0.125 new for one old"]


def test_closes_that_differ() -> None:
    """Rounding is no difference, nor is a ticker that only one side has; the largest comes first."""
    records = [reference("A", 10.0), reference("B", 10.0), reference("C", 10.0), reference("D"), reference("E", 1.0)]
    closes = {"A": 10.001, "B": 11.0, "C": 1.0, "D": 3.0}

    assert close_differences(records, closes) == [
        "previous close: 2 of 3 differ from the snapshot's prevDay; the largest:",
        "  C: 10 here, 1 there",
        "  B: 10 here, 11 there",
    ]
    assert close_differences(records, {}) == []
