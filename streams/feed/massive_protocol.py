"""Frames of Massive's stock WebSocket to records and refusals. PURE: no socket, no clock, no logging.

A clean frame is decoded in one go. A frame in which anything is wrong is taken apart, so that one bad element costs
only itself.
"""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from schemas.records import Reason
from streams.feed.massive_events import Event, Status
from streams.feed.massive_records import FUTURE_MS, LATEST_MS, FeedRecord, MassiveRecords, RefusedError
from streams.feed.reject import Reject

SOURCE: Final = "massive"


@dataclass(slots=True)
class Frame:
    """What one frame held, each in its order."""

    records: list[FeedRecord] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)


UNUSABLE: Final = (msgspec.DecodeError, RefusedError, UnicodeDecodeError, RecursionError)
"""What decoding and judging raise: text that is not UTF-8 and nesting without end are not ``DecodeError``."""


class MassiveProtocol:
    """Decodes and judges frames; ``feed_is_live`` refuses what is more than 60 s ahead of its arrival."""

    def __init__(self, *, feed_is_live: bool) -> None:
        """Take whether event times are those of the wall clock: not so of a simulator or a recording."""
        self._live = feed_is_live
        self._events = msgspec.json.Decoder(list[Event])
        self._elements = msgspec.json.Decoder(list[msgspec.Raw])
        self._event = msgspec.json.Decoder(Event)
        self._makers = MassiveRecords().makers

    def decode(self, frame: bytes | str, received_time: int) -> Frame:
        """Return the records, refusals and statuses of a frame that arrived at ``received_time`` (ms)."""
        result = Frame()
        latest = received_time + FUTURE_MS if self._live else LATEST_MS
        try:
            events = self._events.decode(frame)
            for event in events:
                if type(event) is Status:
                    result.statuses.append(event)
                else:
                    result.records.append(self._makers[type(event)](event, received_time, latest))
        except UNUSABLE:
            return self._decode_each(frame, received_time, latest)
        return result

    def _decode_each(self, frame: bytes | str, received_time: int, latest: int) -> Frame:
        """Do the same for each element by itself."""
        result = Frame()
        try:
            elements = self._elements.decode(frame)
        except UNUSABLE as error:
            payload = frame.encode() if isinstance(frame, str) else bytes(frame)
            result.rejects.append(Reject(_reason(error), str(error), SOURCE, None, payload))
            return result
        for element in elements:
            try:
                event = self._event.decode(element)
                if isinstance(event, Status):
                    result.statuses.append(event)
                else:
                    result.records.append(self._makers[type(event)](event, received_time, latest))
            except UNUSABLE as error:
                result.rejects.append(Reject(_reason(error), str(error), SOURCE, None, bytes(element)))
        return result


def _reason(error: Exception) -> Reason:
    """Return the reason that an error stands for."""
    if isinstance(error, RefusedError):
        return error.reason
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        return Reason.NOT_JSON
    if "missing required field" in text or "got `null`" in text:
        return Reason.MISSING_FIELD
    if text.startswith("Invalid value") and text.endswith("`$.ev`"):
        return Reason.UNKNOWN_EVENT
    return Reason.WRONG_TYPE
