"""REST tables in the form that is asked for (JSON, CSV, Arrow); one that has not changed is not sent again."""

from collections.abc import Callable
from hashlib import blake2b
from io import BytesIO
from typing import Any, Final, NamedTuple

import msgspec
import polars as pl
from fastapi import Request, Response
from pydantic import BaseModel

from api.status import Status
from api.tables import Table

JSON: Final = "application/json"
CSV: Final = "text/csv"
ARROW: Final = "application/vnd.apache.arrow.stream"
FORMS: Final = (JSON, CSV, ARROW)
"""The first one is given where none is asked for."""
OTHER_FORMS: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {CSV: {}, ARROW: {}}},
    304: {"description": "It is as it was: If-None-Match names its ETag."},
    406: {"description": f"None of the forms that are accepted is one of {', '.join(FORMS)}."},
}
"""For the description of a route whose answer is a table."""


class Sheet(NamedTuple):
    """A table, and what names its state: two sheets of the same key are the same."""

    frame: Callable[[], pl.DataFrame]
    key: bytes


def sheet_of(table: Table, columns: tuple[str, ...], status: Status, *about: str | int) -> Sheet:
    """Return the sheet of a feed's rows; that time passes does not change its key."""
    moment = status.moment
    when = (moment.trading_date, moment.session, moment.event_time) if moment else None
    key = msgspec.json.encode((about, columns, table.tickers, when, status.reason)) + table.values.tobytes()
    return Sheet(lambda: frame(table, columns), key)


def answer(request: Request, sheet: Sheet, status: Status, document: Callable[[], BaseModel]) -> Response:
    """Return a table in the form that the request asks for; ``document`` makes it where that is JSON."""
    form = form_of(request.headers.get("accept", "*/*"))
    if form is None:
        return Response(f"there are {', '.join(FORMS)}\n", 406, media_type="text/plain")
    tag = f'"{blake2b(form.encode() + sheet.key, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "cache-control": "no-cache", "vary": "accept"}
    if tag in [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)
    if form == JSON:
        return Response(document().model_dump_json(), headers=headers, media_type=JSON)
    return Response(_encoded(sheet.frame(), form), headers={**headers, **_when(status)}, media_type=form)


def form_of(accept: str) -> str | None:
    """Return the form that an ``Accept`` header prefers; ``None`` where it takes none of those there are."""
    wanted = sorted((_quality(part) for part in accept.split(",")), key=lambda one: -one[1])
    for media, quality in wanted:
        for form in FORMS:
            if quality > 0 and media in ("*/*", f"{form.partition('/')[0]}/*", form):
                return form
    return None


def frame(table: Table, columns: tuple[str, ...]) -> pl.DataFrame:
    """Return rows of numbers as a data frame; undefined is null."""
    numbers = [pl.Series(name, table.values[:, place]) for place, name in enumerate(columns)]
    found = pl.DataFrame([pl.Series("ticker", table.tickers, dtype=pl.String), *numbers])
    defined = [pl.when(pl.col(name).is_finite()).then(pl.col(name)).alias(name) for name in columns]
    return found.with_columns(defined)


def _encoded(found: pl.DataFrame, form: str) -> bytes:
    if form == CSV:
        return found.write_csv().encode()
    buffer = BytesIO()
    found.write_ipc_stream(buffer)
    return buffer.getvalue()


def _quality(part: str) -> tuple[str, float]:
    """Return one media type of an ``Accept`` header, and how much it is wanted."""
    media, *parameters = [piece.strip() for piece in part.lower().split(";")]
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return media, float(value)
            except ValueError:
                return media, 0.0
    return media, 1.0


def _when(status: Status) -> dict[str, str]:
    """Return headers that say of what JSON says in fields."""
    moment = status.moment
    times = {"x-event-time": str(moment.event_time), "x-published-time": str(moment.published_time)} if moment else {}
    return {**times, "x-stale": "true" if status.stale else "false"}
