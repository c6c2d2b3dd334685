"""What stands beside the map: accounts behind a band, clusters, balance, coins, limits, and live frames."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from browsing import HEAT_READY, Server
from looking import get, point_at_a_cell
from playwright.sync_api import Browser, Page, Route, WebSocketRoute, expect

RUNS = """rows => rows.map(row => Number(row.dataset.notional))"""


def name_of(cluster: dict[str, Any]) -> str:
    """What the list calls a cluster."""
    return f"{cluster['side']}/{cluster['price_peak']}"


def dollars(text: str) -> float:
    return float(text.lstrip("$").replace(",", ""))


def test_list_behind_a_clicked_band_sums_to_the_cell(opened: Page) -> None:
    place = point_at_a_cell(opened)
    tip = opened.locator("#tooltip")
    band, level, at_ms = (int(tip.get_attribute(f"data-{name}") or "") for name in ("band", "level", "as-of"))
    opened.mouse.click(*place)
    drawer = opened.locator("#drawer")
    expect(drawer.locator(".position").first).to_be_visible()
    listed = sum(drawer.locator(".position").evaluate_all(RUNS))
    totals = get(opened, "/coins/BTC/positions", band=band, level=level, at_ms=at_ms)["totals"]
    shown = sum(dollars(drawer.locator(f"[data-total={name}]").inner_text()) for name in ("long", "short"))
    assert listed == pytest.approx(totals["long_notional"] + totals["short_notional"], abs=0.01)
    assert shown == pytest.approx(listed, abs=1.0)
    assert listed > 0


def test_account_opens_from_the_list_and_escape_closes(opened: Page) -> None:
    opened.locator("#clusters .cluster").first.click()
    drawer = opened.locator("#drawer")
    row = drawer.locator(".position").first
    address = row.get_attribute("title") or ""
    row.click()
    expect(drawer.locator(".address")).to_have_text(address)
    parts = ("account value", "maintenance", "free margin", "worked out here", "by the exchange", "bankruptcy")
    for part in parts:
        expect(drawer).to_contain_text(part)
    opened.locator("#drawer-back").click()
    expect(drawer.locator(".position").first).to_be_visible()
    opened.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_clusters_equal_the_api_and_sort_by_usd(opened: Page) -> None:
    clusters = get(opened, "/coins/BTC/clusters")["clusters"]
    rows = opened.locator("#clusters .cluster")
    expect(rows).to_have_count(len(clusters))
    nearest = min(clusters, key=lambda cluster: abs(cluster["distance_percent"]))
    expect(rows.first).to_have_attribute("data-cluster", name_of(nearest))
    opened.locator("#orders [data-value=usd]").click()
    largest = next(cluster for cluster in clusters if abs(cluster["distance_percent"]) <= 10.0)
    expect(rows.first).to_have_attribute("data-cluster", name_of(largest))
    expect(rows.first).to_contain_text("forced buy" if largest["side"] == -1 else "forced sell")


def test_clicked_cluster_is_marked_and_its_list_has_its_accounts(opened: Page) -> None:
    cluster = get(opened, "/coins/BTC/clusters")["clusters"][0]
    first = opened.locator(f"#clusters [data-cluster='{name_of(cluster)}']")
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    expect(opened.locator("#drawer .position")).to_have_count(cluster["position_count"])
    listed = sum(opened.locator("#drawer .position").evaluate_all(RUNS))
    assert listed == pytest.approx(cluster["notional"], abs=0.01)


def test_board_names_all_coins_and_leads_to_them(opened: Page) -> None:
    opened.locator("#tab-coins").click()
    names = [row["coin"] for row in get(opened, "/board")["rows"]]
    rows = opened.locator("#panel-coins button.coin")
    expect(rows).to_have_count(len(names))
    assert rows.locator("b").all_inner_texts() == names
    rows.nth(names.index("kPEPE")).click()
    opened.wait_for_selector(HEAT_READY.format(coin="kPEPE"))


def test_limits_are_said_with_their_figures(opened: Page) -> None:
    opened.locator("#tab-limits").click()
    coverage = get(opened, "/coins/BTC/frame")["coverage"]
    limits = opened.locator("#panel-limits")
    expect(limits).to_contain_text(f"{coverage * 100:.0f} % of the open interest of BTC")
    text = limits.inner_text()
    for part in ("cross account", "mark price", "Hyperliquid only", "not a forecast", "unknown"):
        assert part in text
    whole = opened.locator("body").inner_text().lower()
    assert not {" will ", " target", " magnet"} & {word for word in (" will ", " target", " magnet") if word in whole}


def test_pushed_frame_moves_the_standing_and_the_map(opened: Page, server: Server) -> None:
    standing = opened.locator("#standing")
    before = standing.inner_text()
    mark = opened.locator("#headline-mark").inner_text()
    with opened.expect_response(lambda answer: "/heatmap" in answer.url):
        server.push()
    expect(opened.locator("#headline-mark")).not_to_have_text(mark)
    expect(standing).not_to_have_text(before)
    expect(opened.locator("#headline-mark")).to_have_text(
        f"{get(opened, '/coins/BTC/frame')['mark']:,.1f}",
    )


def test_a_long_list_comes_in_pages_of_one_frame(page: Page, server: Server) -> None:
    """Pages of 2 rows in place of 400; newer frames come between two of them."""
    page.route("**/positions?*", lambda route: route.continue_(url=route.request.url.replace("limit=400", "limit=2")))
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    most = max(get(page, "/coins/BTC/clusters")["clusters"], key=lambda cluster: cluster["position_count"])
    assert most["position_count"] > 4
    page.locator(f"#clusters [data-cluster='{name_of(most)}']").click()
    drawer = page.locator("#drawer")
    rows = drawer.locator(".position")
    expect(rows).to_have_count(2)
    shown = sum(dollars(drawer.locator(f"[data-total={name}]").inner_text()) for name in ("long", "short"))
    pages = 1
    while (more := drawer.locator(".more-rows")).count():
        server.push()
        more.click()
        pages += 1
        expect(drawer.locator(".more-rows:disabled")).to_have_count(0)
        assert rows.count() > 2 * (pages - 1)
    assert pages > 2
    notionals = rows.evaluate_all(RUNS)
    assert notionals == sorted(notionals, reverse=True)
    assert sum(notionals) == pytest.approx(shown, abs=1.0)


def test_lost_connection_is_said(page: Page, server: Server) -> None:
    page.route_web_socket("**/api/v1/stream*", lambda socket: socket.close())
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(page.locator("#standing .stale")).to_contain_text("connection lost")


def test_gap_in_the_stream_brings_a_new_snapshot(page: Page, server: Server) -> None:
    opened: list[str] = []
    lost: list[bytes] = []

    def swallow(socket: WebSocketRoute) -> None:
        opened.append(socket.url)
        there = socket.connect_to_server()

        def pass_on(content: str | bytes) -> None:
            message = json.loads(content if isinstance(content, str) else zlib.decompress(content))
            if message["type"] == "changes" and not lost:
                lost.append(content)  # what follows it does not follow what the page holds
            else:
                socket.send(content)

        there.on_message(pass_on)

    page.route_web_socket("**/api/v1/stream*", swallow)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(page.locator("#standing .live")).to_be_visible()
    while not lost:
        server.push()
        page.wait_for_timeout(500)
    server.push()
    page.wait_for_timeout(500)  # until the frame is there; the page shows it within two seconds
    expect(page.locator("#headline-mark")).to_have_text(f"{get(page, '/coins/BTC/frame')['mark']:,.1f}")
    assert len(opened) == 2


def test_a_busy_server_is_asked_again_and_said_to_be_busy(browser: Browser, server: Server) -> None:
    """Twice without room, then with: the map is there in the end, and no error was shown."""
    page = browser.new_page()  # not the fixture's: the browser itself logs each 503 as an error
    refused: list[str] = []

    def answer(route: Route) -> None:
        if len(refused) == 2:
            route.continue_()
            return
        refused.append(route.request.url)
        problem = {"type": "urn:liqscape:problem:busy", "title": "Busy", "status": 503, "detail": "try again in 0 s"}
        route.fulfill(status=503, json=problem, headers={"Retry-After": "1"})

    page.route("**/api/v1/coins/BTC/heatmap?*", answer)
    page.goto(server.url)
    expect(page.locator("#busy")).to_be_visible()
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(page.locator("#busy")).to_be_hidden()
    expect(page.locator("#notice")).to_be_hidden()
    assert len(refused) == 2
    page.close()
