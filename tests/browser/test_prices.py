"""Moving up and down on the logarithmic price scale, at every price a coin may have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from browsing import HEAT_READY, Server
from looking import coloured_pixels, get
from playwright.sync_api import Browser, Page, Request

STEP = 0.12
PANE_HEIGHT = 400
FAR = 0.25
"""A cluster at a quarter of the price, far below what is shown."""


@pytest.fixture(scope="module")
def chart_page(browser: Browser, harness: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(path=harness)
    yield page
    page.close()


@pytest.mark.parametrize("exponent", range(-6, 7))
def test_every_price_moves_by_twelve_percent_and_to_clusters(chart_page: Page, exponent: int) -> None:
    price = 10.0**exponent
    far = {"low": FAR * price * 0.999, "high": FAR * price * 1.001}
    steps = chart_page.evaluate(
        "([price, moves]) => liqscapeHarness.moveThrough(price, moves)", [price, [STEP, STEP, -STEP, far]]
    )
    spans = [(step["said"]["low"], step["said"]["high"]) for step in steps]
    for step in steps:
        assert step["top"] == pytest.approx(0.0, abs=1.0)
        assert 0.9 * PANE_HEIGHT < step["bottom"] < PANE_HEIGHT
    low, high = spans[0]
    assert low < 0.97 * price < 1.03 * price < high
    ratio = high / low
    for share, (low, high) in zip((STEP, 2 * STEP, STEP), spans[1:4], strict=True):
        assert math.log(low / spans[0][0]) == pytest.approx(share * math.log(ratio), rel=1e-6)
        assert math.log(high / spans[0][1]) == pytest.approx(share * math.log(ratio), rel=1e-6)
    assert spans[4][0] < far["low"]
    assert spans[4][1] == pytest.approx(spans[3][1])
    assert spans[5] == pytest.approx(spans[0], rel=1e-6)


@pytest.mark.parametrize("coin", ["BTC", "kPEPE"])
def test_arrows_and_a_far_cluster_keep_the_map(page: Page, server: Server, coin: str) -> None:
    asked: list[tuple[float, float]] = []

    def note(request: Request) -> None:
        if "/heatmap" in request.url:
            query = dict(parse_qsl(urlsplit(request.url).query))
            asked.append((float(query["price_low"]), float(query["price_high"])))

    page.on("request", note)
    page.goto(f"{server.url}/#{coin}")
    page.wait_for_selector(HEAT_READY.format(coin=coin))
    assert coloured_pixels(page) > 300
    for key in ("ArrowUp", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
        page.wait_for_timeout(50)
        assert coloured_pixels(page) > 300
    low, high = asked[-1]
    mark = get(page, f"/coins/{coin}/frame")["mark"]
    clusters = get(page, f"/coins/{coin}/clusters")["clusters"]
    seen = ((low**3 * high) ** 0.25, (low * high**3) ** 0.25)  # the heat asked for has half the view beside it
    far = max(clusters, key=lambda row: abs(math.log(row["price_peak"] / mark)))
    assert not seen[0] < far["price_low"] < far["price_high"] < seen[1], "the made-up market has a level far away"
    with page.expect_request(lambda request: "/heatmap" in request.url):
        page.locator(f"[data-cluster='{far['side']}/{far['price_peak']}']").click()
    page.wait_for_timeout(300)
    assert asked[-1][0] < far["price_low"]
    assert asked[-1][1] > far["price_high"]
    assert coloured_pixels(page) > 100
