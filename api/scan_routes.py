"""REST: scans, built in and saved; what one says, and what is on it now."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api import tabular
from api.bodies import json_object, printable_name
from api.gateway import Gateway
from api.guard import caller_of
from api.refusals import Code, Refusal
from api.routes import REFUSED, Age, age_of
from api.scans import FIELDS, Scan, board_scan, scan_of
from api.store.store import Full
from api.tables import Row
from schemas import boards

LONGEST: Final = 16 * 1024
"""Bytes of a scan."""
PAGE: Final = 500
SCHEMA: Final = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 100},
        "filter": {"type": "string", "examples": ["price between 2 and 20 and change_pct > 10"]},
        "sort": {"type": "string", "examples": ["-change_pct"]},
        "limit": {"type": "integer", "minimum": 1, "maximum": boards.BOARD_SIZE},
        "columns": {"type": "array", "items": {"type": "string"}},
    },
}
BODY: Final = {"requestBody": {"required": True, "content": {"application/json": {"schema": SCHEMA}}}}
BOARDS: Final = tuple(board_scan(name) for name in boards.BOARD_NAMES)

router = APIRouter(prefix="/api/scans", tags=["scans"])


class ScanSpec(BaseModel):
    """A scan in its normal form: two texts that ask for the same are the same scan, of the same id."""

    id: str = Field(description="follow it as scan:ID; of a built-in board, the board's name")
    filter: str = Field(description="the condition, empty if there is none")
    sort: str = Field(description="a metric; with a minus before it, the highest come first")
    limit: int
    columns: list[str]
    explanation: str = Field(description="the condition in words")


class ScanInfo(ScanSpec):
    """A scan that is there to be followed."""

    name: str = Field(description="what its owner, or the board, calls it; empty: it has no name")
    built_in: bool


class ScanList(BaseModel):
    """Built-in boards, then the scans that whoever asks has saved, the oldest first."""

    scans: list[ScanInfo]
    offset: int
    total: int


class CheckedScan(ScanSpec, Age):
    """What a scan says, and how many tickers are on it now, its limit apart."""

    matches: int
    tickers: int = Field(description="how many have a row today")


class ScanRow(BaseModel):
    """A place on a scan (null: undefined)."""

    rank: int
    symbol: str
    metrics: dict[str, float | None]


class ScanRows(ScanSpec, Age):
    """A scan now."""

    matches: int
    rows: list[ScanRow]


@router.get("")
async def list_scans(
    request: Request, offset: Annotated[int, Query(ge=0)] = 0, limit: Annotated[int, Query(ge=1, le=PAGE)] = 100
) -> ScanList:
    """List the built-in boards, and the scans that whoever asks has saved."""
    built_in = [_board_info(scan) for scan in BOARDS[offset : offset + limit]]
    first = max(0, offset - len(BOARDS))
    store, owner = Gateway.of(request).store, caller_of(request).owner
    found, total = await store.scans_of(owner, first, limit - len(built_in))
    saved = [ScanInfo(**_spec(one.id, one.spec), name=one.name, built_in=False) for one in found]
    return ScanList(scans=[*built_in, *saved], offset=offset, total=len(BOARDS) + total)


@router.post("", status_code=201, responses=REFUSED, openapi_extra=BODY)
async def save_scan(request: Request, response: Response) -> ScanInfo:
    """Save a scan, with a name or without; 200 in place of 201 where whoever asks had saved it before."""
    gateway = Gateway.of(request)
    given = await json_object(request, LONGEST)
    name = printable_name(given["name"]) if given.get("name") else ""
    scan = scan_of({field: value for field, value in given.items() if field != "name"})
    most = gateway.settings.saved_scans
    try:
        new = await gateway.store.keep_scan(caller_of(request).owner, name, scan, most)
    except Full:
        raise Refusal(Code.TOO_MANY_SAVED, f"{most} scans are saved, and no more may be", scan.id) from None
    response.status_code = 201 if new else 200
    return ScanInfo(**_described(scan), name=name, built_in=False)


@router.post("/check", responses=REFUSED, openapi_extra=BODY)
async def check_scan(request: Request) -> CheckedScan:
    """Say what a scan asks for, in words, and how many tickers are on it now; nothing is saved."""
    gateway = Gateway.of(request)
    given = await json_object(request, LONGEST)
    scan = scan_of({field: value for field, value in given.items() if field != "name"})
    universe = gateway.view.universe
    matches = int(scan.matches(universe).sum())
    return CheckedScan(**_described(scan), **age_of(gateway.status()), matches=matches, tickers=len(universe.names))


@router.get("/{scan_id}", responses=REFUSED)
async def get_scan(scan_id: str, request: Request) -> ScanSpec:
    """Return a scan, whoever has saved it or follows it."""
    return ScanSpec(**_described(_find(scan_id, Gateway.of(request))))


@router.get("/{scan_id}/rows", response_model=ScanRows, responses={**REFUSED, **tabular.OTHER_FORMS})
async def get_rows(
    scan_id: str, request: Request, limit: Annotated[int, Query(ge=1, le=boards.BOARD_SIZE)] = boards.BOARD_SIZE
) -> Response:
    """Return what is on a scan now, the first ones first: as JSON, CSV or Arrow (``Accept``)."""
    gateway = Gateway.of(request)
    scan = _find(scan_id, gateway)
    universe, status = gateway.view.universe, gateway.status()
    table = scan.table(universe).first(limit)
    matches = int(scan.matches(universe).sum())

    def document() -> ScanRows:
        rows = [_place(rank, row, scan.columns) for rank, row in enumerate(table.rows(), 1)]
        return ScanRows(**_described(scan), **age_of(status), matches=matches, rows=rows)

    sheet = tabular.sheet_of(table, scan.columns, status, scan_id, matches)
    return tabular.answer(request, sheet, status, document)


@router.delete("/{scan_id}", status_code=204, responses=REFUSED)
async def delete_scan(scan_id: str, request: Request) -> Response:
    """Keep a scan no longer; it stays for those who follow it, and for others who have saved it."""
    if not await Gateway.of(request).store.drop_scan(caller_of(request).owner, scan_id):
        raise Refusal(Code.UNKNOWN_SCAN, "you have saved no scan of that id", scan_id)
    return Response(status_code=204)


def _find(scan_id: str, gateway: Gateway) -> Scan:
    scan = board_scan(scan_id) if scan_id in boards.BY_NAME else gateway.scan(scan_id)
    if scan is None:
        raise Refusal(Code.UNKNOWN_SCAN, "there is no scan of that id: save it first", scan_id)
    return scan


def _described(scan: Scan) -> dict[str, Any]:
    explanation = scan.condition.explain() if scan.condition else ""
    return {"id": scan.id, **scan.spec(), "explanation": explanation}


def _spec(scan_id: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a saved scan as it was saved, also where it cannot be run any more."""
    try:
        return {**_described(scan_of(spec)), "id": scan_id}
    except Refusal as refusal:
        known = {field: spec[field] for field in FIELDS}
        return {"id": scan_id, **known, "explanation": f"cannot be run any more: {refusal.message}"}


def _board_info(scan: Scan) -> ScanInfo:
    return ScanInfo(**_described(scan), name=boards.BY_NAME[scan.id].title, built_in=True)


def _place(rank: int, row: Row, columns: tuple[str, ...]) -> ScanRow:
    named = cast("dict[str, float | None]", dict(zip(columns, row[1:], strict=True)))
    return ScanRow(rank=rank, symbol=str(row[0]), metrics=named)
