"""One load of references: which sources were chosen, what they say, and the records that come of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import orjson
import polars as pl

from schemas.records import Reference, TradeCondition
from streams.feed.curve_builder import Curves, History, build_curves
from streams.feed.daily_bars import read_daily_files
from streams.feed.daily_measures import LONG_SESSIONS, full_sessions, history_days, measures
from streams.feed.input_error import InputError
from streams.feed.massive_rest import MassiveRest
from streams.feed.reference_builder import build_references
from streams.feed.reference_facts import conditions_of
from streams.feed.reference_file import read_reference_file
from streams.feed.reference_gathering import Gathered, Gathering, Tell, session_notes
from streams.feed.reference_summary import close_differences, split_lines
from streams.feed.reject import Reject
from streams.feed.splits import merged, read_splits_file
from streams.market.session import TradingDay

SHOWN_REJECTS: Final = 5
ReadHistory = Callable[[Path], History]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be loaded, and from which files beside the vendor."""

    day: TradingDay
    sessions: int
    days: tuple[Path, ...] = ()
    own: Path | None = None
    splits: Path | None = None
    history: tuple[Path, ...] = ()
    conditions: Path | None = None
    details: bool = False


class Load(NamedTuple):
    """What comes of it; ``notes`` are lines for people."""

    references: list[Reference]
    curves: Curves | None
    conditions: list[TradeCondition]
    notes: list[str]


async def load(order: Order, rest: MassiveRest | None, read_history: ReadHistory, tell: Tell) -> Load:
    """Gather and put together; without ``rest`` the files are all there is.

    Files are read first, so that a bad one costs no request. Raises ``InputError`` for it, ``RestError`` where the
    vendor's API cannot be used.
    """
    files = _read_files(order, tell)
    curves = _curves(order, read_history, tell)
    found = Gathered()
    if rest is not None:
        gathering = Gathering(rest, order.day, order.sessions, tell)
        found = await gathering.run(bars=not order.days, details=order.details)
    bars = found.bars if files.bars is None else files.bars
    splits = found.splits if files.splits is None else merged(found.splits, files.splits)
    tell("references", 0, 1)
    measured = measures(bars, splits, order.day, order.sessions)
    records = build_references(measured, found.facts, files.own, order.day, found.listed)
    tell("references", 1, 1)
    notes = [*files.notes, *found.notes, *_bar_notes(bars, order, asked=bool(order.days) or rest is not None)]
    notes += [*split_lines(records), *close_differences(records, found.closes)]
    return Load(records, curves, files.conditions or found.conditions, notes)


class _Files(NamedTuple):
    """What files say; ``None`` where there is none of a kind."""

    bars: pl.DataFrame | None
    splits: pl.DataFrame | None
    own: Sequence[Reference]
    conditions: list[TradeCondition]
    notes: list[str]


def _read_files(order: Order, tell: Tell) -> _Files:
    """Read the files but those of the history."""
    tell("files", 0, 1)
    notes = []
    daily = read_daily_files(order.days) if order.days else None
    own = read_reference_file(order.own, order.day.date) if order.own else None
    for read in (daily, own):
        notes += reject_notes(read.rejects) if read else []
    splits = read_splits_file(order.splits) if order.splits else None
    conditions = read_conditions(order.conditions) if order.conditions else []
    tell("files", 1, 1)
    return _Files(daily.bars if daily else None, splits, own.records if own else (), conditions, notes)


def _curves(order: Order, read_history: ReadHistory, tell: Tell) -> Curves | None:
    """Return the curves of the history, where there is one."""
    if not order.history:
        return None
    histories = []
    for done, path in enumerate(order.history):
        tell("history", done, len(order.history))
        histories.append(read_history(path))
    tell("history", len(order.history), len(order.history))
    return build_curves(histories, order.day, order.sessions)


def _bar_notes(bars: pl.DataFrame, order: Order, *, asked: bool) -> list[str]:
    """Return what to say of the sessions that the daily bars cover, where there should be any."""
    if not asked:
        return []
    full = full_sessions(bars, order.day)
    # Files may hold fewer sessions than the vendor is asked for: those behind the mean are enough.
    notes = session_notes(bars, history_days(order.day, order.sessions)[-order.sessions if order.days else 0 :])
    if full < order.sessions:
        notes.append(f"daily bars: {full} full sessions; avg_volume is over these, not over {order.sessions}")
    if full < LONG_SESSIONS:
        notes.append(f"daily bars: {full} full sessions; there is no avg_volume_30d without {LONG_SESSIONS}")
    return notes


def reject_notes(rejects: Sequence[Reject]) -> list[str]:
    """Return what to say of lines that were refused."""
    if not rejects:
        return []
    shown = [f"  {reject}" for reject in rejects[:SHOWN_REJECTS]]
    return [f"{rejects[0].source}: {len(rejects):,} lines left out, the first of them:", *shown]


def read_conditions(path: Path) -> list[TradeCondition]:
    """Read trade conditions as the vendor answers them; raise ``InputError`` where a file is nothing of the kind."""
    try:
        answer = orjson.loads(path.read_bytes())
        results = answer["results"] if isinstance(answer, dict) else answer
        conditions = conditions_of(results)
    except OSError as error:
        message = f"{path}: cannot be read ({error.strerror or error}); check the name and the rights"
        raise InputError(message) from error
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        message = f"{path}: not the vendor's trade conditions in JSON (results with id, name, update_rules): {error!r}"
        raise InputError(message) from error
    if not conditions:
        message = f"{path}: no trade condition in it has consolidated update_rules"
        raise InputError(message)
    return conditions
