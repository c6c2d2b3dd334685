"""Entry and stop on the map: lines moved by mouse, finger and keys, the verdict first, next stops that are taken."""

from __future__ import annotations

import pytest
from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Browser, Page, expect

PLACES = {"entry": "#trade-entry", "stop": "#trade-stop"}


@pytest.fixture
def trade(opened: Page) -> Page:
    """The lines on the map by their key, and the answer there."""
    opened.keyboard.press("e")
    expect(opened.locator("#trade-stop")).to_be_visible()
    opened.locator(".verdict[data-verdict]").wait_for()
    return opened


def price_of(page: Page, name: str) -> float:
    return float(page.locator(PLACES[name]).get_attribute("aria-valuenow") or "nan")


def drag(page: Page, name: str, by: int) -> None:
    box = page.locator(PLACES[name]).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + by, steps=3)
    page.mouse.up()


def test_a_key_puts_entry_at_the_mark_and_the_stop_below_it_and_takes_both_away(trade: Page) -> None:
    mark = price_of(trade, "entry")
    assert price_of(trade, "stop") == pytest.approx(mark * 0.98, rel=1e-3)
    expect(trade.locator("#tab-stop")).to_have_attribute("aria-selected", "true")
    assert f"trade=long&entry={mark:g}&stop={price_of(trade, 'stop'):g}" in trade.url
    trade.locator("#tab-stop").focus()
    trade.keyboard.press("e")
    expect(trade.locator("#trade-map")).to_have_count(0)
    assert "trade=" not in trade.url
    trade.locator("#trade-start").click()
    expect(trade.locator("#trade-stop")).to_be_visible()


def test_lines_are_moved_by_arrows_and_dragged_and_the_form_has_their_prices(trade: Page) -> None:
    slider = trade.get_by_role("slider", name="Stop", exact=True)
    before = price_of(trade, "stop")
    slider.focus()
    trade.keyboard.press("PageDown")
    assert price_of(trade, "stop") == pytest.approx(before * 0.99, rel=1e-3)
    expect(trade.locator("#trade-stop-price")).to_have_value(f"{price_of(trade, 'stop'):g}")
    before = price_of(trade, "stop")
    drag(trade, "stop", -20)
    assert price_of(trade, "stop") > before
    entry = price_of(trade, "entry")
    drag(trade, "entry", -20)
    assert price_of(trade, "entry") > entry
    trade.locator("#trade-entry-price").fill("70,000")
    trade.keyboard.press("Enter")
    assert price_of(trade, "entry") == 70_000
    expect(trade.locator(".verdict b")).to_contain_text("Stop at")


def test_a_finger_moves_a_line(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{server.url}/#BTC&trade=long&entry=70000&stop=69000")
    page.locator("#trade-stop").wait_for()
    box = page.locator("#trade-stop").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    finger = context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": y + 30}]),
        ("touchEnd", []),
    ):
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert price_of(page, "stop") < 69_000
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_the_answer_says_all_terms_of_the_size_and_what_is_unknown(trade: Page) -> None:
    panel = trade.locator("#panel-stop")
    for text in ("entry to stop", "fee of the entry", "slippage at the stop", "lost by each coin", "at risk, as asked"):
        expect(panel).to_contain_text(text)
    own = panel.locator("[data-own]")
    expect(own).to_have_attribute("data-own", "unknown")
    panel.locator("summary", has_text="Margin, account and fee").click()
    trade.locator("#trade-leverage").fill("10")
    trade.locator("#trade-isolated").check()
    expect(own).not_to_have_attribute("data-own", "unknown")
    expect(own).to_contain_text("isolated")
    trade.locator("#trade-amount").fill("much")
    expect(panel.locator(".verdict.wrong")).to_have_text("risk: “much” is no number.")


def test_a_short_has_its_stop_above_and_a_stop_on_the_wrong_side_is_said_in_a_sentence(trade: Page) -> None:
    trade.locator("#trade-side [data-value=short]").click()
    assert price_of(trade, "stop") > price_of(trade, "entry")
    assert "trade=short" in trade.url
    expect(trade.locator(".verdict[data-verdict]")).to_be_visible()


def test_a_next_stop_is_taken_by_a_click(trade: Page) -> None:
    nexts = trade.locator("#panel-stop button.next-stop")
    said = trade.locator("#panel-stop .next-group")
    for _ in range(20):  # until a cluster is near
        if said.count() > 0:
            break
        trade.locator("#trade-stop").press("PageDown")
        trade.wait_for_timeout(700)
    assert said.count() > 0
    if nexts.count() == 0:
        expect(said.first).to_contain_text("unknown")
        return
    wanted = float(nexts.last.get_attribute("data-stop") or "nan")
    assert nexts.last.get_attribute("data-source") in ("measured", "simulated")
    nexts.last.click()
    assert price_of(trade, "stop") == pytest.approx(wanted, rel=1e-4)


def test_a_link_opens_the_same_trade_and_another_coin_takes_it_away(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#BTC&trade=short&entry=70000&stop=71500")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator(".verdict[data-verdict]").wait_for()
    assert (price_of(page, "entry"), price_of(page, "stop")) == (70_000, 71_500)
    page.evaluate("location.hash = '#ETH'")
    page.wait_for_selector(HEAT_READY.format(coin="ETH"))
    expect(page.locator("#trade-map")).to_have_count(0)


def open_wide(page: Page) -> None:
    """A trade whose stop has clusters before it, of which nothing was measured."""
    mark = get(page, "/coins/BTC/frame")["mark"]
    page.evaluate("link => { location.hash = link; }", f"#BTC&trade=long&entry={mark}&stop={mark * 0.9:.0f}")
    page.locator("#tab-stop").click()


def test_overshoots_that_were_not_measured_are_simulated_by_a_click_and_never_before(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url) if "/stop?" in request.url else None)
    open_wide(opened)
    button = opened.locator("#simulate-overshoots")
    expect(button).to_be_enabled()
    assert not any("simulate" in url for url in asked)
    with opened.expect_response(lambda answer: "simulate=true" in answer.url) as told:
        button.click()
    assert told.value.ok
    expect(opened.locator("#panel-stop [data-source=simulated]").first).to_be_visible()
    expect(opened.locator("#panel-stop")).to_contain_text("SIMULATED")


def test_why_nothing_was_simulated_is_said_and_can_be_asked_again(browser: Browser, server: Server) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    problem = {"detail": "the sandbox is at rest", "status": 400}
    page.route("**/stop?*simulate=true*", lambda route: route.fulfill(status=400, json=problem))
    open_wide(page)
    page.locator("#simulate-overshoots").click()
    expect(page.locator("#panel-stop").get_by_role("alert")).to_have_text("the sandbox is at rest")
    expect(page.locator("#simulate-overshoots")).to_be_enabled()
    context.close()
