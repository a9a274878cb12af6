"""REST: the alerts of the current trading date, newest first."""

import itertools
from typing import Annotated, Final, NamedTuple, cast

import msgspec
from fastapi import APIRouter, HTTPException, Query, Request
from pydantic import BaseModel, Field
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api import requests
from api.gateway import Gateway
from api.routes import REFUSED
from schemas import redis_keys
from schemas.alert_kinds import KIND_NAMES, KINDS

PAGE: Final = 500
"""Alerts read from Redis at once."""
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


class AlertList(BaseModel):
    """Alerts of a trading date, newest first."""

    trading_date: str | None
    alerts: list[AlertInfo]


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


@router.get("/api/alerts", tags=["alerts"], responses=REFUSED)
async def list_alerts(
    request: Request,
    kind: Kind = None,
    ticker: Ticker = None,
    since: Annotated[int, Query(ge=0, description="event time in ms; earlier ones are left out")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> AlertList:
    """Return the newest alerts of the current trading date that are asked for."""
    for name in kind or ():
        requests.alert_kind(name)
    for name in ticker or ():
        requests.symbol_topic(name, {})
    gateway = Gateway.of(request)
    moment = gateway.view.moment
    if moment is None:
        return AlertList(trading_date=None, alerts=[])
    wanted = Wanted(frozenset(kind or KIND_NAMES), frozenset(ticker or ()))
    try:
        found = await newest(gateway.redis, redis_keys.alerts(moment.trading_date), wanted, since, limit)
    except RedisError as error:
        raise HTTPException(503, f"Redis does not answer: {error}") from error
    return AlertList(trading_date=moment.trading_date, alerts=found)


class Wanted(NamedTuple):
    """Which alerts are asked for; of no ticker means of all."""

    kinds: frozenset[str]
    tickers: frozenset[str]

    def takes(self, alert: AlertInfo) -> bool:
        """Tell whether an alert is one of them."""
        return alert.kind in self.kinds and (not self.tickers or alert.ticker in self.tickers)


async def newest(redis: Redis, key: str, wanted: Wanted, since: int, limit: int) -> list[AlertInfo]:
    """Return at most ``limit`` alerts under a key, newest first, from ``since`` (ms) on."""
    found: list[AlertInfo] = []
    for start in itertools.count(0, PAGE):
        page = await redis.zrange(key, "+inf", since, desc=True, byscore=True, offset=start, num=PAGE)
        alerts = [AlertInfo(**msgspec.json.decode(packed)) for packed in cast("list[bytes]", page)]
        found += [alert for alert in alerts if wanted.takes(alert)]
        if len(found) >= limit or len(alerts) < PAGE:
            break
    return found[:limit]
