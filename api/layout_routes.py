"""REST: layouts, each its owner's own."""

from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.bodies import NAME_CHARACTERS, json_object, printable_name
from api.gateway import Gateway
from api.guard import caller_of
from api.refusals import Code, Refusal
from api.routes import REFUSED
from api.store.layouts import Layout
from api.store.store import Full
from schemas.clock import now_ms

LONGEST: Final = 64 * 1024
"""Bytes of a layout."""
BODY: Final = {"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}}

router = APIRouter(prefix="/api/layouts", tags=["layouts"])

Name = Annotated[str, Path(description=f"1 to {NAME_CHARACTERS} printable characters")]


class LayoutHead(BaseModel):
    """A layout, without what is in it."""

    name: str
    updated: int = Field(description="ms since the epoch, UTC")


class LayoutInfo(LayoutHead):
    """A layout."""

    layout: dict[str, Any] = Field(description="as it was put")


class LayoutList(BaseModel):
    """All layouts of whoever asks, by name."""

    layouts: list[LayoutHead]


@router.get("")
async def list_layouts(request: Request) -> LayoutList:
    """List the layouts of whoever asks."""
    found = await Gateway.of(request).store.layouts_of(caller_of(request).owner)
    return LayoutList(layouts=[LayoutHead(name=one.name, updated=one.updated) for one in found])


@router.get("/{name}", responses=REFUSED)
async def get_layout(name: Name, request: Request) -> LayoutInfo:
    """Return a layout."""
    found = await Gateway.of(request).store.layouts_of(caller_of(request).owner)
    layout = next((one for one in found if one.name == name), None)
    if layout is None:
        raise _unknown(name)
    return _info(layout)


@router.put("/{name}", responses=REFUSED, openapi_extra=BODY)
async def put_layout(name: Name, request: Request) -> LayoutInfo:
    """Keep a layout (any JSON object, 64 KB at most), in the place of the one of its name."""
    gateway = Gateway.of(request)
    given = await json_object(request, LONGEST)
    layout = Layout(printable_name(name), msgspec.json.encode(given).decode(), now_ms())
    most = gateway.settings.saved_layouts
    try:
        await gateway.store.keep_layout(caller_of(request).owner, layout, most)
    except Full:
        raise Refusal(Code.TOO_MANY_SAVED, f"{most} layouts are saved, and no more may be", name) from None
    return _info(layout)


@router.delete("/{name}", status_code=204, responses=REFUSED)
async def delete_layout(name: Name, request: Request) -> Response:
    """Keep a layout no longer."""
    if not await Gateway.of(request).store.drop_layout(caller_of(request).owner, name):
        raise _unknown(name)
    return Response(status_code=204)


def _info(layout: Layout) -> LayoutInfo:
    return LayoutInfo(name=layout.name, updated=layout.updated, layout=msgspec.json.decode(layout.layout))


def _unknown(name: str) -> Refusal:
    return Refusal(Code.UNKNOWN_LAYOUT, "there is no layout of that name", name)
