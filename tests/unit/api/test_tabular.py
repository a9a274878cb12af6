"""``api.tabular``: one table in three forms, and not again while it is the same."""

from io import BytesIO, StringIO

import numpy as np
import polars as pl
import pytest
from fastapi import Request, Response
from pydantic import BaseModel

from api.status import Status
from api.tables import Table
from api.tabular import ARROW, CSV, JSON, answer, form_of, frame, sheet_of
from api.view import Moment

MOMENT = Moment("2026-11-20", "regular", 1000, 5000, 5000, 5000, 1, 1)
STATUS = Status(MOMENT, 10, stale=False, reason=None, detail=None)
TABLE = Table(("A", "NA"), np.array([[1.5, np.inf], [2.0, np.nan]]))
COLUMNS = ("price", "vwap")
EXPECTED = pl.DataFrame(
    {"ticker": ["A", "NA"], "price": [1.5, 2.0], "vwap": [None, None]}, schema_overrides={"vwap": pl.Float64}
)


class Document(BaseModel):
    """What JSON would be."""

    rows: int


def ask(table: Table = TABLE, status: Status = STATUS, **headers: str) -> Response:
    """Return the answer to a request with some headers."""
    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "GET", "path": "/", "headers": named})
    sheet = sheet_of(table, COLUMNS, status, "gainers", 2)
    return answer(request, sheet, status, lambda: Document(rows=len(table.tickers)))


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("*/*", JSON),
        ("application/json", JSON),
        ("text/csv", CSV),
        ("text/*", CSV),
        (ARROW, ARROW),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        ("application/json;q=0.5, text/csv", CSV),
        ("text/csv; q=0, application/json", JSON),
        ("TEXT/CSV;charset=utf-8", CSV),
        ("text/html", None),
        ("text/csv;q=x", None),
        ("", None),
    ],
)
def test_the_form_is_the_one_most_wanted(accept: str, form: str | None) -> None:
    """Of those there are."""
    assert form_of(accept) == form


def test_the_three_forms_hold_the_same() -> None:
    """What is not finite is null."""
    csv, arrow = ask(accept=CSV), ask(accept=ARROW)

    assert frame(TABLE, COLUMNS).equals(EXPECTED)
    assert pl.read_csv(StringIO(bytes(csv.body).decode()), schema=EXPECTED.schema).equals(EXPECTED)
    assert pl.read_ipc_stream(BytesIO(bytes(arrow.body))).equals(EXPECTED)
    assert ask().body == b'{"rows":2}'
    assert (csv.headers["x-event-time"], csv.headers["x-stale"]) == ("1000", "false")


def test_an_empty_table_has_its_columns() -> None:
    """In every form."""
    empty = Table((), np.empty((0, 2)))

    assert ask(empty, accept=CSV).body == b"ticker,price,vwap\n"
    assert pl.read_ipc_stream(BytesIO(bytes(ask(empty, accept=ARROW).body))).schema == EXPECTED.schema


def test_what_is_the_same_is_not_sent_again() -> None:
    """That time passes changes nothing; a number, the form, or that it went stale does."""
    first = ask()
    tag = first.headers["etag"]
    later = STATUS._replace(age_ms=999)
    stale = STATUS._replace(stale=True, reason="workers_silent")
    moved = Table(TABLE.tickers, TABLE.values + 1)

    assert (ask(status=later, if_none_match=tag).status_code, ask(if_none_match=f'"x", W/{tag}').status_code) == (
        304,
        304,
    )
    assert [
        ask(moved, if_none_match=tag).status_code,
        ask(status=stale, if_none_match=tag).status_code,
        ask(accept=CSV, if_none_match=tag).status_code,
        ask(if_none_match='"x"').status_code,
    ] == [200, 200, 200, 200]


def test_another_form_is_refused() -> None:
    """With those there are."""
    refused = ask(accept="text/html")

    assert (refused.status_code, CSV in bytes(refused.body).decode()) == (406, True)
