"""REST: the alerts of the current trading date, newest first."""

from typing import Annotated, Final, NamedTuple, cast, get_args

import msgspec
import polars as pl
from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from pydantic import BaseModel, Field
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api import requests, tabular
from api.gateway import Gateway
from api.routes import REFUSED
from schemas import redis_keys
from schemas.alert_kinds import KIND_NAMES, KINDS

AT_ONCE: Final = 500
"""Alerts read from Redis at once."""
LATEST: Final = 2**53
"""An event time after all others."""
HALTS: Final = ("halted", "resumed")
MOST: Final = 1000

router = APIRouter()


class AlertInfo(BaseModel):
    """Something that happened to a ticker; what a kind does not have is null."""

    id: str
    kind: str
    ticker: str
    event_time: int = Field(description="ms since the epoch, UTC")
    session: str
    price: float | None
    level: float | None = Field(description="what was passed, dollars")
    value: float | None = Field(description="of the kind's own measure")
    count: int | None = Field(description="how often today, this one included")
    quality_days: int | None = Field(description="days before today, without a gap, whose extreme was passed")
    note: str


class After(BaseModel):
    """Where the next page begins: at an event time (ms), behind so many alerts of it."""

    until: int
    skip: int


class AlertList(BaseModel):
    """Alerts of a trading date, newest first."""

    trading_date: str | None
    alerts: list[AlertInfo]
    next: After | None = Field(description="ask with these for the page after this one; null: there is none")


class Page(BaseModel):
    """Which part of the alerts is asked for."""

    since: int = Field(0, ge=0, le=LATEST, description="event time in ms; earlier ones are left out")
    until: int = Field(LATEST, ge=0, le=LATEST, description="event time in ms; later ones are left out")
    skip: int = Field(0, ge=0, description="so many of the newest are left out")
    limit: int = Field(100, ge=1, le=MOST)


class AlertKindInfo(BaseModel):
    """A kind of alert, in words."""

    name: str
    title: str
    meaning: str
    level: str
    value: str
    rests: str


class AlertKindList(BaseModel):
    """Every kind of alert."""

    kinds: list[AlertKindInfo]


Kind = Annotated[list[str] | None, Query(description="only these kinds; repeatable")]
Ticker = Annotated[list[str] | None, Query(description="only these tickers; repeatable")]


@router.get("/api/alert-kinds", tags=["alerts"])
async def list_kinds() -> AlertKindList:
    """List the kinds of alerts: what each says, and what its fields hold."""
    return AlertKindList(kinds=[AlertKindInfo(**kind._asdict()) for kind in KINDS])


@router.get("/api/alerts", tags=["alerts"], response_model=AlertList, responses={**REFUSED, **tabular.OTHER_FORMS})
async def list_alerts(
    request: Request, page: Annotated[Page, Depends()], kind: Kind = None, ticker: Ticker = None
) -> Response:
    """Return the newest alerts of the current trading date that are asked for: as JSON, CSV or Arrow (``Accept``)."""
    for name in kind or ():
        requests.alert_kind(name)
    return await _answer(request, page, frozenset(kind or KIND_NAMES), ticker)


@router.get("/api/halts", tags=["alerts"], response_model=AlertList, responses={**REFUSED, **tabular.OTHER_FORMS})
async def list_halts(request: Request, page: Annotated[Page, Depends()], ticker: Ticker = None) -> Response:
    """Return the newest halts and resumptions of the current trading date."""
    return await _answer(request, page, frozenset(HALTS), ticker)


async def _answer(request: Request, page: Page, kinds: frozenset[str], tickers: list[str] | None) -> Response:
    """Return a page of alerts; raise ``HTTPException`` where Redis does not answer."""
    for name in tickers or ():
        requests.symbol_topic(name, {})
    gateway = Gateway.of(request)
    moment = gateway.view.moment
    found: list[AlertInfo] = []
    after: After | None = None
    if moment is not None:
        wanted = Wanted(kinds, frozenset(tickers or ()))
        try:
            found, after = await newest(gateway.redis, redis_keys.alerts(moment.trading_date), wanted, page)
        except RedisError as error:
            raise HTTPException(503, f"Redis does not answer: {error}") from error
    date = moment.trading_date if moment else None
    answer = AlertList(trading_date=date, alerts=found, next=after)
    sheet = tabular.Sheet(lambda: frame(found), answer.model_dump_json().encode())
    return tabular.answer(request, sheet, gateway.status(), lambda: answer)


def frame(alerts: list[AlertInfo]) -> pl.DataFrame:
    """Return alerts as a data frame."""
    types = {str: pl.String, int: pl.Int64, float: pl.Float64}
    schema = {
        name: types[next(kind for kind in types if kind in (field.annotation, *get_args(field.annotation)))]
        for name, field in AlertInfo.model_fields.items()
    }
    return pl.DataFrame([alert.model_dump() for alert in alerts], schema=schema)


class Wanted(NamedTuple):
    """Which alerts are asked for; of no ticker means of all."""

    kinds: frozenset[str]
    tickers: frozenset[str]

    def takes(self, alert: AlertInfo) -> bool:
        """Tell whether an alert is one of them."""
        return alert.kind in self.kinds and (not self.tickers or alert.ticker in self.tickers)


async def newest(redis: Redis, key: str, wanted: Wanted, page: Page) -> tuple[list[AlertInfo], After | None]:
    """Return a page of the alerts under a key, newest first, and where the next one begins if there may be one."""
    found: list[AlertInfo] = []
    after = After(until=page.until, skip=page.skip)
    while True:
        some = await redis.zrange(key, after.until, page.since, desc=True, byscore=True, offset=after.skip, num=AT_ONCE)
        for packed in cast("list[bytes]", some):
            alert = AlertInfo(**msgspec.json.decode(packed))
            skip = after.skip + 1 if alert.event_time == after.until else 1
            after = After(until=alert.event_time, skip=skip)
            if wanted.takes(alert):
                found.append(alert)
                if len(found) == page.limit:
                    return found, after
        if len(some) < AT_ONCE:
            return found, None
