"""The map in a real browser: first paint, moving about, and figures that equal the API's."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest
from at_rest import wait_for_rest
from browsing import HEAT_READY, Server
from looking import coloured_pixels, get, point_at_a_cell, shown_usd, wait_for_colour, wait_until
from playwright.sync_api import Page, Response, expect


def test_first_paint_has_the_map_the_candles_and_the_standing_line(opened: Page) -> None:
    expect(opened.locator("#headline-coin")).to_have_text("BTC")
    assert coloured_pixels(opened) > 1_000
    standing = opened.locator("#standing")
    expect(standing.locator(".simulated")).to_have_text("SIMULATED")
    for part in (
        "source small test market",
        "as of",
        "part of the market known",
        "of BTC's open interest",
        "accounts read",
        "oldest account reading",
        "account balances behind the levels",
    ):
        expect(standing).to_contain_text(part)
    expect(opened.locator("footer")).to_contain_text("TradingView")


def test_search_by_keyboard_switches_the_coin(opened: Page) -> None:
    before = opened.evaluate("document.querySelector('#headline-mark').textContent")
    opened.keyboard.press("/")
    opened.keyboard.type("et")
    opened.keyboard.press("Enter")
    opened.wait_for_selector(HEAT_READY.format(coin="ETH"))
    expect(opened.locator("#headline-coin")).to_have_text("ETH")
    expect(opened.locator("#headline-mark")).not_to_have_text(before)
    assert opened.url.endswith("#ETH")
    assert coloured_pixels(opened) > 500


def test_a_link_opens_its_coin_range_and_side(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#kPEPE&range=1h&side=short&palette=sides")
    page.wait_for_selector(HEAT_READY.format(coin="kPEPE"))
    expect(page.locator("#ranges [aria-pressed=true]")).to_have_text("1h")
    expect(page.locator("#modes [aria-pressed=true]")).to_have_text("short")
    expect(page.locator("#palette")).to_have_value("sides")


def test_a_coin_without_a_mark_says_unknown_not_zero(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/#DARK")
    expect(page.locator("#headline-coin")).to_have_text("DARK")
    expect(page.locator("#headline-mark")).to_have_text("–")
    expect(page.locator("#headline-sums")).to_contain_text("unknown")
    expect(page.locator("#clusters")).to_contain_text("no cluster is known")


@pytest.mark.parametrize("page_options", [{"viewport": {"width": 400, "height": 900}}])
def test_zoom_asks_for_finer_cells_and_pan_keeps_the_map(opened: Page) -> None:
    """Narrow: a wide map has the finest cells of the small market from the start."""
    coarse = opened.locator("#headline-cell").inner_text()
    opened.locator("#chart").scroll_into_view_if_needed()
    box = opened.locator("#chart").bounding_box()
    assert box is not None
    opened.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2)
    with opened.expect_response(lambda answer: "/heatmap" in answer.url):
        for _ in range(5):
            opened.keyboard.press("+")
            opened.mouse.wheel(0, -120)
    expect(opened.locator("#headline-cell")).not_to_have_text(coarse)
    wait_for_colour(opened, lambda count: count > 300)
    drawn = opened.locator("#chart").screenshot()
    opened.mouse.down()
    opened.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] / 2, steps=4)
    opened.mouse.up()
    opened.keyboard.press("ArrowLeft")
    assert opened.locator("#chart").screenshot() != drawn
    wait_for_colour(opened, lambda count: count > 300)


def test_tooltip_equals_the_api(page: Page, server: Server) -> None:
    asked: list[str] = []

    def note(answer: Response) -> None:
        if "/heatmap" in answer.url:
            asked.append(answer.url)

    page.on("response", note)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    point_at_a_cell(page)
    tip = page.locator("#tooltip")
    band, level, at_ms = (int(tip.get_attribute(f"data-{name}") or "") for name in ("band", "level", "as-of"))
    query = dict(parse_qsl(urlsplit(asked[-1]).query))
    window = get(page, "/coins/BTC/heatmap", **{**query, "format": "json"})
    assert window["level"] == level
    column = window["as_of_ms_columns"].index(at_ms)
    cells = {(cell[0], cell[1]): cell[2:] for cell in window["cells"]}
    long, short = cells[column, band - window["first_band"]]
    answer = get(page, "/coins/BTC/positions", band=band, level=level, at_ms=at_ms)
    totals = answer["totals"]
    for name, in_window, listed in (
        ("long", long, totals["long_notional"]),
        ("short", short, totals["short_notional"]),
    ):
        shown, half = shown_usd(tip.locator(f"[data-side={name}] b").inner_text())
        assert shown == pytest.approx(in_window, abs=half)
        assert shown == pytest.approx(listed, abs=half + 1e-6 * listed)
    accounts, positions = totals["account_count"], totals["position_count"]
    said = tip.locator("[data-details=known]").inner_text()
    assert said.startswith(f"{accounts} account")
    assert f"{positions} position" in said


def test_tooltip_says_which_way_the_forced_flow_goes(opened: Page) -> None:
    point_at_a_cell(opened)
    text = opened.locator("#tooltip").inner_text()
    assert "forced sell" in text or "forced buy" in text


def test_hole_is_told_from_nothing(opened: Page) -> None:
    box = opened.locator("#chart").bounding_box()
    assert box is not None
    said = set()
    for share in range(20, 90, 4):
        opened.mouse.move(box["x"] + box["width"] * share / 100, box["y"] + box["height"] / 4)
        text = opened.locator("#tooltip").inner_text() if opened.locator("#tooltip").is_visible() else ""
        said |= {word for word in ("not loaded", "as of") if word in text}
    assert said == {"not loaded", "as of"}


def test_threshold_by_keyboard_hides_small_cells(opened: Page) -> None:
    by_default = coloured_pixels(opened)
    slider = opened.locator("#threshold")
    slider.focus()
    opened.keyboard.press("Home")
    expect(opened.locator("#threshold-value")).to_have_text("nothing")
    wait_for_colour(opened, lambda count: count > by_default)
    opened.keyboard.press("End")
    least = opened.locator("#threshold-value").inner_text()
    expect(slider).to_have_attribute("aria-valuetext", f"hides below {least} per 0.1 %")
    wait_for_colour(opened, lambda count: count < by_default)


def another_picture(page: Page, seen: list[bytes]) -> bytes:
    """The map once it looks like none of these: it is painted beside the page, so a moment later."""
    for _ in range(200):
        picture = page.locator("#chart").screenshot()
        if picture not in seen:
            return picture
        page.wait_for_timeout(50)
    raise AssertionError("the map looks as it did")


def test_sides_apart_differ_from_both(opened: Page) -> None:
    seen = [opened.locator("#chart").screenshot()]
    opened.mouse.move(5, 5)
    for key in ("s", "s", "s+v"):
        for each in key.split("+"):
            opened.keyboard.press(each)
        seen.append(another_picture(opened, seen))
    assert coloured_pixels(opened) > 100


def test_keys_set_range_theme_and_help(opened: Page) -> None:
    opened.keyboard.press("1")
    expect(opened.locator("#ranges [aria-pressed=true]")).to_have_text("1h")
    opened.keyboard.press("t")
    expect(opened.locator("html")).to_have_attribute("data-theme", "light")
    opened.keyboard.press("?")
    expect(opened.locator("#keys")).to_be_visible()
    opened.keyboard.press("Escape")
    expect(opened.locator("#keys")).to_be_hidden()


def test_the_whole_screen_is_left_again_however_soon(opened: Page) -> None:
    opened.evaluate(
        """() => {
          const open = Element.prototype.requestFullscreen;
          window.opened = new Promise((done) => {
            Element.prototype.requestFullscreen = function () {
              const opening = open.call(this);
              opening.then(done);
              return opening;
            };
          });
        }"""
    )
    opened.keyboard.press("f")
    opened.keyboard.press("f")
    opened.evaluate("() => window.opened")
    wait_until(opened, "document.fullscreenElement === null")
    wait_for_rest(opened)
    expect(opened.locator("html")).to_have_attribute("data-alone", "")
    assert opened.evaluate("document.fullscreenElement") is None
