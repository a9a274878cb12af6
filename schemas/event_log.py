"""The log of alerts in Redis, as workers write it and gateways read it: a stream whose entries' ids are sequences.

Every gateway reads the same ids, so that a client may go on at another one. A log that was lost and begun anew has
another epoch, which stands beside it. The first entry that a log ever had says so: where it is still there, no entry
has been dropped.
"""

import re
from typing import Final, NamedTuple, Self

ENTRIES: Final = 200_000
"""About so many of the newest alerts are kept; Redis drops older ones a hundred at a time."""
TIME_TO_LIVE_SECONDS: Final = 8 * 24 * 3600
"""The log outlives a long weekend without alerts, so that nobody who comes back after it finds another epoch."""
BEGIN: Final = b"begin"
"""Field of the first entry, which holds the epoch."""
ALERT: Final = b"alert"
"""Field of all others, which holds a ``records.Alert`` as JSON."""

_ID: Final = re.compile(r"([0-9]{1,15})-([0-9]{1,20})")
_LARGEST: Final = 2**64 - 1


class EntryId(NamedTuple):
    """The place of an entry in the log; later entries have greater ones."""

    time: int
    """When it was written by the clock of Redis, ms since the epoch."""
    number: int
    """Of its entries within that millisecond, or since, where that clock went back."""

    @classmethod
    def of(cls, text: str) -> Self:
        """Return the id written as in Redis, ``1795185713250-0``; raise ``ValueError`` if it is none."""
        found = _ID.fullmatch(text)
        if found is None or int(found[2]) > _LARGEST:
            message = f"not the id of an entry: {text}"
            raise ValueError(message)
        return cls(int(found[1]), int(found[2]))

    @property
    def before(self) -> "EntryId":
        """The greatest id below this one."""
        return EntryId(self.time, self.number - 1) if self.number else EntryId(max(0, self.time - 1), _LARGEST)

    def __str__(self) -> str:
        """Return it as Redis writes it."""
        return f"{self.time}-{self.number}"


START: Final = EntryId(0, 0)
"""Before every entry."""
