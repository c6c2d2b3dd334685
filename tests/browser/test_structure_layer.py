"""The layer of structure: off at first, asked for when it is switched on, drawn, and explained with its source."""

from __future__ import annotations

import re
from typing import Any

from looking import get
from playwright.sync_api import Page, Route, expect

DRAWN = "data-structure"
"""Swings, lines and bars of volume that are drawn; empty: the layer is off."""

SOME = re.compile(r"\d+/\d+/\d+")


def made_up(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer with one of each sign around the mark: the small market is too young for most."""
    start, mark = answer["as_of_ms"] - 3_600_000, answer["mark"]
    swing = {"kind": "fractal", "side": "low", "known_at_ms": start, "broken_ms": None, "distance_percent": -1.0}
    line = {"name": "day high", "kind": "session", "end_ms": None, "distance_percent": 1.0}
    return {
        **answer,
        "swings": [{**swing, "price": mark * 0.99, "time_ms": start}],
        "lines": [{**line, "price": mark * 1.01, "start_ms": start}],
    }


def switch_on(page: Page) -> None:
    page.keyboard.press("y")
    page.locator("#layer-structure").check()


def test_structure_is_off_until_it_is_switched_on_and_a_link_keeps_it(opened: Page) -> None:
    expect(opened.locator("html")).not_to_have_attribute(DRAWN, SOME)
    switch_on(opened)
    expect(opened.locator("html")).to_have_attribute(DRAWN, SOME)
    assert "layers=events,sweeps,clusters,structure" in opened.url
    opened.locator("#layer-structure").uncheck()
    expect(opened.locator("html")).to_have_attribute(DRAWN, "")


def test_its_legend_says_what_it_was_made_of_and_why_volume_is_unknown(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/structure")
    switch_on(opened)
    key = opened.locator(".layer:has(#layer-structure)")
    if answer["source"] is not None:
        expect(key).to_contain_text(answer["source"]["name"])
    if answer["profile"] is None:
        expect(key).to_contain_text(answer["profile_note"])
    for note in answer["notes"]:
        expect(key).to_contain_text(note)


def test_swings_and_lines_are_drawn_on_the_map(opened: Page) -> None:
    answer = get(opened, "/coins/BTC/structure")

    def fulfil(route: Route) -> None:
        route.fulfill(json=made_up(answer))

    opened.route("**/coins/BTC/structure*", fulfil)
    switch_on(opened)
    bins = 0 if answer["profile"] is None else len(answer["profile"]["bins"])
    expect(opened.locator("html")).to_have_attribute(DRAWN, f"1/1/{bins}")
    opened.keyboard.press("Escape")
