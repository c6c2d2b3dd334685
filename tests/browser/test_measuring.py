"""Measuring on the map: the profile, distances between two points, own lines, the way to the next cluster."""

from __future__ import annotations

import pytest
from looking import get
from playwright.sync_api import Page, expect

MAX_ROWS = 400


def test_the_profile_says_what_stands_at_a_price_and_from_the_mark_to_it(opened: Page) -> None:
    opened.locator("#profile").focus()
    tip = opened.locator("#profile-tip")
    for _ in range(MAX_ROWS):
        opened.keyboard.press("ArrowUp")
        usd = tip.get_attribute("data-usd") or ""
        if any(float(part) > 0 for part in usd.split("/")):
            break
    low, high = (float(part) for part in (tip.get_attribute("data-span") or "").split("/"))
    totals = get(opened, "/coins/BTC/positions", price_low=low, price_high=high)["totals"]
    long, short = (float(part) for part in usd.split("/"))
    assert long == pytest.approx(totals["long_notional"], rel=1e-3)
    assert short == pytest.approx(totals["short_notional"], rel=1e-3)
    expect(tip).to_contain_text("from the mark to here: ")
    band = opened.locator(".price-band").bounding_box()
    chart = opened.locator("#chart").bounding_box()
    assert band is not None
    assert chart is not None
    assert band["x"] < chart["x"]
    assert band["width"] > 0.8 * chart["width"]
    opened.locator("#profile").blur()
    expect(tip).to_have_count(0)
