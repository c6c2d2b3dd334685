"""The layer of stops and take-profits: off at first, drawn and explained with its coverage, or said to be unknown."""

from __future__ import annotations

from typing import Any

from at_rest import wait_for_rest
from looking import get, point_at_a_cell
from playwright.sync_api import Page, expect

DRAWN = "data-triggers"
"""Bars that are drawn; empty: the layer is off."""
AGE_MS = 240_000


def made_up(answer: dict[str, Any], frame: dict[str, Any]) -> dict[str, Any]:
    """An answer that knows a stop in every row of the map near the mark, and a stop before half of each level."""
    mark = frame["mark"]
    edges = [(band, 1.0005**band, 1.0005 ** (band + 1)) for band in bands_about(mark)]
    count = len(edges)
    columns = {
        "band": [band for band, _, _ in edges],
        "price_low": [low for _, low, _ in edges],
        "price_high": [high for _, _, high in edges],
    }
    total = {"size": 1.0, "limit_notional": 0.0, "whole_position_notional": 0.0, "order_count": 2, "account_count": 2}
    kinds = ("stop_sell", "stop_buy", "take_profit_sell", "take_profit_buy")
    ones = [1.0] * count
    return {
        **answer,
        "has_triggers": True,
        "coverage": {
            "share": 0.62,
            "long_share": 0.6,
            "short_share": 0.64,
            "map_share": 0.7,
            "account_count": 260,
            "known_account_count": 160,
            "median_age_ms": AGE_MS,
            "oldest_age_ms": AGE_MS,
        },
        "totals": [{**total, "kind": kind, "notional": 250_000.0, "nearest_price": mark} for kind in kinds],
        "bands": {
            **columns,
            "kind": ["stop_sell" if low < mark else "stop_buy" for _, low, _ in edges],
            "size": ones,
            "notional": [1_000.0] * count,
            "limit_notional": [0.0] * count,
            "whole_position_notional": [0.0] * count,
            "order_count": [1] * count,
            "account_count": [1] * count,
        },
        "levels": {
            **columns,
            "side": [1 if low < mark else -1 for _, low, _ in edges],
            "size": ones,
            "notional": [1_000.0] * count,
            "known_notional": [800.0] * count,
            "coverage": [0.8] * count,
            "median_age_ms": [AGE_MS] * count,
            "stopped_notional": [500.0] * count,
            "limit_stopped_notional": [0.0] * count,
        },
        "clusters": [],
        "left_out": [],
        "notes": [],
    }


def bands_about(mark: float) -> range:
    """Base bands within a tenth of the mark."""
    here = next(band for band in range(-40_000, 40_000) if 1.0005 ** (band + 1) > mark)
    return range(here - 200, here + 200)


def switch_on(page: Page) -> None:
    page.keyboard.press("y")
    page.locator("#layer-triggers").check()


def test_a_source_without_trigger_orders_says_that_they_are_unknown(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url) if "/triggers?" in request.url else None)
    answer = get(opened, "/coins/BTC/triggers", level=0, within_percent=25)
    assert not answer["has_triggers"]
    assert asked == []
    switch_on(opened)
    expect(opened.locator("html")).to_have_attribute(DRAWN, "0")
    key = opened.locator(".layer:has(#layer-triggers)")
    for note in answer["notes"]:
        expect(key).to_contain_text(note)
    expect(key.locator(".key")).to_have_count(0)
    expect(opened.locator(".stops-before")).to_have_count(0)
    assert "layers=events,sweeps,triggers,clusters" in opened.url


def test_bars_legend_tooltip_and_list_tell_what_is_known_and_of_how_much(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/triggers", level=0, within_percent=25)
    told = made_up(answer, get(opened, "/coins/BTC/frame"))
    opened.route("**/coins/BTC/triggers*", lambda route: route.fulfill(json=told))
    before = opened.locator("#chart").screenshot()
    switch_on(opened)
    expect(opened.locator("html")).not_to_have_attribute(DRAWN, "0")
    key = opened.locator(".layer:has(#layer-triggers)")
    expect(key.locator("[data-group]")).to_have_count(3)
    expect(key).to_contain_text("Known of 62 % of the open size (longs 60 %, shorts 64 %), 160 of 260 accounts")
    expect(key).to_contain_text("read 4 min ago")
    expect(opened.locator("#clusters .stops-before").first).to_contain_text("have a stop before (read of $")
    opened.keyboard.press("Escape")
    wait_for_rest(opened)
    assert opened.locator("#chart").screenshot() != before
    point_at_a_cell(opened)
    expect(opened.locator("#tooltip [data-triggers]").first).to_contain_text("known at 2 Feb ")
    opened.mouse.move(0, 0)
    opened.keyboard.press("y")
    opened.locator("#layer-triggers").uncheck()
    expect(opened.locator("html")).to_have_attribute(DRAWN, "")
    expect(opened.locator(".stops-before")).to_have_count(0)
