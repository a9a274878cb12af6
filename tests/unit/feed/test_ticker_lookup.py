"""A ticker is looked up once, however many ask; what is not there is not asked for again soon."""

import asyncio

import pytest

from schemas.records import Reference
from streams.feed.massive_rest_protocol import RestError
from streams.feed.ticker_lookup import TickerLookup


class Vendor:
    """Knows ``KNOWN`` after as long as it is told; fails where it is told."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.asked: list[str] = []
        self.answer = asyncio.Event()
        self.answer.set()
        self.fails = False
        self.now = 0.0

    async def fetch(self, ticker: str) -> Reference | None:
        """Answer."""
        self.asked.append(ticker)
        await self.answer.wait()
        if self.fails:
            message = "the vendor answers 503, 7 times"
            raise RestError(message)
        return Reference(ticker=ticker, trading_date="2025-01-06") if ticker == "KNOWN" else None

    def lookup(self) -> TickerLookup:
        """Return a lookup by this clock."""
        return TickerLookup(self.fetch, 60.0, lambda: self.now)


async def test_concurrent_callers_share_one_request() -> None:
    """A hundred at once, and one later, are one request."""
    vendor = Vendor()
    vendor.answer.clear()
    lookup = vendor.lookup()
    callers = [asyncio.create_task(lookup.get("KNOWN")) for _ in range(100)]
    await asyncio.sleep(0)
    vendor.answer.set()
    found = await asyncio.gather(*callers)

    assert {record.ticker for record in found if record} == {"KNOWN"}
    assert await lookup.get("KNOWN") is found[0]
    assert vendor.asked == ["KNOWN"]


async def test_a_negative_answer_holds_for_a_while() -> None:
    """Then the vendor is asked again."""
    vendor = Vendor()
    lookup = vendor.lookup()
    for vendor.now in (0.0, 59.0, 60.0, 61.0):
        assert await lookup.get("NONE") is None

    assert vendor.asked == ["NONE", "NONE"]


async def test_a_failure_is_raised_to_all_and_not_remembered() -> None:
    """The next caller asks again."""
    vendor = Vendor()
    vendor.fails = True
    lookup = vendor.lookup()
    found = await asyncio.gather(lookup.get("KNOWN"), lookup.get("KNOWN"), return_exceptions=True)
    vendor.fails = False

    assert [type(each) for each in found] == [RestError, RestError]
    assert await lookup.get("KNOWN") is not None
    assert vendor.asked == ["KNOWN", "KNOWN"]


async def test_a_caller_that_is_cancelled_takes_nothing_from_the_others() -> None:
    """The request goes on for those who wait; ``close`` gives it up."""
    vendor = Vendor()
    vendor.answer.clear()
    lookup = vendor.lookup()
    first, second = asyncio.create_task(lookup.get("KNOWN")), asyncio.create_task(lookup.get("KNOWN"))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    vendor.answer.set()

    assert await second is not None
    vendor.answer.clear()
    third = asyncio.create_task(lookup.get("OTHER"))
    await asyncio.sleep(0)
    await lookup.close()
    with pytest.raises(asyncio.CancelledError):
        await third
