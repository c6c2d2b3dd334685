"""The pictures of the documents, made by the page itself: python docs_pictures.py ADDRESS [NAME ...].

ADDRESS is that of a running demo (`make demo`), or of one that was kept and is served again. Anything but a simulated
market is refused: what is recorded of real accounts stays out of the documents. Look at them before committing.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from browsing import CHROMIUM_OPTIONS, HEAT_READY, PATIENCE_MS, ROOT, as_the_system_has_it, find_chromium
from playwright.sync_api import Page, sync_playwright

FOLDER = ROOT / "docs" / "images"
SIMULATION_MS = 600_000
STILL_MS = 1_000
"""After nothing is asked for any more: until lines, lists and map have been drawn."""


def _stay(_: Page) -> None:
    """As it opens."""


def _what_if(page: Page) -> None:
    page.locator("#tab-what-if").click()
    page.get_by_role("button", name="−10 %").click()
    page.get_by_role("button", name="Simulate").click()
    page.locator(".what-if-result h3").wait_for(timeout=SIMULATION_MS)


def _cluster(page: Page) -> None:
    """The first one whose life is known."""
    page.locator("#clusters .cluster:has(.held)").first.click()
    page.locator("#drawer .position").first.wait_for()
    page.locator("#drawer .cluster-life svg").first.wait_for()


def _account(page: Page) -> None:
    _cluster(page)
    page.locator("#drawer .position").first.click()
    page.locator("#drawer .pool").first.wait_for()


@dataclass(frozen=True)
class DocsPicture:
    """What a picture shows, in CSS pixels, and how the page is taken there."""

    link: str
    width: int = 1440
    height: int = 900
    ratio: float = 1
    is_dark: bool = True
    go: Callable[[Page], None] = _stay


PICTURES = {
    "map": DocsPicture("BTC&range=3d"),
    "sides": DocsPicture("ETH&range=1d&side=split", is_dark=False),
    "cluster": DocsPicture("BTC&range=1d", go=_cluster),
    "account": DocsPicture("BTC&range=1d", go=_account),
    "what_if": DocsPicture("BTC&range=4h", go=_what_if),
    "phone": DocsPicture("BTC&range=1d", 360, 740, ratio=2),
}


def check_simulated(address: str) -> None:
    """Ends with a sentence unless the market is a made-up one."""
    with urllib.request.urlopen(f"{address}/api/v1/status") as answer:
        provenance = json.load(answer)["provenance"]
    if not provenance["is_simulated"]:
        sys.exit(f"docs_pictures: {address} shows {provenance['name']}, not a simulated market: start `make demo`")


def take(page: Page, address: str, picture: DocsPicture, file: Path) -> None:
    """Write one picture."""
    page.goto(f"{address}/#{picture.link}")
    page.wait_for_selector(HEAT_READY.format(coin=picture.link.partition("&")[0]))
    page.locator("#clusters .cluster").first.wait_for()
    picture.go(page)
    page.wait_for_load_state("networkidle")
    page.mouse.move(0, 0)
    page.wait_for_timeout(STILL_MS)
    page.screenshot(path=file, animations="disabled", caret="hide")


def main(address: str, names: list[str]) -> None:
    """Take those named, or all."""
    address = address.rstrip("/")
    check_simulated(address)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
        for name in names or PICTURES:
            picture = PICTURES[name]
            context = browser.new_context(
                viewport={"width": picture.width, "height": picture.height},
                device_scale_factor=picture.ratio,
                color_scheme="dark" if picture.is_dark else "light",
                reduced_motion="reduce",
            )
            context.set_default_timeout(PATIENCE_MS)
            as_the_system_has_it(context)
            take(context.new_page(), address, picture, FOLDER / f"{name}.png")
            context.close()
            print(FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(
            "docs_pictures: give the address of a running demo: python tests/support/docs_pictures.py http://127.0.0.1:8080"
        )
    main(sys.argv[1], sys.argv[2:])
