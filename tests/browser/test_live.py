"""What a live map says of its feed: the standing line, the panel of sources and the list of liquidations."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from amounts import first_of
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, Route, WebSocketRoute, expect

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
    "predicted_liquidation_price": 69_000.0,
    "method": "market",
    "evidence": "inferred",
    "fee": 12.0,
    "account_value": 40.0,
    "fill_count": 3,
    "first_fill_ms": 1_770_000_007_000,
    "last_fill_ms": 1_770_000_008_000,
    "trade_ids": [1, 2, 3],
}
OTHER = EVENT | {
    "side": -1,
    "predicted_liquidation_price": None,
    "method": "backstop",
    "evidence": "refuted",
    "first_fill_ms": 1_770_000_001_000,
}

TOTALS = {"count": 1, "address_count": 1, "long_notional": 103_950.0, "short_notional": 0.0, "refuted_count": 1}


@pytest.fixture(params=first_of([(360, 740, "light"), (1440, 900, "dark")]), ids=["phone", "desk"])
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
    expect(standing.locator(".dot")).to_contain_text("LIVE")
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
    expect(panel.locator("tbody tr", has_text="HLP, backstops")).to_contain_text("12.5 %")
    expect(panel.locator("tbody tr", has_text="no practical level")).to_contain_text("unknown")
    assert opened.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]


def say_of_the_feed(page: Page, state: str, age_ms: float) -> None:
    """The server's word of its feed on every door the page listens at: status, sources and the stream."""
    reported = {"is_live": False, "feed_state": state}

    def status(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=json.dumps(response.json() | reported))

    def sources(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=json.dumps(response.json() | {"state": state, "age_ms": age_ms}))

    def stream(socket: WebSocketRoute) -> None:
        def pass_on(content: str | bytes) -> None:
            message = json.loads(content if isinstance(content, str) else zlib.decompress(content))
            if "status" in message:
                message["status"] |= reported
            socket.send(json.dumps(message))

        socket.connect_to_server().on_message(pass_on)

    page.route("**/api/v1/status", status)
    page.route("**/api/v1/sources?*", sources)
    page.route_web_socket("**/api/v1/stream*", stream)


@pytest.mark.parametrize(("state", "said"), [("stale", "STALE, data 0 s old"), ("reconnecting", "RECONNECTING")])
def test_a_feed_that_does_not_follow_is_said(page: Page, server: Server, state: str, said: str) -> None:
    say_of_the_feed(page, state, 480.0)
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
        "1 liquidation of 1 wallet, 1 more ruled out: $104k of longs, $0 of shorts"
    )
    events = page.locator(".liquidation")
    expect(events).to_have_count(2)
    for part in (
        "$104.0k",
        "1.5 at 69,300.0",
        "2 Feb 02:40",
        "long, sent to the order book",
        "seen in trades",
        "+0.43 % from it",
    ):
        expect(events.first).to_contain_text(part)
    for part in ("short, taken by the liquidator vault", "seen, then ruled out", "we knew no level of it before"):
        expect(events.last).to_contain_text(part)


def test_a_map_that_saw_none_says_so(page: Page, server: Server) -> None:
    totals = dict.fromkeys(TOTALS, 0)
    none = {"provenance": None, "totals": totals, "liquidations": [], "note": None}
    page.route("**/api/v1/liquidations*", lambda route: route.fulfill(json=none))
    page.goto(server.url)
    page.locator("#tab-liquidations").click()
    expect(page.locator("#liquidations")).to_contain_text("No liquidation of BTC has been seen.")
    page.get_by_label("Side", exact=True).select_option("shorts")
    expect(page.locator("#liquidations")).to_contain_text("that was seen fits this filter")


def test_a_map_that_can_have_none_says_why(opened: Page) -> None:
    opened.locator("#tab-liquidations").click()
    expect(opened.locator("#liquidations")).to_contain_text("may have been closed by its owner")


def test_a_filter_is_asked_of_the_server_and_all_coins_name_theirs(page: Page, server: Server) -> None:
    asked: list[str] = []

    def answer(route: Route) -> None:
        asked.append(route.request.url.partition("?")[2])
        route.fulfill(json={"provenance": None, "totals": TOTALS, "liquidations": [EVENT]})

    page.route("**/api/v1/liquidations?*", answer)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.keyboard.press("l")
    expect(page.locator(".liquidation")).to_contain_text("$104.0k1.5 at 69,300.0")
    page.get_by_label("Which coins").select_option("all coins")
    page.get_by_label("How it is known").select_option("seen in trades")
    with page.expect_response(lambda response: "min_notional" in response.url):
        page.get_by_label("Least USD").select_option("$10k and more")
    expect(page.locator(".liquidation")).to_contain_text("BTC 1.5 at 69,300.0")
    assert asked[0] == "coin=BTC&limit=50"
    assert asked[-1] == "evidence=inferred&min_notional=10000&limit=50"


def test_a_row_keeps_its_focus_while_others_come_above_it(page: Page, server: Server) -> None:
    rows = [EVENT]

    def answer(route: Route) -> None:
        route.fulfill(json={"provenance": None, "totals": TOTALS, "liquidations": rows})

    page.route("**/api/v1/liquidations?*", answer)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.keyboard.press("l")
    page.locator(".liquidation").focus()
    rows.insert(0, EVENT | {"first_fill_ms": 1_770_000_009_000})
    expect(page.locator(".liquidation")).to_have_count(2)
    expect(page.locator(".liquidation").last).to_be_focused()


def test_a_key_brings_its_panel_into_view(opened: Page) -> None:
    opened.keyboard.press("d")
    expect(opened.locator("#panel-sources h3").first).to_be_in_viewport()


def test_what_did_not_change_in_the_standing_line_stays_in_place(page: Page, server: Server) -> None:
    delays = iter([10.0])

    def answer(route: Route) -> None:
        response = route.fetch()
        latency = {"count": 1, "p50_ms": next(delays, 20.0), "p99_ms": 40.0}
        route.fulfill(response=response, body=json.dumps(response.json() | {"latency": latency}))

    page.route("**/api/v1/sources?*", answer)
    page.goto(server.url)
    latency = page.locator("#standing .fact", has_text="latency")
    expect(latency).to_contain_text("10 ms")
    page.evaluate("window.kept = [...document.querySelector('#standing').children]")
    expect(latency).to_contain_text("20 ms")  # asked every 10 s while its panel is closed
    assert page.evaluate("window.kept.every((each) => each.isConnected)")


def test_the_state_of_the_feed_is_spoken_without_its_age(page: Page, server: Server) -> None:
    say_of_the_feed(page, "stale", 42_000.0)
    page.goto(server.url)
    expect(page.locator("#standing .dot")).to_have_text("STALE, data 42 s old")
    expect(page.get_by_role("status").filter(has_text="STALE")).to_have_text("STALE")
    expect(page.locator("#standing")).to_have_class("standing is-stale")


def test_a_server_that_answers_late_is_asked_again(page: Page, server: Server) -> None:
    answers = iter([503, 503])

    def answer(route: Route) -> None:
        code = next(answers, None)
        if code is None:
            route.fallback()
        else:
            route.fulfill(status=200, content_type="application/json", body="{")

    page.route("**/api/v1/coins", answer)
    page.goto(server.url)
    expect(page.locator("#notice")).to_contain_text("does not answer")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(page.locator("#notice")).to_be_hidden()
