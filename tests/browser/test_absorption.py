"""On the way to a price: liquidations, known stops and resting orders side by side; by keyboard, narrow and wide."""

from __future__ import annotations

import re

import pytest
from browsing import HEAT_READY, Server
from looking import get
from playwright.sync_api import Locator, Page, expect

LINE = re.compile(r"[0-9.]+,[0-9.]+ [0-9.]+,")
UNITS = {"k": 1e3, "M": 1e6}


def unfolded(page: Page, server: Server) -> Locator:
    """The part, unfolded by keyboard."""
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.get_by_text("On the way to a price").focus()
    page.keyboard.press("Enter")
    part = page.locator("#absorption")
    part.wait_for()
    return part


def amount(text: str) -> float:
    """USD of `$3.01M`."""
    return float(text.strip("$kM")) * UNITS.get(text[-1], 1.0)


def test_three_figures_stand_side_by_side_with_coverage_and_unknown_where_null(page: Page, with_stops: Server) -> None:
    part = unfolded(page, with_stops)
    answer = get(page, "/coins/BTC/triggers", level=2, within_percent=25)
    for name in ("liquidations", "stops"):
        expect(part.locator(f"svg polyline[data-line={name}]")).to_have_attribute("points", LINE)
    expect(part.locator("svg polyline[data-line=resting]")).to_have_attribute("points", "")
    expect(part).to_contain_text("no line: resting orders unknown")
    known = answer["coverage"]
    expect(part).to_contain_text(f"{known['known_account_count']} of {known['account_count']} accounts; read 4 min ago")
    expect(part).to_contain_text("Resting orders: unknown, no book of this time is known.")
    absorption = answer["absorption"]
    last = max(row for row, price in enumerate(absorption["price"]) if price <= 1.2 * answer["mark"])
    liquidations, stops, resting = part.locator("tbody tr").first.locator("td").all_inner_texts()
    assert amount(liquidations) == pytest.approx(absorption["liquidation_notional"][last], rel=0.01)
    assert amount(stops) == pytest.approx(absorption["stop_notional"][last], rel=0.01)
    assert (resting, absorption["resting_notional"][last]) == ("unknown", None)


def test_arrows_choose_the_price_and_its_figures_are_said(page: Page, with_stops: Server) -> None:
    part = unfolded(page, with_stops)
    slider, said = part.locator("#absorption-price"), part.locator("#absorption-at")
    expect(said).to_contain_text("Between the mark and")
    first = said.inner_text()
    slider.focus()
    page.keyboard.press("End")
    expect(said).not_to_have_text(first)
    expect(said).to_contain_text("(+2")
    expect(slider).to_have_attribute("aria-valuetext", said.inner_text())
    expect(part.locator("tbody tr").first.locator("th")).to_contain_text("(+")


def test_stops_of_a_source_without_any_are_unknown_and_nothing_is_asked_before_it_is_unfolded(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url) if "/triggers?" in request.url else None)
    expect(opened.get_by_text("On the way to a price")).to_be_visible()
    assert asked == []
    opened.get_by_text("On the way to a price").click()
    part = opened.locator("#absorption")
    expect(part).to_contain_text("Stops: unknown, not zero.")
    expect(part).to_contain_text("no line: known stops, resting orders unknown")
    assert len(asked) == 1


@pytest.mark.parametrize("width", [360, 3840])
def test_it_fits_narrow_and_wide_screens(page: Page, with_stops: Server, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    part = unfolded(page, with_stops)
    for inner in (part.locator("svg[role=img]"), part.locator("table"), part.locator("#absorption-price")):
        box = inner.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
