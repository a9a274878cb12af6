"""Views of a gateway, written as rows."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from api.view import Block, Universe, View
from schemas.metrics import COLUMNS
from schemas.parts import TICKER_DTYPE, Head, UniversePart

Market = Mapping[str, Mapping[str, float | None]]
"""Metrics by ticker; what is missing, or ``None``, is undefined."""
HEAD: Final = Head(
    partition=0,
    partitions=1,
    version=1,
    trading_date="2026-11-20",
    session="regular",
    event_time=1000,
    complete_through=1000,
    position=1,
    published_time=5000,
    universe_version=1,
)


def block(market: Market, columns: tuple[str, ...] = COLUMNS) -> Block:
    """Return a market as one partition's part, decoded."""
    values = np.full((len(market), len(columns)), math.nan)
    for line, row in zip(values, market.values(), strict=True):
        for name, value in row.items():
            line[columns.index(name)] = math.nan if value is None else value
    return Block(UniversePart.of(1, 1000, columns, np.array(list(market), TICKER_DTYPE), values))


def view(market: Market) -> View:
    """Return a view of a market in one partition, without boards."""
    return View([HEAD], {}, Universe([block(market)]))
