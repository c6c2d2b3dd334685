"""Moving up and down on the logarithmic price scale, at every price a coin may have."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from axis_labels import axis_labels, record_labels
from browsing import HEAT_READY, Server
from looking import coloured_pixels, get, point_at_a_cell
from playwright.sync_api import Browser, Page, Request, expect

EXPONENTS = range(-6, 7)
AXIS_LEFT = 500
"""CSS pixels: what is written further right is on the price axis, of 700 in all."""
MAX_DIGITS = 4
STEP = 0.12
PANE_HEIGHT = 400
FAR = 0.25
"""A cluster at a quarter of the price, far below what is shown."""


@pytest.fixture(scope="module")
def chart_page(browser: Browser, harness: Path) -> Iterator[Page]:
    page = browser.new_page()
    record_labels(page)
    page.add_script_tag(path=harness)
    yield page
    page.close()


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_every_price_moves_by_twelve_percent_and_to_clusters(chart_page: Page, exponent: int) -> None:
    price = 10.0**exponent
    far = {"low": FAR * price * 0.999, "high": FAR * price * 1.001}
    steps = chart_page.evaluate(
        "([price, moves]) => liqscapeHarness.moveThrough(price, moves, price)", [price, [STEP, STEP, -STEP, far]]
    )
    spans = [(step["said"]["low"], step["said"]["high"]) for step in steps]
    for step, (low, high) in zip(steps, spans, strict=True):
        assert_round_and_even(step["ticks"], low, high, price)
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


@pytest.fixture
def clocked(browser: Browser, server: Server) -> Iterator[Page]:
    """The page of a reader in India."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, timezone_id="Asia/Kolkata")
    page = context.new_page()
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    yield page
    context.close()


def labels_at(chart_page: Page, exponent: int) -> list[Decimal]:
    """The prices on the axis of a chart near that power of ten, from below."""
    chart_page.evaluate("price => liqscapeHarness.moveThrough(price, [])", 10.0**exponent)
    return [Decimal(text.replace(",", "")) for text in axis_labels(chart_page, AXIS_LEFT)]


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_prices_on_the_axis_are_in_one_tick_differ_and_have_few_digits(chart_page: Page, exponent: int) -> None:
    labels = labels_at(chart_page, exponent)
    assert len(labels) >= 4
    assert labels == sorted(set(labels))
    assert len({label.as_tuple().exponent for label in labels}) == 1, "as many decimals in each"
    assert all(len(label.normalize().as_tuple().digits) <= MAX_DIGITS for label in labels), labels


def test_steps_of_the_price_axis_are_even(chart_page: Page) -> None:
    uneven = {}
    for exponent in EXPONENTS:
        labels = labels_at(chart_page, exponent)
        if len({after - before for before, after in itertools.pairwise(labels)}) > 1:
            uneven[exponent] = labels
    assert uneven == {}


def assert_round_and_even(ticks: list[str], low: float, high: float, mark: float) -> None:
    """Prices of at most four digits, one step apart (or the same digits in each power of ten), with their distance."""
    assert len(ticks) >= 3
    texts = [tick.split(" ") for tick in ticks]
    prices = [float(price.replace(",", "")) for price, *_ in texts]
    assert all(low < price < high for price in prices)
    for (text, share, sign), price in zip(texts, prices, strict=True):
        assert sign == "%"
        assert len(text.replace(",", "").replace(".", "").strip("0")) <= 4
        assert float(share.replace("−", "-").replace(",", "")) == pytest.approx((price / mark - 1) * 100, abs=0.6)
    steps = [second - first for first, second in itertools.pairwise(prices)]
    if high / low < 3.0:
        # A tick at the mark itself leaves its place to the mark's own label.
        assert all(step / min(steps) == pytest.approx(round(step / min(steps))) for step in steps)
        assert sum(step > 1.5 * min(steps) for step in steps) <= 1


def test_crosshair_and_tooltip_say_one_time_by_the_chosen_clock(clocked: Page) -> None:
    point_at_a_cell(clocked)
    tooltip = clocked.locator("#tooltip")
    expect(tooltip).to_contain_text("UTC")
    expect(tooltip).not_to_contain_text("UTC+")
    as_of = tooltip.get_attribute("data-as-of")
    chart = clocked.locator("#chart")
    expect(chart).to_have_attribute("data-pointed-time", tooltip.locator("[data-time]").inner_text())
    clocked.keyboard.press("u")
    expect(tooltip).to_contain_text("UTC+5:30")
    assert "zone=local" in clocked.url
    assert tooltip.get_attribute("data-as-of") == as_of
    expect(chart).to_have_attribute("data-pointed-time", tooltip.locator("[data-time]").inner_text())
    expect(clocked.locator("#axis-zone")).to_have_text("UTC+5:30")


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
