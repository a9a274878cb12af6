"""The parts of the vendor's REST API that references are made of, each one coroutine."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final, TypeVar

import polars as pl

from schemas import clock
from schemas.records import TradeCondition
from streams.feed.daily_bars import bars_of
from streams.feed.massive_rest import MassiveRest, as_object
from streams.feed.massive_rest_protocol import NotInPlanError, Request, RestError, quoted
from streams.feed.reference_facts import (
    Facts,
    conditions_of,
    detail_facts,
    float_facts,
    listing_facts,
    previous_closes,
    short_interest_facts,
)
from streams.feed.splits import splits_of
from streams.market.session import TradingDay

Part = TypeVar("Part")

SETTLED_MS: Final = 15 * 3600 * 1000
"""So long after a day's end, at about 11:00 the next morning, its bars are corrected no more."""
MIDNIGHT_MS: Final = 4 * 3600 * 1000
"""The clocks change on Sundays only, so that midnight of a trading day is always so long before its 04:00."""
SHORT_INTEREST_DAYS: Final = 60
"""Settlement dates are two weeks apart and published a week or two later."""
PAGE: Final = 1000
LARGEST_PAGE: Final = 50_000


async def grouped(rest: MassiveRest, day: TradingDay) -> pl.DataFrame:
    """Return the whole market's bars of a day, as traded: by default the vendor would adjust them for later splits."""
    request = Request.of(
        f"/v2/aggs/grouped/locale/us/market/stocks/{day.date}", {"adjusted": "false", "include_otc": "false"}
    )
    over = clock.now_ms() >= day.end + SETTLED_MS
    answer = as_object(
        await rest.get(request, lambda found: over and bool(as_object(found, request).get("results"))), request
    )
    return bars_of(answer.get("results") or [], day.date)


async def ticker_bars(rest: MassiveRest, ticker: str, days: tuple[TradingDay, ...]) -> pl.DataFrame:
    """Return one ticker's daily bars of days, as traded."""
    path = f"/v2/aggs/ticker/{quoted(ticker)}/range/1/day/{days[0].date}/{days[-1].date}"
    request = Request.of(path, {"adjusted": "false", "sort": "asc", "limit": LARGEST_PAGE})
    # Such a bar begins at the midnight, in New York, of its date.
    by_date: dict[dt.date, list[Any]] = {day.date: [] for day in days}
    starts = {day.start - MIDNIGHT_MS: day.date for day in days}
    for row in as_object(await rest.get(request), request).get("results") or []:
        date = starts.get(row.get("t"))
        if date is not None:
            by_date[date].append({"T": ticker, **row})
    return pl.concat([bars_of(rows, date) for date, rows in by_date.items()])


async def splits(rest: MassiveRest, first: dt.date, last: dt.date, ticker: str | None = None) -> pl.DataFrame:
    """Return the splits with an execution date from ``first`` to ``last``, of one ticker or of all."""
    params: dict[str, object] = {"execution_date.gte": first, "execution_date.lte": last, "limit": PAGE}
    if ticker is not None:
        params["ticker"] = ticker
    return splits_of(await rest.results(Request.of("/v3/reference/splits", params)))


async def listing(rest: MassiveRest) -> Facts:
    """Return name, exchange and kind of every stock that is listed now."""
    params = {"market": "stocks", "active": "true", "limit": PAGE}
    return listing_facts(await rest.results(Request.of("/v3/reference/tickers", params)))


async def detail(rest: MassiveRest, ticker: str) -> Facts:
    """Return what the vendor knows of one ticker, nothing where it does not know it."""
    request = Request.of(f"/v3/reference/tickers/{quoted(ticker)}")
    try:
        found = as_object(await rest.get(request), request).get("results")
    except NotInPlanError:
        return {}
    return detail_facts([found]) if found else {}


async def floats(rest: MassiveRest, ticker: str | None = None) -> Facts:
    """Return the free float of one ticker or of all."""
    params: dict[str, object] = {"limit": PAGE} if ticker is None else {"ticker": ticker}
    return float_facts(await rest.results(Request.of("/stocks/vX/float", params)))


async def short_interest(rest: MassiveRest, date: dt.date, ticker: str | None = None) -> Facts:
    """Return the newest short interest before a date, of one ticker or of all."""
    since = date - dt.timedelta(SHORT_INTEREST_DAYS)
    params: dict[str, object] = {"settlement_date.gte": since, "settlement_date.lt": date, "limit": LARGEST_PAGE}
    if ticker is not None:
        params["ticker"] = ticker
    return short_interest_facts(await rest.results(Request.of("/stocks/v1/short-interest", params)))


async def trade_conditions(rest: MassiveRest) -> list[TradeCondition]:
    """Return the trade conditions of stocks."""
    params = {"asset_class": "stocks", "data_type": "trade", "limit": PAGE}
    return conditions_of(await rest.results(Request.of("/v3/reference/conditions", params)))


async def market_now(rest: MassiveRest) -> dict[str, Any]:
    """Return what the vendor says of the market now."""
    request = Request.of("/v1/marketstatus/now")
    return as_object(await rest.get(request, cached=False), request)


async def upcoming(rest: MassiveRest) -> list[dict[str, Any]]:
    """Return the holidays and half days that the vendor expects."""
    request = Request.of("/v1/marketstatus/upcoming")
    answer = await rest.get(request)
    if not isinstance(answer, list):
        message = f"{request.path}: the vendor answers no list but {type(answer).__name__}"
        raise RestError(message)
    return [row for row in answer if isinstance(row, dict)]


async def snapshot_closes(rest: MassiveRest) -> dict[str, float]:
    """Return the close of the day before by ticker, as the vendor's snapshot has it."""
    request = Request.of("/v2/snapshot/locale/us/markets/stocks/tickers")
    rows: Iterable[Any] = as_object(await rest.get(request, cached=False), request).get("tickers") or []
    return previous_closes(rows)
