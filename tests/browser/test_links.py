"""A link keeps what is on screen: times and prices follow the reader, and come back with it."""

from __future__ import annotations

import re

import pytest
from at_rest import wait_for_rest
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, expect

PLACE = re.compile(r"from=\d+&to=\d+")
PRESS_RIGHT = """
(presses) => {
  for (let press = 0; press < presses; press += 1)
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
}
"""


def open_at(page: Page, server: Server, parts: str) -> None:
    page.goto(f"{server.url}/#BTC&{parts}")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))


def parts_of(page: Page) -> dict[str, float]:
    found = re.findall(r"(from|to|low|high)=([\d.]+)", page.url)
    return {name: float(value) for name, value in found}


def test_link_follows_times_and_prices_and_brings_them_back(page: Page, server: Server) -> None:
    open_at(page, server, "range=4h")
    for key in ("ArrowLeft", "+", "ArrowUp"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(r"from=\d+&to=\d+&low=[\d.]+&high=[\d.]+"))
    linked = page.url
    asked = parts_of(page)
    page.goto("about:blank")
    page.goto(linked)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    # Moved by the smallest step there is, the view is near the one of the link and not that of the range.
    page.keyboard.press("ArrowRight")
    expect(page).not_to_have_url(linked)
    width = asked["to"] - asked["from"]
    now = parts_of(page)
    assert now["from"] == pytest.approx(asked["from"] + 0.12 * width, abs=0.02 * width)
    assert now["to"] - now["from"] == pytest.approx(width, rel=0.02)
    assert now["low"] == pytest.approx(asked["low"], rel=1e-4)
    assert now["high"] == pytest.approx(asked["high"], rel=1e-4)
    page.keyboard.press("0")
    expect(page).not_to_have_url(PLACE)


def test_each_of_many_keys_within_a_frame_moves_the_view(page: Page, server: Server) -> None:
    open_at(page, server, "range=4h")
    wait_for_rest(page)
    moved = []
    for presses in (1, 4):
        before = parts_of(page).get("from")
        page.evaluate(PRESS_RIGHT, presses)
        expect(page).to_have_url(re.compile(f"from=(?!{before or 0:.0f}&)"))
        wait_for_rest(page)
        moved.append(parts_of(page))
    one, five = moved
    step = 0.12 * (one["to"] - one["from"])
    assert five["from"] == pytest.approx(one["from"] + 4 * step, abs=0.05 * step)
    assert five["to"] - five["from"] == pytest.approx(one["to"] - one["from"], rel=1e-3)


def test_a_link_followed_while_the_address_is_written_is_not_lost(page: Page, server: Server) -> None:
    open_at(page, server, "range=4h")
    page.evaluate("""() => {
        const before = location.hash;
        location.hash = "#BTC&trade=short&entry=70000&stop=71500";
        history.replaceState(null, "", before);
    }""")
    expect(page.locator("#trade-stop")).to_be_visible()
    expect(page).to_have_url(re.compile("trade=short&entry=70000&stop=71500"))


def test_map_alone_has_its_state_and_attribution_and_no_panels(page: Page, server: Server) -> None:
    open_at(page, server, "range=4h&embed=1")
    expect(page.locator("#standing")).to_contain_text("SIMULATED")
    expect(page.locator("footer")).to_contain_text("TradingView")
    for hidden in ("aside.side", "header.top", "#tools"):
        expect(page.locator(hidden)).to_be_hidden()
    box = page.locator("#chart").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator("#drawer")).to_be_hidden()
