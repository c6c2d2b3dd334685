"""The table of all coins: figures of the API, order, filter, favourites, and how it stands on a phone."""

from __future__ import annotations

import csv
import io

from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Browser, Page, expect

ROWS = "#panel-coins tbody tr"
NAMES = "rows => rows.map(row => row.dataset.coin)"


def open_board(page: Page) -> None:
    page.keyboard.press("b")
    page.locator(ROWS).first.wait_for()


def names(page: Page) -> list[str]:
    return list(page.locator(ROWS).evaluate_all(NAMES))


def test_the_table_says_what_the_api_says_and_each_column_sorts_it(opened: Page) -> None:
    open_board(opened)
    rows = get(opened, "/board")["rows"]
    assert names(opened) == [row["coin"] for row in rows]
    opened.keyboard.press("b")
    expect(opened.locator("#board-wide")).to_have_attribute("aria-pressed", "true")
    heading = opened.locator("#panel-coins th.of-coin")
    heading.locator("button").click()
    expect(heading).to_have_attribute("aria-sort", "ascending")
    assert names(opened) == sorted((row["coin"] for row in rows), key=str.lower)
    heading.locator("button").click()
    expect(heading).to_have_attribute("aria-sort", "descending")
    opened.keyboard.press("Escape")
    expect(opened.locator("#board-wide")).to_have_attribute("aria-pressed", "false")


def test_favourites_stand_first_and_are_kept(opened: Page) -> None:
    open_board(opened)
    last = names(opened)[-1]
    opened.locator(f"{ROWS}[data-coin='{last}'] button.star").click()
    expect(opened.locator(ROWS).first).to_have_attribute("data-coin", last)
    opened.reload()
    opened.wait_for_selector(HEAT_READY.format(coin="BTC"))
    open_board(opened)
    assert names(opened)[0] == last


def test_the_filter_narrows_the_table_by_name(opened: Page) -> None:
    open_board(opened)
    opened.locator("#board-text").fill("pepe")
    expect(opened.locator(ROWS)).to_have_count(1)
    opened.locator("#board-text").fill("no such coin")
    expect(opened.locator("#panel-coins")).to_contain_text("No coin of this name")


def test_the_table_is_saved_as_csv_as_it_is_sorted_and_filtered(opened: Page) -> None:
    open_board(opened)
    opened.locator("#panel-coins th.of-coin button").click()
    opened.locator("#board-text").fill("t")
    with opened.expect_download() as saving:
        opened.locator("#panel-coins .csv").click()
    rows = list(csv.DictReader(io.StringIO(saving.value.path().read_text(), newline="")))
    assert [row["coin"] for row in rows] == names(opened)
    assert rows
    by_coin = {row["coin"]: row for row in get(opened, "/board")["rows"]}
    for row in rows:
        assert float(row["mark_usd"]) == by_coin[row["coin"]]["mark"]
        assert row["is_simulated"] == "true"


def test_on_a_phone_only_the_table_itself_scrolls_sideways(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = context.new_page()
    page.goto(server.url)
    page.locator("#tab-coins").click()
    page.locator("#board-wide").click()
    page.locator(ROWS).first.wait_for()
    widths = page.evaluate("[document.documentElement.scrollWidth, document.querySelector('.board-rows').scrollWidth]")
    assert widths[0] == 360
    assert widths[1] > 360
    context.close()
