"""What a live map says of its feed: the standing line, the panel of sources and the list of liquidations."""

from __future__ import annotations

import json
from typing import Any

import pytest
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, Route, expect

from liqscape.web.access import SESSION_COOKIE, Access

WALLET = "0x00000000000000000000000000000000000000aa"
EVENT = {
    "address": WALLET,
    "coin": "BTC",
    "side": 1,
    "size": 1.5,
    "price": 69_300.0,
    "notional": 103_950.0,
    "mark": 69_290.0,
    "predicted_price": 69_000.0,
    "method": "market",
    "evidence": "inferred",
    "fee": 12.0,
    "account_value": 40.0,
    "fill_count": 3,
    "first_ms": 1_770_000_007_000,
    "last_ms": 1_770_000_008_000,
    "trade_ids": [1, 2, 3],
}
OTHER = EVENT | {
    "side": -1,
    "predicted_price": None,
    "method": "backstop",
    "evidence": "refuted",
    "first_ms": 1_770_000_001_000,
}

TOTALS = {"count": 1, "address_count": 1, "long_notional": 103_950.0, "short_notional": 0.0, "refuted_count": 1}


@pytest.fixture(params=[(360, 740, "light"), (1440, 900, "dark")], ids=["phone", "desk"])
def page_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, height, scheme = request.param
    return {"viewport": {"width": width, "height": height}, "color_scheme": scheme}


@pytest.fixture
def server(guarded: tuple[Server, str]) -> Server:
    return guarded[0]


@pytest.fixture
def page(page: Page, guarded: tuple[Server, str]) -> Page:
    """A page whose reader has logged in."""
    server, token = guarded
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": Access(token).new_session(), "url": server.url}])
    return page


def test_standing_line_says_live_near_coverage_and_latency(opened: Page, page_options: dict[str, Any]) -> None:
    standing = opened.locator("#standing")
    expect(standing.locator(".dot")).to_have_text("LIVE")
    expect(standing).to_contain_text("within 5 % of the mark BTC 62 % (55–70 %)")
    expect(standing).to_contain_text("latency 62 ms")
    assert opened.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]


def test_sources_open_by_key_with_every_figure(opened: Page, page_options: dict[str, Any]) -> None:
    opened.keyboard.press("d")
    expect(opened.locator("#tab-sources")).to_be_focused()
    panel = opened.locator("#panel-sources")
    for part in (
        "wss://api.example/ws",
        "messages 120,345, reconnects 2, gaps 1",
        "HTTP 502 thrice",
        "843 of 1,200",
        "within 1 % of the mark",
        "71 % (64–79 %)",
        "99.8 %",
        "3.42 GB",
        "81,234",
    ):
        expect(panel).to_contain_text(part)
    expect(panel.locator("tbody tr", has_text="DARK")).to_contain_text("unknown")
    assert opened.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]


@pytest.mark.parametrize(("state", "said"), [("stale", "STALE, data 0 s old"), ("reconnecting", "RECONNECTING")])
def test_a_feed_that_does_not_follow_is_said(page: Page, server: Server, state: str, said: str) -> None:
    def answer(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=json.dumps(response.json() | {"state": state}))

    page.route("**/api/v1/sources", answer)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    dot = page.locator("#standing .dot")
    expect(dot).to_contain_text(said)
    expect(dot).to_have_class("dot stale")


def test_liquidations_are_listed_against_the_level_shown_before(page: Page, server: Server) -> None:
    rows = {"provenance": None, "totals": TOTALS, "liquidations": [EVENT, OTHER]}
    page.route("**/api/v1/liquidations?*", lambda route: route.fulfill(json=rows))
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.keyboard.press("l")
    expect(page.locator(".liquidation-sums")).to_have_text(
        "1 of 1 wallets, 1 more refuted: $104k of longs, $0 of shorts"
    )
    events = page.locator(".liquidation")
    expect(events).to_have_count(2)
    for part in ("$104.0k", "1.5 at 69,300.0", "2 Feb 02:40", "long, to the book", "inferred", "+0.43 % from it"):
        expect(events.first).to_contain_text(part)
    for part in ("short, by the vault", "refuted", "level not known before"):
        expect(events.last).to_contain_text(part)


def test_a_map_that_saw_none_says_so(opened: Page) -> None:
    opened.locator("#tab-liquidations").click()
    expect(opened.locator("#panel-liquidations")).to_have_text("No liquidation of BTC has been seen.")
