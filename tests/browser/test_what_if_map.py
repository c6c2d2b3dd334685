"""The question "what if" on the map: a line set by keys and pointer, its answer drawn and labelled, taken away."""

from __future__ import annotations

import pytest
from browsing import HEAT_READY
from playwright.sync_api import Page, expect


@pytest.fixture
def line(opened: Page) -> Page:
    """The line of the price asked about, shown by its key."""
    opened.keyboard.press("w")
    expect(opened.locator("#what-if-line")).to_be_visible()
    return opened


def price_of(page: Page) -> float:
    return float(page.locator("#what-if-line").get_attribute("aria-valuenow") or "nan")


def test_the_line_is_moved_by_arrows_and_its_price_is_that_of_the_form(line: Page) -> None:
    slider = line.get_by_role("slider", name="What if price gets here")
    before = price_of(line)
    slider.focus()
    line.keyboard.press("PageDown")
    assert price_of(line) == pytest.approx(before * 0.99, rel=1e-4)
    line.keyboard.press("ArrowUp")
    assert price_of(line) == pytest.approx(before * 0.99 * 1.001, rel=1e-4)
    expect(line.locator("#what-if-price")).to_have_value(f"{price_of(line):g}")
    line.keyboard.press("Escape")
    expect(line.locator("#what-if-map")).to_have_count(0)


def test_a_dragged_line_is_simulated_and_the_answer_stands_on_the_map_until_it_is_cleared(line: Page) -> None:
    box = line.locator("#what-if-line").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = price_of(line)
    line.mouse.move(x, y)
    line.mouse.down()
    line.mouse.move(x, y + 30)
    assert price_of(line) < before
    line.mouse.up()
    sentence = line.locator("#what-if-sentence")
    expect(sentence).to_contain_text("If BTC falls", timeout=600_000)
    expect(sentence).to_contain_text("Simulated from the levels of")
    expect(line.locator("#what-if-map .what-if-strip b")).to_have_text("SIMULATED")
    assert len((line.locator("#what-if-map .path").get_attribute("points") or "").split()) > 10
    line.locator("#what-if-clear").click()
    expect(line.locator("#what-if-map")).to_have_count(0)
    expect(sentence).to_have_count(0)


def test_a_cluster_asks_what_if_price_gets_there(opened: Page) -> None:
    opened.locator("#clusters .cluster").first.click()
    opened.locator("#drawer [data-way=what-if]").click()
    expect(opened.locator("#drawer")).to_be_hidden()
    expect(opened.locator("#tab-what-if")).to_have_attribute("aria-selected", "true")
    expect(opened.locator("#what-if-line")).to_be_visible()
    opened.goto("about:blank")  # the run ends with its page


def test_another_coin_takes_the_line_away(line: Page) -> None:
    line.evaluate("location.hash = '#ETH'")
    line.wait_for_selector(HEAT_READY.format(coin="ETH"))
    expect(line.locator("#what-if-map")).to_have_count(0)
