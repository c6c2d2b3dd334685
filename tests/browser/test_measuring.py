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
        span, usd = tip.evaluate("tip => [tip.dataset.span, tip.dataset.usd]")
        if any(float(part) > 0 for part in usd.split("/")):
            break
    low, high = (float(part) for part in span.split("/"))
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


def test_two_points_by_mouse_by_touch_and_by_keys(opened: Page) -> None:
    box = opened.locator("#chart").bounding_box()
    assert box is not None
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"]
    result = opened.locator("#measure-result")
    opened.keyboard.press("m")
    expect(opened.locator("#measure")).to_be_focused()
    opened.mouse.click(x, y)
    opened.mouse.click(x + 90, y + 160)
    expect(opened.locator("#measure")).to_have_class("measure done")
    assert_sums_equal_the_api(opened)
    first, second = (float(result.get_attribute(f"data-{end}") or "") for end in ("from", "to"))
    shown = float(result.locator("b").inner_text().removesuffix(" %").replace("−", "-"))
    assert shown == pytest.approx((second / first - 1) * 100, abs=0.06)
    opened.keyboard.press("Escape")
    expect(result).to_have_count(0)

    opened.locator("#measure-tool").click()
    opened.mouse.move(x, y)
    opened.mouse.down()
    opened.mouse.move(x + 60, y + 100, steps=3)
    opened.mouse.up()
    expect(opened.locator("#measure")).to_have_class("measure done")
    opened.locator("#measure-end").click()

    opened.keyboard.press("m")
    opened.keyboard.press("Enter")
    for _ in range(4):
        opened.keyboard.press("Shift+ArrowUp")
    opened.keyboard.press("ArrowRight")
    opened.keyboard.press("Enter")
    expect(opened.locator("#measure")).to_have_class("measure done")
    mark = get(opened, "/coins/BTC/frame")["mark"]
    assert float(result.get_attribute("data-from") or "") == pytest.approx(mark, rel=1e-6)
    assert float(result.get_attribute("data-to") or "") > mark
    assert_sums_equal_the_api(opened)


def assert_sums_equal_the_api(page: Page) -> None:
    """Rows that lie partly between the points count in part: equal to the positions within two rows' worth."""
    result = page.locator("#measure-result")
    low, high = sorted(float(result.get_attribute(f"data-{end}") or "") for end in ("from", "to"))
    width = 1.006
    inner = get(page, "/coins/BTC/positions", price_low=low * width, price_high=high / width)["totals"]
    outer = get(page, "/coins/BTC/positions", price_low=low / width, price_high=high * width)["totals"]
    for side in ("long", "short"):
        said = float(result.get_attribute(f"data-{side}") or "")
        assert inner[f"{side}_notional"] * 0.999 <= said <= outer[f"{side}_notional"] * 1.001


def test_own_lines_are_kept_by_coin_dragged_and_removed(opened: Page) -> None:
    chart = opened.locator("#chart").bounding_box()
    assert chart is not None
    opened.mouse.move(chart["x"] + 300, chart["y"] + 100)
    opened.keyboard.press("n")
    line = opened.locator("[data-line]")
    placed = float(line.get_attribute("data-line") or "")
    grip = line.locator(".grip").bounding_box()
    assert grip is not None
    opened.mouse.move(grip["x"] + 20, grip["y"] + grip["height"] / 2)
    opened.mouse.down()
    opened.mouse.move(grip["x"] + 20, grip["y"] + 90, steps=4)
    opened.mouse.up()
    dragged = float(line.get_attribute("data-line") or "")
    assert dragged < placed
    line.locator(".grip").focus()
    opened.keyboard.press("ArrowUp")
    moved = float(line.get_attribute("data-line") or "")
    assert dragged < moved < placed

    opened.reload()
    opened.wait_for_selector("html[data-heat^='BTC/']")
    expect(line).to_have_attribute("data-line", f"{moved:g}")
    opened.locator(".search input").fill("ETH")
    opened.keyboard.press("Enter")
    opened.wait_for_selector("html[data-heat^='ETH/']")
    expect(line).to_have_count(0)
    opened.evaluate("location.hash = '#BTC'")
    opened.wait_for_selector("html[data-heat^='BTC/']")
    line.get_by_role("button", name="Remove").click()
    expect(line).to_have_count(0)
    assert opened.evaluate("localStorage.getItem('liqscape.lines')") == "{}"


def test_the_next_clusters_and_percent_lines(opened: Page) -> None:
    mark = get(opened, "/coins/BTC/frame")["mark"]
    clusters = get(opened, "/coins/BTC/clusters")["clusters"]
    above = min(row["price_low"] for row in clusters if row["price_low"] > mark)
    below = max(row["price_high"] for row in clusters if row["price_high"] < mark)
    for name, price in (("above", above), ("below", below)):
        place = opened.locator(f"[data-next={name}]")
        expect(place).to_have_attribute("data-price", str(price))
        way = float(place.get_attribute("data-way") or "nan")
        low, high = sorted((mark, price))
        outer = get(opened, "/coins/BTC/positions", price_low=low / 1.006, price_high=high * 1.006)["totals"]
        assert 0 <= way <= (outer["long_notional"] + outer["short_notional"]) * 1.001
    before = opened.locator("#chart").screenshot()
    opened.locator("#percent-tool").click()
    assert "percent" in opened.url
    opened.wait_for_timeout(100)
    assert opened.locator("#chart").screenshot() != before
