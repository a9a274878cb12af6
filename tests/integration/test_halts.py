"""Halts through a real worker: real pauses, told by price bands and by the exchange, and a real feed of halts.

At several instants of four days the whole document is the oracle's: bars, who is halted since when and until when, and
the bands; and so are the alerts, in Redis and in the topic.
"""

import datetime as dt
from collections.abc import Iterator
from email.utils import format_datetime
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple
from xml.sax.saxutils import escape

import msgspec
import pytest

from schemas.codec import Codec
from schemas.records import Aggregate, Clock
from streams import embedded
from streams.topics import TOPICS
from tests.support import flat_files, oracle
from tests.support.command_line import tickerboard
from tests.support.compare import assert_same, assert_same_alerts
from tests.support.delivery import PARTITIONS, Arena, arena, check_shown, delete_topics, make_anew, run
from tests.support.delivery_events import Pauses, Send, messages
from tests.support.delivery_stream import MINUTE_MS, Record
from tests.support.halt_oracle import NEW_YORK, Listed, Pause, date_of, new_york_ms, read_listed, read_pauses
from tests.support.oracle_alerts import Alert
from tests.support.oracle_boards import boards
from tests.support.oracle_halts import Bands, halt_metrics, listed_alerts, pause_alerts, session_of
from tests.support.shared_data import shared_data

pytestmark = pytest.mark.integration

INSTANTS: Final = ("09:39:00", "10:07:30", "16:30:00")
APPLICATION: Final = "halts"
DATABASE: Final = 14
LISTED_ON: Final = dt.date(2025, 3, 31)
"""On this day the exchange's word comes as a file of its feed."""


class Told(NamedTuple):
    """Real pauses, who tells of them, a real feed of halts without an end, and the bars of each day."""

    halts: Pauses
    listed: list[Listed]
    feed: Path
    days: list[dt.date]

    def tickers(self, day: dt.date) -> list[str]:
        """Return the tickers that have bars on a day."""
        paused = {pause.ticker for pause in self.halts.pauses if date_of(pause.begins) == day}
        return sorted(paused | {halt.ticker for halt in self.listed[:3]})

    def bars(self, day: dt.date) -> list[Aggregate]:
        """Return a day's bars: of the open, and of each minute in which a pause begins, at the pause's price."""
        opens = new_york_ms(f"{day} 09:30", "%Y-%m-%d %H:%M")
        starts = {(opens, ticker): 5.0 for ticker in self.tickers(day)}
        starts |= {
            (pause.begins // MINUTE_MS * MINUTE_MS, pause.ticker): round(pause.price, 4)
            for pause in self.halts.pauses
            if date_of(pause.begins) == day
        }
        return [
            Aggregate(
                ticker=ticker,
                interval_ms=MINUTE_MS,
                start_time=start,
                open=price,
                high=price,
                low=price,
                close=price,
                volume=100.0,
                received_time=0,
            )
            for (start, ticker), price in sorted(starts.items())
        ]


@pytest.fixture(scope="module")
def told() -> Told:
    """Return 53 pauses of four days; of a third of the tickers the bands tell, of a third the exchange, or both."""
    pauses = tuple(read_pauses(shared_data("reference/luld_halts_2025-03")))
    feed = shared_data("reference/nasdaq_tradehalts_rss_2023-06-19.xml")
    tickers = sorted({pause.ticker for pause in pauses})
    by_exchange = frozenset(tickers[::3])
    bands = [
        Bands(pause.ticker, time, round(pause.price * 0.9, 2), round(pause.price * 1.1, 2))
        for pause in pauses
        for time in (pause.begins, pause.ends)
        if pause.ticker not in by_exchange
    ]
    days = sorted({date_of(pause.begins) for pause in pauses})
    return Told(Pauses(pauses, tuple(bands), by_exchange), read_listed(feed), feed, days)


@pytest.fixture
def field(services: embedded.Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Arena]:
    """Give an application of the test's own, with new topics; commands are of it too."""
    names = [topic.name for topic in TOPICS]
    run(make_anew(services.kafka_bootstrap, names))
    monkeypatch.setenv("TICKERBOARD_PARTITIONS", str(PARTITIONS))
    monkeypatch.setenv("TICKERBOARD_APPLICATION", APPLICATION)
    database = f"{services.redis_url.rpartition('/')[0]}/{DATABASE}"
    with arena(services.kafka_bootstrap, database, APPLICATION, tmp_path) as found:
        yield found
    run(delete_topics(services.kafka_bootstrap, names))


def publish_feed(field: Arena, path: Path, count: int) -> None:
    """Publish a file of the exchange's feed by the command."""
    ended = tickerboard("halts", path, "--brokers", field.bootstrap)
    assert ended.returncode == 0, ended.stderr
    assert f"{count} halts published" in ended.stdout


def write_feed(path: Path, pauses: list[Pause], time: int) -> Path:
    """Write pauses as the exchange's feed lists them at an instant: those that have begun, and how they ended."""
    items = []
    for pause in pauses:
        begins, ends = (dt.datetime.fromtimestamp(edge / 1000, NEW_YORK) for edge in (pause.begins, pause.ends))
        over = pause.ends <= time
        fields = {
            "HaltDate": f"{begins:%m/%d/%Y}",
            "HaltTime": f"{begins:%H:%M:%S}",
            "IssueSymbol": escape(pause.ticker),
            "Market": "NASDAQ",
            "ReasonCode": "LUDP",
            "PauseThresholdPrice": f"{pause.price!r}",
            "ResumptionDate": f"{ends:%m/%d/%Y}" if over else "",
            "ResumptionQuoteTime": f"{ends:%H:%M:%S}" if over else "",
            "ResumptionTradeTime": f"{ends:%H:%M:%S}" if over else "",
        }
        elements = "".join(f"<ndaq:{name}>{text}</ndaq:{name}>" for name, text in fields.items())
        items.append(f"<item>{elements}</item>")
    published = format_datetime(dt.datetime.fromtimestamp(time / 1000, dt.UTC), usegmt=True)
    head = f'<rss version="2.0" xmlns:ndaq="http://www.nasdaqtrader.com/"><channel><pubDate>{published}</pubDate>'
    path.write_text(f"{head}{''.join(items)}</channel></rss>", encoding="utf-8")
    return path


def sends(told: Told, day: dt.date) -> list[tuple[int, Record]]:
    """Return a day's records by when they are sent (ms), but for what comes as a file."""
    own = tuple(pause for pause in told.halts.pauses if date_of(pause.begins) == day)
    if day == LISTED_ON:
        own = tuple(pause for pause in own if pause.ticker not in told.halts.by_exchange)
    halts: list[Send] = list(messages(told.halts._replace(pauses=own), Random(1)))
    bars = [(bar.start_time + MINUTE_MS, bar) for bar in told.bars(day)]
    return sorted([*bars, *halts], key=lambda send: send[0])


def expected(told: Told, day: dt.date, instant: str, folder: Path) -> tuple[dict[str, Any], list[Alert]]:
    """Return the document of an instant, and the alerts that the day's bars have made by then."""
    lines = [
        f"{bar.ticker},{bar.volume},{bar.open},{bar.close},{bar.high},{bar.low},{bar.start_time * 1_000_000},"
        for bar in told.bars(day)
    ]
    file = flat_files.write(folder / "bars.csv", lines)
    document = oracle.expected(file, instant, bar_seconds=60, date=f"{day}")
    time = new_york_ms(f"{day} {instant}", "%Y-%m-%d %H:%M:%S")
    symbols = document["symbols"]
    listed = {halt.ticker: halt for halt in told.listed}
    for ticker, row in symbols.items():
        row.update(halt_metrics(told.halts.pauses, told.halts.bands, ticker, time, row["price"]))
        if ticker in listed:
            row.update(halted=1.0, halt_time=listed[ticker].begins)
    document["boards"] = boards(symbols, session_of(time))
    return document, oracle.expected_alerts(file, instant, bar_seconds=60, date=f"{day}")


def test_pauses_and_halts(field: Arena, told: Told, tmp_path: Path) -> None:
    """Whoever tells of a halt, rows, board and alerts are the oracle's at every instant."""
    by_bars: list[Alert] = []
    alerts: list[Alert] = []
    most_halted = 0
    time = 0
    field.start()
    publish_feed(field, told.feed, len(told.listed))
    for day in told.days:
        waiting = sends(told, day)
        for instant in INSTANTS:
            time = new_york_ms(f"{day} {instant}", "%Y-%m-%d %H:%M:%S")
            if day == LISTED_ON:
                begun = [
                    pause
                    for pause in told.halts.pauses
                    if pause.ticker in told.halts.by_exchange and date_of(pause.begins) == day and pause.begins <= time
                ]
                publish_feed(field, write_feed(tmp_path / "feed.xml", begun, time), len(begun))
            field.publish(
                [*(record for due, record in waiting if due <= time), Clock(event_time=time, received_time=0)]
            )
            waiting = [send for send in waiting if send[0] > time]
            field.wait_folded(time)

            document, alerts = expected(told, day, instant, tmp_path)
            assert_same(field.document(time), document)
            most_halted = max(most_halted, len(document["boards"]["halted"]))
        by_bars += alerts
    field.stop()

    sent = field.alerts()
    written = [msgspec.to_builtins(Codec().decode(value)) for value in sent.values()]
    by_halts = pause_alerts(told.halts.pauses, time, by_exchange=told.halts.by_exchange) + listed_alerts(told.listed)
    assert_same_alerts(written, by_bars + by_halts)
    check_shown(field.shown_alerts(), sent)
    assert len(by_halts) == 53 * 2 + 14
    assert most_halted > 3
