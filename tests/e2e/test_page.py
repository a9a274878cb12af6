"""The page in a real browser, on a real gateway and a real Valkey."""

import re
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import httpx
import pytest
import redis
from playwright.sync_api import Locator, Page, expect

from schemas.metrics import COLUMNS
from streams.embedded_valkey import EmbeddedValkey
from tests.support.browser import browser_page, build_page
from tests.support.gateway import QUICK, gateway
from tests.support.workers import Workers

MARKET = {
    **{f"T{number:03}": {"price": 10.0, "change_pct": 400.0 - number, "relative_volume": 1.5} for number in range(400)},
    "NOREF": {"price": 7.0, "accumulated_volume": 1_234_567.0},
}
PATIENT = {**QUICK, "TICKERBOARD_STALE_SECONDS": "3600"}
"""For tests that write once and then look."""


@pytest.fixture(scope="module", autouse=True)
def built() -> None:
    """Build the page; skip where npm or its registry is missing."""
    build_page()


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Give workers on a Valkey of the test's own, which have written once."""
    with EmbeddedValkey() as valkey, redis.Redis.from_url(valkey.url) as connection:
        writing = Workers(connection, session="regular")
        writing.write(MARKET)
        yield writing


@pytest.fixture
def address(workers: Workers) -> Iterator[str]:
    """Give ``host:port`` of a gateway that reads what they write."""
    with gateway(redis_url_of(workers), settings=PATIENT) as listening:
        yield listening


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """Give an empty page whose errors fail the test."""
    with browser_page(tmp_path) as opened:
        yield opened


def redis_url_of(workers: Workers) -> str:
    """Return where the workers write."""
    return f"redis://127.0.0.1:{workers.redis.connection_pool.connection_kwargs['port']}/0"


def board(page: Page, place: int) -> Locator:
    """Return one of the boards, from 0."""
    return page.locator("leader-board").nth(place)


def test_two_boards_show_and_change(page: Page, address: str, workers: Workers) -> None:
    """Ranked rows, the time in New York, the session, the date and the age of it all."""
    page.goto(f"http://{address}/")
    rows = board(page, 0).locator(".body .row")
    expect(rows.first).to_contain_text("T000")
    expect(rows.first).to_contain_text("+400.00")
    expect(board(page, 1).get_by_text("Nothing ranks here yet.")).to_be_visible()
    expect(page.locator("market-bar time")).to_contain_text("09:29:00")
    expect(page.locator("market-bar .session")).to_have_text("Regular")
    expect(page.locator("market-bar .date")).to_have_text("Fri 20 Nov 2026")
    expect(board(page, 0).locator("data-age")).to_have_text(re.compile(r"^\d+(\.\d)? s$"))
    workers.write({**MARKET, "T399": {"price": 12.5, "change_pct": 900.0}})

    expect(rows.first).to_contain_text("T399")
    expect(rows.first).to_contain_text("12.50")
    expect(rows.nth(1)).to_contain_text("T000")


def test_only_rows_in_sight_are_drawn(page: Page, address: str) -> None:
    """400 rank; scrolling shows the last."""
    page.goto(f"http://{address}/")
    rows = board(page, 0).locator(".body .row")
    expect(rows.first).to_contain_text("T000")
    assert rows.count() < 60
    board(page, 0).locator(".body").evaluate("body => body.scrollTop = body.scrollHeight")

    expect(rows.last).to_contain_text("T399")
    expect(rows.last.locator(".rank")).to_have_text("400")


def test_a_chosen_ticker_shows_all_its_facts_live(page: Page, address: str, workers: Workers) -> None:
    """By mouse, by arrows and by name; what is undefined is an en dash."""
    page.goto(f"http://{address}/")
    facts = page.locator("symbol-facts")
    board(page, 0).get_by_text("T001", exact=True).click()
    expect(facts.locator("h2")).to_have_text("T001")
    expect(facts.locator(".price")).to_have_text("$10.00")
    page.keyboard.press("ArrowDown")
    expect(facts.locator("h2")).to_have_text("T002")
    page.keyboard.press("/")
    page.keyboard.type("noref")
    page.keyboard.press("Enter")
    expect(facts.locator("h2")).to_have_text("NOREF")
    expect(facts.locator("[data-metric=accumulated_volume] dd")).to_have_text("1,234,567")
    expect(facts.locator("[data-metric=gap_pct] dd")).to_have_text("\N{EN DASH}")
    assert facts.locator("[data-metric]").count() == len(COLUMNS) - 3
    workers.write({**MARKET, "NOREF": {"price": 7.25}})

    expect(facts.locator(".price")).to_have_text("$7.25")
    page.keyboard.press("Escape")
    expect(facts.locator("h2")).to_have_count(0)


def test_the_choice_of_boards_is_remembered(page: Page, address: str) -> None:
    """Over a reload; both places may show the same board."""
    page.goto(f"http://{address}/")
    board(page, 1).locator("select").select_option("losers")
    expect(board(page, 1).locator(".body .row").first).to_contain_text("T399")
    board(page, 0).locator("select").select_option("losers")
    expect(board(page, 0).locator(".body .row").first).to_contain_text("T399")
    page.reload()

    for place in (0, 1):
        expect(board(page, place).locator("select")).to_have_value("losers")
        expect(board(page, place).locator(".body .row").first).to_contain_text("T399")


def test_the_page_comes_back_by_itself_when_the_gateway_restarts(page: Page, workers: Workers) -> None:
    """It says that it is not connected and how old its rows are, then shows what changed meanwhile."""
    with gateway(redis_url_of(workers), settings=PATIENT) as address:
        page.goto(f"http://{address}/")
        expect(board(page, 0).locator(".body .row").first).to_contain_text("T000")
    expect(page.locator("market-bar .link")).to_contain_text("Reconnecting")
    expect(page.get_by_text("Not connected")).to_be_visible()
    expect(board(page, 0)).to_have_attribute("dimmed", "")
    workers.write({"LATER": {"change_pct": 5.0, "price": 2.0}})
    with gateway(redis_url_of(workers), port=int(address.split(":")[1]), settings=PATIENT):
        expect(page.locator("market-bar .link")).to_have_text("Connected", timeout=40_000)
        expect(board(page, 0).locator(".body .row")).to_have_count(1)
        expect(board(page, 0).locator(".body .row").first).to_contain_text("LATER")
        expect(page.get_by_text("Not connected")).to_have_count(0)


def test_silent_workers_show(page: Page, workers: Workers) -> None:
    """In words, and in the age beside each board."""
    with gateway(redis_url_of(workers)) as address:
        page.goto(f"http://{address}/")

        expect(page.get_by_text("Not live: the workers have written nothing")).to_be_visible(timeout=15_000)
        expect(board(page, 0).locator("data-age i")).to_have_class("late", timeout=15_000)


def test_it_fits_a_phone(page: Page, address: str) -> None:
    """At 360 px nothing sticks out to the side, and a ticker's facts lie over the boards."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"http://{address}/")
    board(page, 0).get_by_text("T001", exact=True).click()
    expect(page.locator("symbol-facts .price")).to_be_in_viewport()

    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_storm_leaves_page_and_gateway_with_the_same_rows(page: Page, address: str, workers: Workers) -> None:
    """Forty states in four seconds; what is drawn in the end is what REST says."""
    page.goto(f"http://{address}/")
    market = {ticker: dict(cells) for ticker, cells in MARKET.items()}
    for turn in range(40):
        for number in range(0, 400, 3):
            market[f"T{number:03}"]["change_pct"] = float((number * 37 + turn * 101) % 997)
        workers.write(market)
        sleep(0.1)
    expected = httpx.get(f"http://{address}/api/boards/gainers?limit=10").json()["rows"]

    for at, row in enumerate(expected):
        expect(board(page, 0).locator(".body .row .ticker").nth(at)).to_have_text(row["symbol"])


def test_the_example_page_follows_a_scan_of_ones_own(page: Page, address: str, workers: Workers) -> None:
    """As it stands in ``docs/api.md``: rows live, a refusal in words, and another scan in its place."""
    page.goto(f"http://{address}/static/example.html")
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(20)
    expect(rows.first).to_contain_text("T000")
    workers.write({**MARKET, "T399": {"price": 12.5, "change_pct": 900.0}})
    expect(rows.first).to_contain_text("T399")
    page.get_by_label("Which tickers").fill("prise > 5")
    page.get_by_role("button", name="Follow").click()
    expect(page.get_by_role("status")).to_contain_text("did you mean price")
    page.get_by_label("Which tickers").fill("accumulated_volume > 1e6")
    page.get_by_label("Order").fill("-accumulated_volume")
    page.get_by_role("button", name="Follow").click()

    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("NOREF")
