"""Logs of alerts for tests, as a gateway has read them."""

from typing import Any

import msgspec

from api.event_log import EventLog
from schemas.event_log import START, EntryId
from schemas.records import Alert


def alert(number: int, **fields: Any) -> Alert:  # noqa: ANN401 (fields of all types)
    """Make an alert."""
    made = {"id": f"{number}", "kind": "new_high", "ticker": "A", "event_time": number, "session": "regular"}
    return Alert(**{**made, **fields})


def entries(*alerts: Alert, start: int = 1) -> list[tuple[EntryId, bytes]]:
    """Return alerts as entries, two in each millisecond."""
    return [
        (EntryId(number // 2, number % 2), msgspec.json.encode(each)) for number, each in enumerate(alerts, start * 2)
    ]


def log_of(*alerts: Alert, capacity: int = 100) -> EventLog:
    """Return a log that has been read once."""
    log = EventLog(capacity)
    log.begin("one", START)
    log.append(entries(*alerts))
    log.reads = 1
    return log
