"""axe-core finds nothing serious in any state of the page: every tab, drawer, dialog and list, wide and narrow."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Literal

import pytest
from amounts import every
from at_rest import wait_for_rest, watch
from browsing import FRONTEND, PATIENCE_MS, Server, as_the_system_has_it
from page_states import open_map, visit
from playwright.sync_api import Browser, BrowserContext, Page, expect

from liqscape.web.access import SESSION_COOKIE, Access

AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
NOW_S = 1_770_012_000
"""The page's clock stands still, so that no feed is said to be silent in the middle of the test."""
LOOKS: dict[str, tuple[int, int, Literal["dark", "light"]]] = {
    "wide, dark": (1280, 800, "dark"),
    "narrow, light": (360, 740, "light"),
}

KNOWN: dict[tuple[str, str], str] = {}
"""What it finds now, by rule and nearest element with a name, and why that matters. Each is really found; take out
what is mended."""

RUN = """
async () => {
  const nameOf = (target) => {
    const element = document.querySelector(target[0])?.closest("[id]");
    return element === null || element === undefined ? target.join(" ") : `#${element.id}`;
  };
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => [id, impact, nameOf(node.target)]));
}
"""


def grave(page: Page) -> set[tuple[str, str]]:
    """Rule and element of what axe calls serious or worse, as the page is now."""
    found: list[Any] = page.evaluate(RUN)
    return {(rule, element) for rule, impact, element in found if impact in GRAVE}


def new_context(browser: Browser, guarded: tuple[Server, str], look: str) -> BrowserContext:
    """A browser whose reader has logged in."""
    server, token = guarded
    width, height, theme = LOOKS[look]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    context.clock.set_fixed_time(NOW_S)
    watch(context)
    as_the_system_has_it(context)
    context.add_cookies([{"name": SESSION_COOKIE, "value": Access(token).new_session(), "url": server.url}])
    return context


@pytest.mark.property
def test_axe_finds_nothing_serious_in_any_state(browser: Browser, server: Server, guarded: tuple[Server, str]) -> None:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for turn, look in enumerate(LOOKS):
        context = new_context(browser, guarded, look)
        page = context.new_page()
        for url in (server.url, guarded[0].url):
            open_map(page, url)
            page.evaluate(AXE.read_text())
            for fault in grave(page):
                found[fault].append(f"{look}: as it opens")
        page.locator("#standing .stale").first.wait_for()  # the made-up sources tell of a trouble
        for number, state in enumerate(visit(page)):
            wait_for_rest(page)  # what is left while it still fills moves what the next state presses
            if (number - turn) % every(len(LOOKS)):
                continue  # `make test` has each state in one of the looks
            for fault in grave(page):
                found[fault].append(f"{look}: {state}")
        context.close()
    new = {fault: where for fault, where in found.items() if fault not in KNOWN}
    assert not new, "\n".join(f"{rule} at {element}: {where}" for (rule, element), where in new.items())
    mended = set(KNOWN) - set(found)
    assert not mended, f"not found any more, take it out of KNOWN: {mended}"


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_at_the_login(
    page: Page, guarded: tuple[Server, str], theme: Literal["dark", "light"]
) -> None:
    as_the_system_has_it(page.context)
    page.emulate_media(color_scheme=theme)
    page.goto(guarded[0].url)
    page.evaluate(AXE.read_text())
    assert grave(page) == set()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_axe_finds_nothing_in_what_is_told_of_stops(
    page: Page, with_stops: Server, theme: Literal["dark", "light"]
) -> None:
    as_the_system_has_it(page.context)
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    open_map(page, with_stops.url)
    page.evaluate(AXE.read_text())
    page.get_by_text("On the way to a price").click()
    page.locator("#absorption").wait_for()
    assert grave(page) == set()
    page.locator("#tab-what-if").click()
    page.locator("#what-if-price").fill("64000")
    heading = page.locator(".what-if-result [data-stops]")
    for label in ("without stops", "with stops"):
        page.locator("#what-if-stops").set_checked(label == "with stops")
        page.locator("#what-if-price").press("Enter")
        expect(heading).to_have_text(label, timeout=600_000)
    page.locator("#what-if-comparison").wait_for()
    assert grave(page) == set()
