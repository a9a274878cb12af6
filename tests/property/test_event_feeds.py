"""However fast anybody reads and wherever a client comes back: each wanted event once and in order, or a gap.

Two gateways read one log, each at its own pace, of which old entries are dropped; the log may be lost and begun anew,
with what workers put back. A client takes some frames, loses its connection, and resumes at either gateway.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import event_cursor
from api.event_cursor import Cursor, Selections
from api.event_filter import Wanted
from api.event_log import EventLog, Place
from schemas.event_log import START, EntryId
from schemas.records import Alert

KINDS: Final = ("new_high", "new_low", "halted", "resumed")
TICKERS: Final = ("A", "B")
WANTED: Final = (
    Wanted(),
    Wanted(frozenset({"halted", "resumed"})),
    Wanted(tickers=frozenset({"A"})),
    Wanted(frozenset({"new_high", "halted"}), frozenset({"A", "B"}), "price > 2"),
)
Step = tuple[Any, ...]
"""What happens, and how much of it or where."""
LARGE, SMALL = 10_000, 6
"""Events that a gateway keeps: all, or next to none."""


@pytest.fixture(autouse=True, scope="module")
def _small_batches() -> Iterator[None]:
    """Let a few events be a batch, and few be looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(event_cursor, "BATCH_BYTES", 700)
        patch.setattr(event_cursor, "SCANNED", 5)
        yield


class Entry(NamedTuple):
    """An alert in the log."""

    epoch: int
    id: EntryId
    alert: Alert


def wants(wanted: Wanted, alert: Alert) -> bool:
    """Tell, without the gateway's code, whether an alert is wanted."""
    assert alert.price is not None
    kind = not wanted.kinds or alert.kind in wanted.kinds
    ticker = not wanted.tickers or alert.ticker in wanted.tickers
    return kind and ticker and (not wanted.filter or alert.price > 2)


class Source:
    """The log as Redis has it, and all that it ever had."""

    def __init__(self) -> None:
        self.epoch = 0
        self.everything: list[Entry] = []
        self.kept: list[Entry] = []
        self.lost: list[Alert] = []
        self.whole = True
        self._time = 1000

    def add(self, count: int) -> None:
        """Write so many alerts, several within a millisecond."""
        for _ in range(count):
            number = len(self.everything)
            alert = Alert(
                id=f"{self.epoch}:{number}",
                kind=KINDS[number % 4],
                ticker=TICKERS[number // 2 % 2],
                event_time=number,
                session="regular",
                price=float(number % 5),
            )
            self.put(alert)

    def put(self, alert: Alert) -> None:
        """Write an alert."""
        number = len(self.everything)
        self._time += number % 3 == 0
        self.everything.append(Entry(self.epoch, EntryId(self._time, number), alert))
        self.kept.append(self.everything[-1])

    def trim(self, count: int) -> None:
        """Drop the oldest; at least one stays."""
        if dropped := min(count, len(self.kept) - 1):
            del self.kept[:dropped]
            self.whole = False

    def wipe(self) -> None:
        """Lose everything, and begin another log with an alert."""
        self.lost += [entry.alert for entry in self.kept]
        self.kept, self.whole = [], True
        self.epoch += 1
        self.add(1)

    def restore(self) -> None:
        """Put back what was lost."""
        for alert in self.lost:
            self.put(alert)
        self.lost = []


class Gateway:
    """A gateway's log, and how far it has read."""

    def __init__(self, source: Source, capacity: int) -> None:
        self.source = source
        self.log = EventLog(capacity)
        self.selections = Selections(self.log)
        self._last = START

    def read(self, page: int = LARGE) -> None:
        """Read at most ``page`` entries, as the reader does."""
        source, first = self.source, self.source.kept[0].id.before
        if self.log.epoch != str(source.epoch):
            self._last = START if source.whole else first
            self.log.begin(str(source.epoch), self._last)
        elif self._last < first and not source.whole:
            self.log.skip(first)
        entries = [entry for entry in source.kept if entry.id > self._last]
        self.log.append([(entry.id, msgspec.json.encode(entry.alert)) for entry in entries[:page]])
        self._last = entries[:page][-1].id if entries[:page] else self._last
        self.log.reads += len(entries) <= page


class Client:
    """Takes frames, remembers where it is, and checks what can be checked at once."""

    def __init__(self, wanted: Wanted) -> None:
        self.wanted = wanted
        self.cursor: Cursor | None = None
        self.place: Place | None = None
        self.began: Place | None = None
        self.got: list[dict[str, Any]] = []
        self.gaps: list[tuple[Place, Place]] = []

    def connect(self, gateway: Gateway) -> None:
        """Subscribe, or resume from where it is."""
        selection = gateway.selections.of("alerts", self.wanted)
        if self.place is None:
            self.got, self.gaps, self.began = [], [], None
            self.cursor = Cursor(gateway.log, selection)
        else:
            self.cursor = Cursor(gateway.log, selection, self.place)

    def take(self) -> bool:
        """Take a batch; tell whether there was one."""
        if self.cursor is None:
            return False
        messages = self.cursor.take().messages
        for message in messages:
            self._read(json.loads(message.payload))
        return bool(messages)

    def _read(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "subscribed":
            here = Place(frame["epoch"], EntryId.of(frame["sequence"]))
            assert here == self.place or self.place is None
            self.place, self.began = here, self.began or here
            return
        assert self.place is not None
        if frame["type"] == "gap":
            here = Place(frame["epoch"], EntryId.of(frame["to"]))
            since = Place(self.place.epoch, EntryId.of(frame["from"]))
            self.gaps.append((since, here))
        else:
            here = Place(frame["epoch"], EntryId.of(frame["sequence"]))
            self.got.append(frame)
        assert here.epoch != self.place.epoch or here.id >= self.place.id
        assert frame["type"] == "gap" or here != self.place
        self.place = here


def order(place: Place) -> tuple[int, EntryId]:
    """Return what places are ordered by."""
    return int(place.epoch or -1), place.id


def check(client: Client, source: Source) -> None:
    """Fail unless each wanted event since the client began came once and in order, or lies in a gap."""
    places = [(int(frame["epoch"]), EntryId.of(frame["sequence"])) for frame in client.got]
    by_place = {(entry.epoch, entry.id): entry.alert for entry in source.everything}
    assert places == sorted(set(places))
    assert [frame["event"] for frame in client.got] == [msgspec.to_builtins(by_place[place]) for place in places]
    assert all(wants(client.wanted, by_place[place]) for place in places)
    if client.began is None:
        return
    delivered = {frame["event"]["id"] for frame in client.got}
    gaps = [(order(since), order(until)) for since, until in client.gaps]
    first = {entry.alert.id: entry for entry in reversed(source.everything)}
    missing = [
        entry
        for entry in first.values()
        if wants(client.wanted, entry.alert)
        and (entry.epoch, entry.id) > order(client.began)
        and entry.alert.id not in delivered
        and not any(since < (entry.epoch, entry.id) <= until for since, until in gaps)
    ]
    assert missing == []


GATEWAYS: Final = st.integers(0, 1)
ADD: Final = st.tuples(st.just("add"), st.integers(1, 9))
READ: Final = st.tuples(st.just("read"), GATEWAYS, st.sampled_from([1, 3, LARGE]))
TAKE: Final = st.tuples(st.just("take"))
CONNECT: Final = st.tuples(st.just("connect"), GATEWAYS)
TRIM: Final = st.tuples(st.just("trim"), st.integers(1, 9))
WIPE, RESTORE = st.tuples(st.just("wipe")), st.tuples(st.just("restore"))
BEGIN: Final = st.sampled_from([[], [("read", 0, LARGE)], [("read", 0, LARGE), ("read", 1, LARGE), ("connect", 0)]])
CALM: Final = st.one_of(ADD, ADD, READ, READ, READ, TAKE, TAKE, CONNECT)
"""What happens all the time; a client that connects has lost the connection that it had."""
ROUGH: Final = st.one_of(CALM, CALM, CALM, TRIM, WIPE, RESTORE)
WIPED: Final = st.one_of(CALM, CALM, CALM, WIPE, RESTORE)


def steps_of(one: st.SearchStrategy[Step]) -> st.SearchStrategy[list[Step]]:
    """Return what may happen, from gateways that know nothing or something on."""
    return st.builds(list[Step].__add__, BEGIN, st.lists(one, min_size=5, max_size=50))


def settle(gateways: list[Gateway], client: Client) -> None:
    """Let everybody read all there is."""
    if client.cursor is None:
        client.connect(gateways[0])
    for gateway in gateways:
        for _ in range(4):
            gateway.read()
    while client.take():
        pass


def play(steps: list[Step], source: Source, gateways: list[Gateway], client: Client) -> None:
    """Let everything happen, then let everybody come to rest."""
    source.add(1)
    for what, *how in steps:
        match what:
            case "add" | "trim" | "wipe" | "restore":
                getattr(source, what)(*how)
            case "read":
                gateways[how[0]].read(how[1])
            case "take":
                client.take()
            case "connect":
                client.connect(gateways[how[0]])
    settle(gateways, client)


@given(steps=steps_of(ROUGH), wanted=st.sampled_from(WANTED), capacity=st.sampled_from([SMALL, LARGE]))
def test_each_event_once_or_a_gap(steps: list[Step], wanted: Wanted, capacity: int) -> None:
    """Whatever happens to the log, the gateways and the client."""
    source, client = Source(), Client(wanted)
    play(steps, source, [Gateway(source, capacity) for _ in range(2)], client)

    check(client, source)


@given(steps=steps_of(CALM), wanted=st.sampled_from(WANTED))
def test_where_nothing_is_dropped_nothing_is_missed(steps: list[Step], wanted: Wanted) -> None:
    """No gap at all, and no event twice, at whichever gateway."""
    source, client = Source(), Client(wanted)
    play(steps, source, [Gateway(source, LARGE) for _ in range(2)], client)

    check(client, source)
    assert client.gaps == []
    assert len({frame["event"]["id"] for frame in client.got}) == len(client.got)


@given(steps=steps_of(WIPED), wanted=st.sampled_from(WANTED))
def test_what_is_put_back_comes_once(steps: list[Step], wanted: Wanted) -> None:
    """A gateway that has read an event before its log was lost does not bring it again."""
    source, client = Source(), Client(wanted)
    play(steps, source, [Gateway(source, LARGE)] * 2, client)

    check(client, source)
    assert len({frame["event"]["id"] for frame in client.got}) == len(client.got)
    assert len(client.gaps) <= source.epoch
