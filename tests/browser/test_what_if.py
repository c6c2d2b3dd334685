"""The panel "What if": asked by keyboard, told on as it goes, labelled SIMULATED, readable on a phone."""

from __future__ import annotations

import re
from typing import Any

import pytest
from amounts import first_of
from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Locator, Page, expect

RUN_MS = 600_000
"""A first run of a machine compiles the simulator."""


@pytest.fixture(params=first_of([(360, 740), (1280, 800)]), ids=["phone", "desk"])
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
    expect(result.locator("h3")).to_contain_text("BTC to 48000", timeout=RUN_MS)
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
    expect(asking.locator(".what-if-result h3")).to_contain_text("10 October 2025", timeout=RUN_MS)


def switch(page: Page) -> Locator:
    return page.locator("#what-if-stops")


def test_stops_are_off_at_first_and_said_to_be_unknown_where_the_source_has_none(asking: Page) -> None:
    note = asking.locator("#what-if-stops-note")
    expect(note).to_contain_text("Not possible: ")
    expect(switch(asking)).to_be_disabled()
    expect(switch(asking)).not_to_be_checked()
    for word in get(asking, "/coins/BTC/triggers", level=2, within_percent=25)["notes"][:1]:
        expect(note).to_contain_text(word)
    asking.keyboard.type("60,000")
    expect(asking.locator("#what-if-way")).to_contain_text("known stops unknown, resting orders unknown")
    with asking.expect_request("**/api/v1/cascade?*") as asked:
        asking.keyboard.press("Enter")
    assert "stops=false" in asked.value.url
    expect(asking.locator(".what-if-result h3").first).to_contain_text("without stops", timeout=RUN_MS)
    expect(asking.locator("#what-if-stops-part")).to_have_count(0)


@pytest.fixture
def asking_with_stops(page: Page, with_stops: Server) -> Page:
    """The panel open on a map that knows stops."""
    page.goto(with_stops.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#tab-what-if").click()
    expect(page.locator("#what-if-stops-note")).to_contain_text("Known of ")
    return page


def test_a_run_with_stops_stands_beside_the_one_without_and_its_stops_apart(
    asking_with_stops: Page, page_options: dict[str, Any]
) -> None:
    page = asking_with_stops
    known = get(page, "/coins/BTC/triggers", level=2, within_percent=25)["coverage"]
    expect(page.locator("#what-if-stops-note")).to_contain_text(
        f"{known['known_account_count']} of {known['account_count']} accounts; read 4 min ago"
    )
    expect(switch(page)).not_to_be_checked()
    page.locator("#what-if-price").fill("64000")
    expect(page.locator("#what-if-way")).to_contain_text("Known now, side by side and not to be added.")
    page.locator("#what-if-price").press("Enter")
    result = page.locator(".what-if-result")
    expect(result.locator("h3").first).to_contain_text("without stops", timeout=RUN_MS)
    expect(result.locator("section")).to_have_count(0)
    switch(page).focus()
    page.keyboard.press("Space")
    with page.expect_request("**/api/v1/cascade?*") as asked:
        page.locator("#what-if-price").press("Enter")
    assert "stops=true" in asked.value.url
    expect(result.locator("h3").first).to_contain_text("with stops", timeout=RUN_MS)
    part = result.locator("#what-if-stops-part")
    expect(part.locator("h3")).to_have_text("Stops and take-profits, apart from liquidations")
    expect(part.locator("table").first.locator("tbody tr").first).to_be_visible()
    expect(part.locator("table").last.locator("th").last).to_have_text("liquidated")
    expect(part.locator("svg[role=img]")).to_have_attribute("aria-label", re.compile("liquidations .*, stops [$]"))
    both = result.locator("#what-if-comparison")
    expect(both.locator("th")).to_have_text(["", "without stops", "with stops"])
    expect(both.locator("tr", has_text="stops taken by the order book").locator("td").nth(1)).to_have_text("–")
    expect(result.locator("details").last).to_contain_text("What was assumed")
    page.locator("#what-if-on-map").click()
    expect(page.locator("#what-if-map svg[role=img]")).to_have_attribute("aria-label", re.compile("with stops"))
    expect(page.locator("#what-if-map .stops rect").first).to_be_attached()
    assert page.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]


def test_the_switch_stays_as_it_was_left_when_a_cluster_asks(asking_with_stops: Page) -> None:
    page = asking_with_stops
    switch(page).check()
    page.locator("#tab-clusters").click()
    page.locator("#clusters .cluster").first.click()
    page.locator("#drawer .position").first.wait_for()
    with page.expect_request("**/api/v1/cascade?*") as asked:
        page.locator("#drawer [data-way=what-if]").click()
    assert "stops=true" in asked.value.url
    expect(switch(page)).to_be_checked()


def test_many_runs_show_quantiles_and_those_of_stops_in_tables_of_their_own(
    asking_with_stops: Page, page_options: dict[str, Any]
) -> None:
    page = asking_with_stops
    switch(page).check()
    page.select_option("#what-if-runs", "20")
    page.route(
        "**/api/v1/cascade?*", lambda route: route.continue_(url=route.request.url.replace("paths=20", "paths=3"))
    )
    page.locator("#what-if-price").fill("64000")
    page.locator("#what-if-price").press("Enter")
    part = page.locator("#what-if-runs-part")
    expect(part.locator("caption")).to_have_text(
        [
            "SIMULATED with stops, 3 runs: liquidations",
            "Apart from that, stops and take-profits",
            "Stops of BTC taken by the order book, by mark price",
        ],
        timeout=RUN_MS,
    )
    expect(part.locator("thead").first.locator("th")).to_have_text(["", "5 %", "median", "95 %"])
    expect(part.locator("tr", has_text="orders that fired").locator("td")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]
