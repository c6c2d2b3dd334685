"""Twelve states of the whole page as pictures: python page_pictures.py [NAME ...] draws them anew.

Each is the page over the made-up market (serve_market.py) at a size, a pixel ratio and a theme, taken to a state as a
reader would. What changes by itself stands still: the clock of the page, motion, the blinking cursor; all text is in
one font, which has to be installed. Look at them before committing.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from at_rest import TWO_FRAMES, wait_for_rest, watch
from browsing import CHROMIUM_OPTIONS, HEAT_READY, PATIENCE_MS, as_the_system_has_it, find_chromium, serving
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "browser" / "golden" / "page"
FONT = "DejaVu Sans"
"""The one font that a plain Debian with a browser has."""
NOW_S = 1_770_012_000
"""What the page's clock says: twenty minutes after the newest frame of the market."""
SHOTS = 100
"""What moves without end is given up after so many."""
CLUSTERS = re.compile(r"/clusters(\?|$)")
"""The question whose answer changes when a server has simulated more."""

PIN = """
font => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* {
    font-family: "${font}" !important; animation: none !important; transition: none !important;
  }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
}
"""
HAS_FONT = """
font => {
  const pen = new OffscreenCanvas(1, 1).getContext("2d");
  const widthIn = (family) => { pen.font = `40px ${family}`; return pen.measureText("Wide iii").width; };
  return ["monospace", "serif"].every((other) => widthIn(`"${font}", ${other}`) !== widthIn(other));
}
"""
PANE = """
() => {
  const boxes = [...document.querySelectorAll("#chart canvas")].map((canvas) => canvas.getBoundingClientRect());
  const { left, top, right, bottom } = boxes.sort((a, b) => b.width * b.height - a.width * a.height)[0];
  return [left, top, right, bottom].map((edge, place) =>
    Math.min(Math.max(edge, 0), place % 2 === 0 ? innerWidth : innerHeight));
}
"""


def _stay(_: Page) -> None:
    """As it opens."""


def _tab(name: str) -> Callable[[Page], None]:
    return lambda page: page.locator(f"#tab-{name}").click()


def _cluster(page: Page) -> None:
    page.locator("#clusters .cluster").first.click()
    page.locator("#drawer .position").first.wait_for()


def _account(page: Page) -> None:
    _cluster(page)
    page.locator("#drawer .position").first.click()
    page.locator("#drawer .pool").first.wait_for()


def _keys(page: Page) -> None:
    page.locator("#help").click()


def _safe_and_strong(page: Page) -> None:
    page.select_option("#palette", "safe")
    page.locator("#threshold").fill("850")


def _joint(page: Page) -> None:
    page.keyboard.press("j")
    expect(page.locator("#clusters .cluster").first).to_be_visible()


def _moved(page: Page) -> None:
    for key in ("+", "+", "ArrowLeft", "ArrowUp"):
        page.keyboard.press(key)
        page.evaluate(TWO_FRAMES)


@dataclass(frozen=True)
class PagePicture:
    """What is looked at, in CSS pixels, and how the page is taken there."""

    width: int
    height: int
    theme: str
    link: str = "BTC"
    ratio: float = 1
    go: Callable[[Page], None] = _stay

    @property
    def coin(self) -> str:
        return self.link.partition("&")[0]


PICTURES: dict[str, PagePicture] = {
    "desk_dark": PagePicture(1440, 900, "dark"),
    "desk_split_what_if": PagePicture(1440, 900, "light", "BTC&side=split", go=_tab("what-if")),
    "desk_cluster_open": PagePicture(1440, 900, "dark", "BTC&range=1h", go=_cluster),
    "desk_account_open": PagePicture(1280, 800, "light", "ETH", go=_account),
    "desk_keys": PagePicture(1180, 760, "dark", "ETH&side=long", go=_keys),
    "desk_moved": PagePicture(1366, 768, "dark", "BTC&side=short", ratio=1.5, go=_moved),
    "wide_joint": PagePicture(1920, 1080, "dark", "ETH&range=4h", go=_joint),
    "large_safe_threshold": PagePicture(2560, 1440, "dark", go=_safe_and_strong),
    "huge_small_price": PagePicture(3840, 2160, "light", "kPEPE", go=_tab("coins")),
    "tablet_limits": PagePicture(820, 1180, "light", ratio=2, go=_tab("limits")),
    "phone_dark": PagePicture(360, 740, "dark", ratio=2),
    "phone_on_its_side": PagePicture(740, 360, "light", "kPEPE&range=1h"),
}


def has_font(page: Page) -> bool:
    """The font of the pictures is installed here."""
    return bool(page.evaluate(HAS_FONT, FONT))


def new_context(browser: Browser, picture: PagePicture) -> BrowserContext:
    """A browser at the picture's size, its time standing still."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        device_scale_factor=picture.ratio,
        color_scheme="dark" if picture.theme == "dark" else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(PATIENCE_MS)
    context.clock.set_fixed_time(NOW_S)
    watch(context)
    as_the_system_has_it(context)
    context.add_init_script(f"({PIN})({FONT!r})")
    return context


def draw(page: Page, url: str, picture: PagePicture) -> tuple[bytes, tuple[float, ...]]:
    """The picture as PNG once it stands still, and the edges of the map in it."""
    page.route(CLUSTERS, _without_renewal)
    page.goto(f"{url}/#{picture.link}")
    page.wait_for_selector(HEAT_READY.format(coin=picture.coin))
    expect(page.locator("#standing .live")).to_be_visible()
    wait_for_rest(page)
    picture.go(page)
    page.mouse.move(0, 0)
    return _still_shot(page), tuple(page.evaluate(PANE))


def _without_renewal(route: Route) -> None:
    """The clusters as they are before a server has simulated their deleveraging, which it does in its own time."""
    answer = route.fetch()
    told = answer.json()
    for row in told["clusters"]:
        row |= {name: None for name in row if name.startswith("deleveraging_")}
    route.fulfill(response=answer, json=told)


def shot_of(page: Page) -> bytes:
    """The page now, as PNG."""
    return page.screenshot(animations="disabled", caret="hide")


def _still_shot(page: Page) -> bytes:
    """The page as it looks when nothing is asked for and nothing changes: one shot like the one before."""
    wait_for_rest(page)
    shot = shot_of(page)
    for _ in range(SHOTS):
        page.evaluate(TWO_FRAMES)
        newest = shot_of(page)
        if newest == shot:
            return shot
        shot = newest
    raise AssertionError("the page does not come to rest")


def write(names: list[str]) -> None:
    """Draw those named, or all, and store them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
        for name in names or PICTURES:
            context = new_context(browser, PICTURES[name])
            page = context.new_page()
            if not has_font(page):
                sys.exit(f"page_pictures: the font {FONT} is not installed: apt-get install fonts-dejavu-core")
            picture, _ = draw(page, server.url, PICTURES[name])
            (FOLDER / f"{name}.png").write_bytes(picture)
            context.close()
        browser.close()


if __name__ == "__main__":
    write(sys.argv[1:])
