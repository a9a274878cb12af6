"""What the vendor's answers say of tickers, as fields of a reference; of trade conditions, as records. PURE."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from schemas.records import TradeCondition

Row = Mapping[str, Any]
Facts = dict[str, dict[str, float | int | str]]
"""By ticker and field of a reference; what is not known is not there."""


def listing_facts(results: Iterable[Row]) -> Facts:
    """Return name, exchange and kind from ``/v3/reference/tickers``; the kind stands in for a sector not known."""
    facts: Facts = {}
    for row in results:
        kind = row.get("type")
        named = {"name": row.get("name"), "exchange": row.get("primary_exchange"), "kind": kind, "sector": kind}
        facts[row["ticker"]] = {name: text for name, text in named.items() if isinstance(text, str) and text}
    return facts


def detail_facts(results: Iterable[Row]) -> Facts:
    """Return what ``/v3/reference/tickers/{ticker}`` adds: market capitalisation, shares, sector by its SIC code."""
    facts = listing_facts(results := list(results))
    for row in results:
        shares = number(row, "share_class_shares_outstanding")
        shares = number(row, "weighted_shares_outstanding") if shares is None else shares
        known = {"market_cap": number(row, "market_cap"), "shares_outstanding": shares}
        facts[row["ticker"]] |= {name: value for name, value in known.items() if value is not None}
        if row.get("sic_description"):
            facts[row["ticker"]]["sector"] = row["sic_description"]
    return facts


def float_facts(results: Iterable[Row]) -> Facts:
    """Return the free float from ``/stocks/vX/float``, of the newest date that it gives a ticker.

    The vendor leaves holders of 5 % and more out, so that its figure differs from other sources'. It is not adjusted
    for splits: whether a figure is from before one cannot be told from its date.
    """
    return _newest(results, "effective_date", "free_float", "float_shares")


def short_interest_facts(results: Iterable[Row]) -> Facts:
    """Return the shares sold short from ``/stocks/v1/short-interest``, of a ticker's newest settlement date."""
    return _newest(results, "settlement_date", "short_interest", "short_interest")


def _newest(results: Iterable[Row], date: str, name: str, field: str) -> Facts:
    """Return one number by ticker: the one of the newest date."""
    found: dict[str, tuple[str, float]] = {}
    for row in results:
        value = number(row, name)
        when = str(row.get(date) or "")
        if value is not None and when >= found.get(row["ticker"], ("", 0.0))[0]:
            found[row["ticker"]] = (when, value)
    return {ticker: {field: value} for ticker, (_, value) in found.items()}


def previous_closes(tickers: Iterable[Row]) -> dict[str, float]:
    """Return ``prevDay.c`` by ticker from the snapshot of all tickers, where there is one."""
    closes = {row["ticker"]: number(row.get("prevDay") or {}, "c") for row in tickers}
    return {ticker: close for ticker, close in closes.items() if close}


def conditions_of(results: Iterable[Row]) -> list[TradeCondition]:
    """Return the trade conditions in answers of ``/v3/reference/conditions``, by id, by their consolidated rules.

    ``updates_open_close`` says whether a trade may become the last one. A condition without rules, or of quotes, is
    left out; of an id listed twice the last counts.
    """
    found = {}
    for row in results:
        rules = (row.get("update_rules") or {}).get("consolidated")
        if rules is not None and "trade" in row.get("data_types", ("trade",)):
            found[row["id"]] = TradeCondition(
                condition=row["id"],
                name=row.get("name") or "",
                updates_high_low=bool(rules.get("updates_high_low")),
                updates_last=bool(rules.get("updates_open_close")),
                updates_volume=bool(rules.get("updates_volume")),
            )
    return [found[condition] for condition in sorted(found)]


def number(row: Row, name: str) -> float | None:
    """Return a finite number of an answer, ``None`` for anything else."""
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)
