"""References put together from what was measured, what the vendor says, and what a file of one's own says. PURE."""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from schemas.records import Reference
from streams.feed.reference_columns import FACTS, Value
from streams.market.session import TradingDay


def build_references(
    measured: pl.DataFrame,
    facts: Sequence[Mapping[str, Mapping[str, Value]]],
    own: Iterable[Reference],
    day: TradingDay,
    listed: Container[str] = (),
) -> list[Reference]:
    """Return the references of a trading date by ticker.

    ``measured`` is the table of ``measures``. Of ``facts`` a later one wins over an earlier one, and a field that
    ``own`` gives over all of them. There is a record for each ticker measured, listed (of those with facts) or in
    ``own``. A market capitalisation not known is shares outstanding x previous close.
    """
    known: dict[str, dict[str, Any]] = {row["ticker"]: _given(row) for row in measured.iter_rows(named=True)}
    for source in facts:
        for ticker, values in source.items():
            if ticker in known or ticker in listed:
                known.setdefault(ticker, {}).update(values)
    for record in own:
        fields = {name: getattr(record, name) for name in FACTS}
        known.setdefault(record.ticker, {}).update(_given(fields))
    return [_reference(ticker, known[ticker], day.date.isoformat()) for ticker in sorted(known)]


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something, lists as tuples."""
    given = {name: fields[name] for name in FACTS if name in fields and fields[name] not in (None, (), [])}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _reference(ticker: str, fields: dict[str, Any], trading_date: str) -> Reference:
    """Return a record."""
    shares, close = fields.get("shares_outstanding"), fields.get("prev_close")
    if shares is not None and close is not None:
        fields.setdefault("market_cap", shares * close)
    return Reference(ticker=ticker, trading_date=trading_date, **fields)
