"""REST: boards, symbols, the dictionary of metrics, and health."""

from difflib import get_close_matches
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api import messages, requests, tabular
from api.feeds import board_table
from api.gateway import Gateway
from api.refusals import Code, Refusal
from api.status import Status
from api.tables import Row
from schemas import boards, metrics
from schemas.expressions import Expression

router = APIRouter()


class Problem(BaseModel):
    """Why a request was refused: ``code`` for programs, ``message`` for people, ``value`` as it was given."""

    code: str
    message: str
    value: Any = None


class ErrorBody(BaseModel):
    """The body of every answer that is not 200."""

    error: Problem


class Age(BaseModel):
    """When the data is, and whether it can be taken for live. Times in ms since the epoch, UTC."""

    trading_date: str | None = Field(description="trading date, New York")
    session: str | None = Field(description="pre_market, regular, post_market or closed")
    event_time: int | None = Field(description="newest event time folded into any partition")
    as_of: str | None = Field(description="the same in ISO 8601, New York")
    published_time: int | None = Field(description="when the newest part was written")
    age_ms: int | None = Field(description="since the oldest part in view was written")
    stale: bool
    reason: str | None = Field(description="why it is stale, for programs")
    detail: str | None = Field(description="the same, for people")


class BoardInfo(BaseModel):
    """A board: what it ranks by, and whom."""

    name: str
    title: str
    group: str = Field(description="the heading it belongs under")
    metric: str
    unit: str
    descending: bool
    where: str = Field(description="the condition that its rows meet, empty if there is none")
    explanation: str = Field(description="the same in words")
    size: int = Field(description="rows at most")
    sessions: list[str] = Field(description="when there is such a board; it is empty in others")


class BoardList(BaseModel):
    """Every board."""

    boards: list[BoardInfo]


class BoardRow(BaseModel):
    """A place on a board: the ranked value, and the metrics beside it (null: undefined)."""

    rank: int
    symbol: str
    value: float | None
    metrics: dict[str, float | None]


class Board(BoardInfo, Age):
    """A board now."""

    rows: list[BoardRow]


class Symbol(Age):
    """A ticker now: every metric and what its ratios were made of (null: undefined)."""

    symbol: str
    metrics: dict[str, float | None]


class MetricInfo(BaseModel):
    """A metric: its unit, how it is made and of what, when there is none, and who else defines it so."""

    name: str
    unit: str
    meaning: str
    inputs: str
    undefined: str
    source: str = Field(description="empty: the definition is this project's own")
    input: bool = Field(description="true: not a metric itself but what a ratio was made of")


class MetricList(BaseModel):
    """Every metric, in the order of symbol rows."""

    metrics: list[MetricInfo]


class Health(BaseModel):
    """Whether the gateway lives and can serve."""

    ok: bool
    reason: str | None = None
    detail: str | None = None


EXPLANATIONS: Final = {spec.name: Expression(spec.where).explain() if spec.where else "" for spec in boards.BOARDS}
REFUSED: dict[int | str, dict[str, Any]] = {404: {"model": ErrorBody}, 422: {"model": ErrorBody}}


@router.get("/api/boards", tags=["boards"])
async def list_boards() -> BoardList:
    """List the boards there are."""
    return BoardList(boards=[_info(spec) for spec in boards.BOARDS])


@router.get("/api/boards/{name}", tags=["boards"], response_model=Board, responses={**REFUSED, **tabular.OTHER_FORMS})
async def get_board(
    name: str, request: Request, limit: Annotated[int, Query(ge=1, le=boards.BOARD_SIZE)] = boards.BOARD_SIZE
) -> Response:
    """Return a board as it is now, best first: as JSON, CSV or Arrow (``Accept``)."""
    gateway = Gateway.of(request)
    topic = requests.board_topic(name, {"limit": limit})
    table, status = board_table(gateway.view, topic), gateway.status()

    def document() -> Board:
        rows = [_place(rank, row, topic.columns) for rank, row in enumerate(table.rows(), 1)]
        return Board(**_info(boards.BY_NAME[name]).model_dump(), **age_of(status), rows=rows)

    return tabular.answer(request, tabular.sheet_of(table, topic.columns, status, name, limit), status, document)


@router.get("/api/symbols/{ticker}", tags=["symbols"], responses=REFUSED)
async def get_symbol(ticker: str, request: Request) -> Symbol:
    """Return every metric of a ticker that has a bar today."""
    gateway = Gateway.of(request)
    requests.symbol_topic(ticker, {})
    row = gateway.view.symbol(ticker)
    if row is None:
        near = get_close_matches(ticker.upper(), gateway.view.universe.tickers, n=3, cutoff=0.5)
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        raise Refusal(Code.UNKNOWN_SYMBOL, f"no such symbol has a bar today{meant}", ticker)
    return Symbol(symbol=ticker, metrics=row, **age_of(gateway.status()))


@router.get("/api/metrics", tags=["symbols"])
async def list_metrics() -> MetricList:
    """Return the dictionary of metrics: names, units and meaning."""
    every = [(metric, False) for metric in metrics.METRICS] + [(metric, True) for metric in metrics.INPUTS]
    return MetricList(metrics=[MetricInfo(**metric._asdict(), input=is_input) for metric, is_input in every])


@router.get("/livez", tags=["health"], responses={503: {"model": Health}})
async def livez(request: Request, response: Response) -> Health:
    """Tell whether the process does its work; restart it if not."""
    dead = Gateway.of(request).dead
    response.status_code = 503 if dead else 200
    return Health(ok=not dead, reason="task_died" if dead else None, detail=dead)


@router.get("/readyz", tags=["health"], responses={503: {"model": Health}})
async def readyz(request: Request, response: Response) -> Health:
    """Tell whether there is data to serve: 503 while Redis cannot be read or holds nothing."""
    trouble = Gateway.of(request).trouble
    response.status_code = 503 if trouble else 200
    return Health(ok=trouble is None, **(trouble._asdict() if trouble else {}))


def _place(rank: int, row: Row, columns: tuple[str, ...]) -> BoardRow:
    named = cast("dict[str, float | None]", dict(zip(columns, row[1:], strict=True)))
    return BoardRow(rank=rank, symbol=str(row[0]), value=named[columns[0]], metrics=named)


def _info(spec: boards.BoardSpec) -> BoardInfo:
    unit = next(metric.unit for metric in metrics.METRICS if metric.name == spec.metric)
    return BoardInfo(**spec._asdict(), unit=unit, explanation=EXPLANATIONS[spec.name])


def age_of(status: Status) -> dict[str, Any]:
    """Return when the data is, as ``Age`` has it."""
    at = status.moment
    return {
        "trading_date": at.trading_date if at else None,
        "session": at.session if at else None,
        "event_time": at.event_time if at else None,
        "as_of": messages.new_york(at.event_time) if at else None,
        "published_time": at.published_time if at else None,
        "age_ms": status.age_ms,
        "stale": status.stale,
        "reason": status.reason,
        "detail": status.detail,
    }
