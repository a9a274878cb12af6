"""The last 64 seconds of each ticker's trades, second by second, in a ring outside the row.

The second of a trade is its time in seconds, rounded up: at an instant T, the last w seconds are the seconds up to that
of T, w of them. Only seconds since the ticker's newest one less 64 are kept; when a newer one comes, the newest tick
of those that fall out moves into the row, so that the price that stood 20 or 60 seconds ago is known for thin tickers
too. A trade that is 64 seconds or more behind its ticker's newest second, or behind the feed's clock, counts in the
day's totals alone.

After a restart the ring is filled again from the log, from ``WINDOW_MS`` before the clock on. That is three rings long,
and makes the ring exact wherever it can still matter: a ticker whose newest second is that of the clock less 128, or
older, loses all of it to its next trade (at most 64 behind the clock), of any other ticker the ring is read whole.
"""

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from schemas.compiled import compiled_in_place

SECOND_MS: Final = 1000
SECONDS: Final = 64
"""Length of the ring, a power of two."""
WINDOW_MS: Final = 3 * SECONDS * SECOND_MS

BUCKET: Final = np.dtype(
    (
        np.record,
        [
            ("second", "i4"),  # since the epoch; 0 in an empty bucket
            ("count", "i4"),  # of the trades that carry volume
            ("volume", "f8"),  # their sizes, summed
            ("bought", "f8"),  # of those that are ticks, by the tick rule
            ("sold", "f8"),
            ("largest", "f8"),  # size
            ("price", "f8"),  # of the newest tick
            ("price_time", "i8"),  # of that tick, ms since the epoch; 0 where there is none
            ("sign", "i8"),
        ],
    )
)
"""One second of a ticker; 64 bytes."""

HEAD: Final = np.dtype(
    (
        np.record,
        [
            ("newest", "i8"),  # second of the ticker; 0 where its ring is empty
            ("price", "f8"),  # the ticks, as in the row, while records that the row knows are read again
            ("price_time", "i8"),
            ("sign", "i8"),
            ("older_price", "f8"),
            ("older_time", "i8"),
            ("older_sign", "i8"),
        ],
    )
)
"""What else a ring has."""

Buckets: TypeAlias = npt.NDArray[np.void]
"""Shape rows x ``SECONDS``; the bucket of a second is at its remainder."""
Bucket: TypeAlias = np.record
Head: TypeAlias = np.record
Ticks: TypeAlias = np.record
"""A row or a head: what has the newest tick and the newest one outside the ring."""


@compiled_in_place
def second_of(time: int) -> int:
    """Return the second that a time in ms belongs to: (S - 1, S]."""
    return -(-time // SECOND_MS)


@compiled_in_place
def window_start(complete_through: int) -> int:
    """Return the time after which records are read again after a restart, ms since the epoch."""
    return complete_through // SECOND_MS * SECOND_MS - WINDOW_MS


@compiled_in_place
def clear(head: Head, buckets: Buckets, row: int) -> None:
    """Empty the ring of a row."""
    head.newest = 0
    for slot in range(SECONDS):
        buckets[row, slot].second = 0


@compiled_in_place
def begin_second(bucket: Bucket, second: int) -> None:
    """Make the bucket that of a second without trades."""
    bucket.second = second
    bucket.count = bucket.price_time = bucket.sign = 0
    bucket.volume = bucket.bought = bucket.sold = bucket.largest = 0.0
    bucket.price = np.nan


@compiled_in_place
def move_out(ticks: Ticks, price: float, time: int, sign: int) -> None:
    """Let a tick that the ring does not hold be the newest such one, if it is."""
    if time > 0 and time >= ticks.older_time:
        ticks.older_price = price
        ticks.older_time = time
        ticks.older_sign = sign


@compiled_in_place
def advance(ticks: Ticks, head: Head, buckets: Buckets, row: int, second: int) -> None:
    """Let the ring end with a second, no earlier than it does; what falls out of it leaves its newest tick."""
    for passed in range(max(head.newest + 1, second - SECONDS + 1), second + 1):
        bucket = buckets[row, passed % SECONDS]
        if bucket.second > 0:
            move_out(ticks, bucket.price, bucket.price_time, bucket.sign)
        bucket.second = 0
    if second_of(ticks.price_time) <= second - SECONDS:
        # The newest tick of all, whether or not a ring that was filled again held it.
        move_out(ticks, ticks.price, ticks.price_time, ticks.sign)
    head.newest = max(head.newest, second)


@compiled_in_place
def bucket_of(ticks: Ticks, head: Head, buckets: Buckets, row: int, second: int) -> Bucket:
    """Return the bucket of a second that the ring holds, or can hold."""
    advance(ticks, head, buckets, row, second)
    bucket: Bucket = buckets[row, second % SECONDS]
    if bucket.second == 0:
        begin_second(bucket, second)
    return bucket


@compiled_in_place
def add_volume(bucket: Bucket, size: float, sign: int) -> None:
    """Count a trade that carries volume; ``sign`` is its side, 0 for none."""
    bucket.count += 1
    bucket.volume += size
    bucket.largest = max(bucket.largest, size)
    if sign > 0:
        bucket.bought += size
    elif sign < 0:
        bucket.sold += size


@compiled_in_place
def set_price(ticks: Ticks, price: float, time: int, sign: int) -> None:
    """Take the newest tick, of a row, a head or a bucket."""
    ticks.price = price
    ticks.price_time = time
    ticks.sign = sign


@compiled_in_place
def price_at(ticks: Ticks, head: Head, buckets: Buckets, row: int, second: int) -> float:
    """Return the price that stood at the end of a second: of the newest tick up to it; NaN without one.

    The second is at most 60 behind that of the clock or of the ticker's newest tick.
    """
    if second_of(ticks.price_time) <= second:
        newest: float = ticks.price
        return newest
    has_older = second_of(ticks.older_time) <= second
    for passed in range(min(second, head.newest), head.newest - SECONDS, -1):
        bucket = buckets[row, passed % SECONDS]
        if bucket.second == passed and bucket.price_time > 0:
            if has_older and ticks.older_time > bucket.price_time:
                break
            stood: float = bucket.price
            return stood
    older: float = ticks.older_price
    return older if has_older else np.nan
