"""The independent oracle of halts: what is halted when, how often, and until when, from lists of halts themselves.

It shares no code with the project: times, formats and rules are spelled out again, in the most direct way.
"""

import csv
import datetime as dt
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

NEW_YORK: Final = ZoneInfo("America/New_York")
FIVE_MINUTES: Final = 300_000


class Pause(NamedTuple):
    """One volatility pause; times in ms since the epoch."""

    ticker: str
    begins: int
    ends: int
    price: float


class Listed(NamedTuple):
    """One halt that a feed lists."""

    ticker: str
    begins: int
    reason: str
    resumes: bool
    """Whether any resumption time is told."""


def new_york_ms(text: str, form: str) -> int:
    """Return a naive New York time in ms since the epoch."""
    moment = dt.datetime.strptime(text, form).replace(tzinfo=NEW_YORK)
    return int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(milliseconds=1))


def read_rows(folder: Path) -> list[dict[str, str]]:
    """Return the lines of all files of pauses, repeated ones too."""
    rows = []
    for path in sorted(folder.glob("*.csv")):
        with path.open(newline="") as file:
            rows += list(csv.DictReader(file))
    return rows


def read_pauses(folder: Path) -> list[Pause]:
    """Return the distinct pauses by time and ticker."""
    form = "%Y-%m-%d %H:%M:%S"
    pauses = {
        (row["Ticker"], row["Halt_dt"]): Pause(
            row["Ticker"],
            new_york_ms(row["Halt_dt"], form),
            new_york_ms(row["Resume_dt"], form),
            float(row["Halt Price"]),
        )
        for row in read_rows(folder)
    }
    return sorted(pauses.values(), key=lambda pause: (pause.begins, pause.ticker))


def read_listed(path: Path) -> list[Listed]:
    """Return what a feed's file lists."""
    listed = []
    for item in re.findall(r"<item>(.*?)</item>", path.read_text(), re.DOTALL):
        texts = dict(re.findall(r"<ndaq:(\w+)>([^<]*)</ndaq:\1>", item))
        begins = new_york_ms(f"{texts['HaltDate']} {texts['HaltTime']}", "%m/%d/%Y %H:%M:%S")
        resumes = any(name.startswith("Resumption") for name in texts)
        listed.append(Listed(texts["IssueSymbol"], begins, texts["ReasonCode"], resumes))
    return listed


class Expected(NamedTuple):
    """What is to be said of a ticker at an instant; ``None`` where nothing is."""

    halted: bool
    halt_time: int
    resume_time: int | None
    halts_today: int


def expected(pauses: Iterable[Pause], ticker: str, time: int) -> Expected | None:
    """Return what pauses alone say of a ticker at an instant, ``None`` before the day's first.

    Resumptions are known only once they have come. Two pauses are of one day where New York's date is the same.
    """
    begun = [pause for pause in pauses if pause.ticker == ticker and pause.begins <= time]
    today = [pause for pause in begun if date_of(pause.begins) == date_of(time)]
    if not today:
        return None
    newest = max(today, key=lambda pause: pause.begins)
    halted = time < newest.ends
    return Expected(halted, newest.begins, next_chance(newest.begins, time) if halted else None, len(today))


def date_of(time: int) -> dt.date:
    """Return New York's date at an instant."""
    return dt.datetime.fromtimestamp(time / 1000, NEW_YORK).date()


def next_chance(begins: int, time: int) -> int:
    """Return the first full five minutes after a pause began that are still to come, the close from 15:50 on."""
    chance = begins + FIVE_MINUTES
    while chance <= time:
        chance += FIVE_MINUTES
    clock = dt.datetime.fromtimestamp(chance / 1000, NEW_YORK)
    if clock.time() < dt.time(15, 50):
        return chance
    return new_york_ms(f"{clock:%Y-%m-%d} 16:00", "%Y-%m-%d %H:%M")
