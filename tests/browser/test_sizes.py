"""From a small phone to a very large screen, dark and light."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import HEAT_READY, Server
from looking import wait_for_colour
from playwright.sync_api import Page, expect

SIZES = {"phone": (360, 740, 3), "tablet": (820, 1180, 2), "desk": (1440, 900, 1), "4K": (3840, 2160, 1)}


@pytest.fixture(params=list(SIZES))
def page_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, height, ratio = SIZES[request.param]
    return {
        "viewport": {"width": width, "height": height},
        "device_scale_factor": ratio,
        "color_scheme": "light" if request.param in ("tablet", "4K") else "dark",
        "has_touch": request.param == "phone",
    }


def test_nothing_scrolls_sideways_and_the_map_shows(page: Page, server: Server, page_options: dict[str, Any]) -> None:
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= page_options["viewport"]["width"]
    wait_for_colour(page, lambda count: count > 300)
    expect(page.locator("html")).to_have_attribute("data-theme", page_options["color_scheme"])
    expect(page.locator("#standing .simulated")).to_be_in_viewport()
