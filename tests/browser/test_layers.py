"""The layers over the map: a switch and a legend each; resting orders are asked for only while they are on."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect


def test_resting_orders_are_asked_for_when_switched_on_and_say_whose_they_are(opened: Page) -> None:
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url) if "/book?" in request.url else None)
    opened.keyboard.press("y")
    expect(opened.locator("#layers")).to_be_visible()
    assert asked == []
    opened.locator("#layer-book").check()
    expect(opened.locator("#book-source")).to_have_attribute("data-kind", "none")
    expect(opened.locator("#book-source")).to_contain_text("not loaded")
    assert len(asked) == 1
    assert "layers=events,sweeps,book,clusters" in opened.url
    opened.keyboard.press("Escape")


def test_liquidations_are_off_the_map_while_their_layer_is(opened: Page) -> None:
    html = opened.locator("html")
    expect(html).to_have_attribute("data-marks", re.compile("^[1-9]"))
    opened.keyboard.press("y")
    opened.locator("#layer-events").uncheck()
    expect(html).to_have_attribute("data-marks", re.compile("^0/"))
