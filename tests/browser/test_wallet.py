"""The page of an account, accounts that are followed, and own liquidation prices against the exchange's."""

from __future__ import annotations

import json
from typing import Any

from at_rest import wait_for_rest
from browsing import HEAT_READY, PATIENCE_MS, Server
from looking import get, wait_until
from playwright.sync_api import Browser, Page, Route, expect


def accounts_near(page: Page, coin: str = "BTC") -> list[dict[str, Any]]:
    """Positions with a level within 10 % of the mark, the largest first."""
    mark = get(page, f"/coins/{coin}/frame")["mark"]
    rows = get(page, f"/coins/{coin}/positions", price_low=mark * 0.9, price_high=mark * 1.1)["positions"]
    assert len(rows) > 1
    return list(rows)


def wait_drawn(page: Page, wanted: str) -> None:
    """Until so many lines of followed accounts and pieces of a level through time are on the map."""
    read = "(document.documentElement.dataset.wallets ?? '0/0').split('/').map(Number)"
    wait_until(page, f"(([lines, runs]) => {wanted})({read})")


def test_pasted_link_opens_the_account_and_the_address_of_the_page_keeps_it(opened: Page) -> None:
    address = accounts_near(opened)[0]["address"]
    opened.keyboard.press("a")
    field = opened.locator("#address-input")
    field.fill("0x123")
    field.press("Enter")
    expect(opened.locator("#address-problem")).to_have_text(
        "It has 3 digits after 0x: an address is 0x and 40 digits 0–9, a–f."
    )
    field.fill(f"https://app.hyperliquid.xyz/explorer/address/{address}")
    field.press("Enter")
    expect(opened.locator("#drawer .address")).to_have_text(address)
    assert f"account={address}" in opened.url
    opened.reload()
    expect(opened.locator("#drawer .address")).to_have_text(address)
    opened.keyboard.press("Escape")
    expect(opened.locator("#drawer")).to_be_hidden()
    assert "account=" not in opened.url


def test_account_says_what_happens_at_its_level_and_shows_what_is_stored_of_it(opened: Page) -> None:
    row = next(row for row in accounts_near(opened) if row["kind"] == "trader")
    opened.evaluate("(address) => { location.hash = `#BTC&account=${address}`; }", row["address"])
    holding = opened.locator(".holding[data-coin=BTC]").first
    holding.locator("summary").click()
    expect(holding.locator("li").first).to_contain_text("in the order book")
    expect(holding).to_contain_text("this position is")
    opened.locator("#raw-state summary").click()
    expect(opened.locator("#raw-state figcaption").first).to_contain_text("UTC")
    expect(opened.locator("#raw-state pre").first).to_contain_text('"')
    opened.locator("#drawer-wide").click()
    box = opened.locator("#drawer").bounding_box()
    assert box is not None
    assert box["width"] > 600


def test_level_through_time_is_on_the_map_until_it_is_switched_off(opened: Page) -> None:
    address = accounts_near(opened)[0]["address"]
    opened.evaluate("(address) => { location.hash = `#BTC&account=${address}`; }", address)
    wait_drawn(opened, "runs > 0")
    opened.locator("#history-shown").uncheck()
    wait_drawn(opened, "runs === 0")


def test_followed_accounts_are_drawn_on_every_map_and_stay_in_the_browser(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(f"{request.method} {request.url} {request.post_data or ''}"))
    first, second = (row["address"] for row in accounts_near(opened)[:2])
    opened.keyboard.press("a")
    for address in (first, second):
        opened.locator("#address-input").fill(address)
        opened.locator("#address-follow").click()
    wait_drawn(opened, "lines > 1")
    name = opened.locator("#followed li .wallet-name").first
    name.fill("Whale")
    name.press("Enter")
    expect(opened.locator("#nearest")).to_contain_text("Whale")
    distances = opened.locator("#nearest .near b:last-of-type").all_inner_texts()
    known = [abs(float(text.rstrip(" %").replace("−", "-").replace("+", ""))) for text in distances if "%" in text]
    assert known == sorted(known)
    opened.reload()
    opened.wait_for_selector(HEAT_READY.format(coin="BTC"))
    wait_drawn(opened, "lines > 1")
    kept = opened.evaluate("localStorage.getItem('liqscape.wallets')")
    assert [(row["address"], row["name"]) for row in json.loads(kept)] == [(first, "Whale"), (second, "")]
    # Never but in questions about them.
    naming = [line for line in asked if first in line or second in line]
    assert naming
    assert all(line.startswith("GET ") and "/api/v1/accounts/0x" in line for line in naming)
    opened.keyboard.press("a")
    for _ in range(2):
        opened.locator("#followed .wallet-remove").first.click()
    wait_drawn(opened, "lines === 0")
    assert json.loads(opened.evaluate("localStorage.getItem('liqscape.wallets')")) == []


def test_a_name_that_is_being_typed_outlives_news_of_the_accounts(opened: Page) -> None:
    first, second = (row["address"] for row in accounts_near(opened)[:2])
    held: list[Route] = []
    opened.route(f"**/accounts/{second}*", lambda route: held.append(route))
    opened.keyboard.press("a")
    with opened.expect_request(f"**/accounts/{second}*"):
        for address in (first, second):
            opened.locator("#address-input").fill(address)
            opened.locator("#address-follow").click()
    name = opened.locator("#followed .wallet-name").first
    name.press_sequentially("Wha")
    held[-1].continue_()
    wait_drawn(opened, "lines > 1")
    name.press_sequentially("le")
    name.press("Enter")
    expect(opened.locator("#nearest")).to_contain_text("Whale")
    expect(name).to_have_value("Whale")


COUNT_FRAMES = """
async (count) => {
  const draw = window.requestAnimationFrame;
  let asked = 0;
  window.requestAnimationFrame = (work) => { asked += 1; return draw.call(window, work); };
  for (let frame = 0; frame < count; frame += 1) await new Promise((done) => draw.call(window, done));
  window.requestAnimationFrame = draw;
  return asked;
}
"""
"""How many frames the page asks for while so many pass."""


def test_a_map_with_followed_accounts_is_drawn_when_something_changed_and_not_without_end(opened: Page) -> None:
    address = accounts_near(opened)[0]["address"]
    opened.keyboard.press("a")
    opened.locator("#address-input").fill(address)
    opened.locator("#address-follow").click()
    wait_drawn(opened, "lines > 0")
    wait_for_rest(opened)
    assert opened.evaluate(COUNT_FRAMES, 30) < 10


def test_row_of_the_nearest_list_leads_to_its_coin_and_the_list_stays(opened: Page) -> None:
    address = accounts_near(opened, "ETH")[0]["address"]
    opened.keyboard.press("a")
    opened.locator("#address-input").fill(address)
    opened.locator("#address-follow").click()
    opened.locator("#nearest .near").filter(has_text="ETH").first.click()
    opened.wait_for_selector(HEAT_READY.format(coin="ETH"))
    expect(opened.locator("#followed li")).to_have_count(1)
    wait_drawn(opened, "lines > 0")


def test_address_that_is_not_in_the_map_says_so(browser: Browser, server: Server) -> None:
    page = browser.new_page()  # its console tells of the answer 404
    page.set_default_timeout(PATIENCE_MS)
    page.goto(server.url)
    page.locator("#my-accounts").click()
    page.locator("#address-input").fill("0x" + "12" * 20)
    page.locator("#address-follow").click()
    expect(page.locator("#followed")).to_contain_text("is not in this map")
    page.close()


def test_limits_show_how_far_own_prices_are_from_the_exchanges(opened: Page) -> None:
    answer = get(opened, "/agreement", coin="BTC")
    edges, n = answer["edges"], 7

    def compared(route: Route) -> None:
        counts = [0] * (len(edges) + 1)
        counts[0], counts[-1] = 5, 2
        told = {"n": n, "counts": counts, "within_digits": 5, "median": 0.0, "largest": 1.5, "note": None}
        route.fulfill(json={**answer, **told, "not_comparable": {"not_given": 11, "pool_unknown": 0}})

    opened.route("**/agreement?*", compared)
    opened.locator("#tab-limits").click()
    shown = opened.locator("#agreement")
    expect(shown).to_have_attribute("data-n", str(n))
    for text in ("equal to the printed digits", "71.4 %", "150 %", "11: the exchange's price is not known"):
        expect(shown).to_contain_text(text)
    cells = shown.locator("table td:nth-child(2)").all_inner_texts()
    assert sum(int(cell) for cell in cells) == n
    assert (cells[0], cells[-1]) == ("5", "2")


def test_limits_say_why_no_price_can_be_compared(opened: Page) -> None:
    answer = get(opened, "/agreement", coin="BTC")
    opened.locator("#tab-limits").click()
    shown = opened.locator("#agreement")
    expect(shown).to_have_attribute("data-n", str(answer["n"]))
    if answer["n"] == 0:
        expect(shown).to_contain_text(answer["note"])
    expect(shown.locator("table")).to_have_count(1 if answer["n"] else 0)
