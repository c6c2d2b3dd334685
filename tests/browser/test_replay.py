"""Replay of stored moments: what is shown is what was known then, play goes on, and the way leads back to now."""

from __future__ import annotations

import re

import pytest
from at_rest import wait_for_rest
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, expect
from small_market import MINUTE_MS, START_MS

THEN = START_MS + 40 * MINUTE_MS
"""A stored minute before the hole of the market."""
IN_HOLE = START_MS + 85 * MINUTE_MS


def look_at(page: Page, server: Server, at_ms: int) -> None:
    page.goto(f"{server.url}/#BTC&range=4h&at={at_ms}")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))


@pytest.fixture
def then(page: Page, server: Server) -> Page:
    """The page at a stored moment."""
    look_at(page, server, THEN)
    expect(page.locator("#replay-band")).to_have_attribute("data-frame", str(THEN))
    return page


def test_moment_of_a_link_shows_its_own_figures_and_is_never_live(then: Page, server: Server) -> None:
    frame = then.request.get(f"{server.url}/api/v1/coins/BTC/frame?at={THEN}").json()
    newest = then.request.get(f"{server.url}/api/v1/coins/BTC/frame").json()
    assert frame["mark"] != newest["mark"]
    expect(then.locator("#replay-band")).to_contain_text("REPLAY, ")
    expect(then.locator("#standing .dot")).to_contain_text("REPLAY, ")
    expect(then.locator("#standing")).not_to_contain_text("LIVE")
    shown = then.locator("#headline-mark").inner_text().replace(",", "")
    assert float(shown) == pytest.approx(frame["mark"], rel=1e-3)
    assert float(shown) != pytest.approx(newest["mark"], rel=1e-5)


def test_nothing_is_drawn_after_the_moment(then: Page) -> None:
    wait_for_rest(then)  # the map may come before the candles that give it its times on screen
    box = then.locator("#chart").bounding_box()
    assert box is not None
    # The view of four hours reaches past the moment once it is moved on by half of it.
    for _ in range(4):
        then.keyboard.press("ArrowRight")
    then.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    expect(then.locator("#tooltip")).to_be_hidden()
    then.mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2)
    expect(then.locator("#tooltip")).to_be_visible()
    assert int(then.locator("#tooltip").get_attribute("data-as-of") or "0") <= THEN


def test_keys_step_through_stored_moments_and_over_a_hole(then: Page) -> None:
    band = then.locator("#replay-band")
    then.keyboard.press("]")
    expect(band).to_have_attribute("data-frame", str(THEN + MINUTE_MS))
    then.keyboard.press("[")
    expect(band).to_have_attribute("data-frame", str(THEN))
    then.keyboard.press("[")
    expect(band).to_have_attribute("data-frame", str(THEN - MINUTE_MS))
    expect(then).to_have_url(re.compile(f"at={THEN - MINUTE_MS}"))


def test_a_time_without_frames_says_so_and_shows_nothing(page: Page, server: Server) -> None:
    look_at(page, server, IN_HOLE)
    band = page.locator("#replay-band")
    expect(band).to_contain_text("no data of this time")
    expect(page.locator("#headline-mark")).to_be_empty()
    page.keyboard.press("]")
    expect(band).to_have_attribute("data-frame", str(START_MS + 100 * MINUTE_MS))


def test_play_goes_on_and_asks_for_no_more_of_the_map(then: Page) -> None:
    wait_for_rest(then)  # candles and clusters move the prices on screen, and are there by now
    asked: list[str] = []
    then.on("request", lambda request: asked.append(request.url))
    # Slow enough that a busy machine does not play past what is loaded before it is paused.
    then.locator("#replay-speed").select_option("60")
    then.keyboard.press("p")
    expect(then.locator("#replay-band")).not_to_have_attribute("data-frame", str(THEN))
    then.keyboard.press("p")
    expect(then.locator("#replay-play")).to_have_attribute("aria-label", "Play (p)")
    assert any("/frame?" in url for url in asked)
    assert not any("/heatmap?" in url for url in asked)


def test_slider_moves_by_keys_and_the_newest_moment_is_one_press_away(then: Page) -> None:
    slider = then.get_by_role("slider", name="Moment that is shown")
    slider.press("ArrowLeft")
    expect(then.locator("#replay-band")).to_have_attribute("data-at", str(THEN - MINUTE_MS))
    then.locator("#replay-close").click()
    expect(then.locator("#replay-band")).to_have_count(0)
    expect(then.locator("#replay")).to_have_count(0)
    expect(then.locator("#standing .dot")).not_to_contain_text("REPLAY")
    expect(then).to_have_url(re.compile(r"^((?!at=).)*$"))
