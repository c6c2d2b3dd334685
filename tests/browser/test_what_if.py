"""The panel "What if": asked by keyboard, told on as it goes, labelled SIMULATED, readable on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, expect


@pytest.fixture(params=[(360, 740), (1280, 800)], ids=["phone", "desk"])
def page_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, height = request.param
    return {"viewport": {"width": width, "height": height}, "color_scheme": "dark"}


@pytest.fixture
def asking(page: Page, server: Server) -> Page:
    """The panel open, the cursor in the price; reached without a mouse."""
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.focus("#tab-clusters")
    while page.locator("#tab-what-if").get_attribute("aria-selected") != "true":
        page.keyboard.press("ArrowRight")
    page.locator("#what-if-price").wait_for()  # the panel is loaded when it is first shown
    page.keyboard.press("Tab")
    expect(page.locator("#what-if-price")).to_be_focused()
    return page


def test_a_price_and_enter_give_a_labelled_result(asking: Page, page_options: dict[str, Any]) -> None:
    asking.keyboard.type("48,000")
    asking.keyboard.press("Enter")
    result = asking.locator(".what-if-result")
    expect(result.locator("h3")).to_contain_text("BTC to 48000", timeout=600_000)
    expect(result.locator("h3 .simulated")).to_have_text("SIMULATED")
    expect(result).to_contain_text("accounts liquidated")
    expect(result).to_contain_text("not a forecast")
    result.locator("summary").focus()
    asking.keyboard.press("Enter")
    expect(result.locator("li").first).to_be_visible()
    expect(result.locator("ul")).to_contain_text("parametric depth")
    assert asking.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]


def test_what_cannot_be_simulated_is_said(asking: Page) -> None:
    state = asking.locator(".what-if-state")
    asking.keyboard.type("soon")
    asking.keyboard.press("Enter")
    expect(state).to_have_text("Give a price in USD.")
    expect(asking.locator("#what-if-price")).to_be_focused()


def test_steps_from_the_mark_and_the_preset_fill_the_target(asking: Page) -> None:
    asking.get_by_role("button", name="−10 %").click()
    price = asking.locator("#what-if-price")
    assert 40_000 < float(price.input_value()) < 80_000
    asking.select_option("#what-if-shock", "october-2025")
    expect(price).to_be_disabled()
    asking.get_by_role("button", name="Simulate").click()
    expect(asking.locator(".what-if-result h3")).to_contain_text("10 October 2025", timeout=600_000)
