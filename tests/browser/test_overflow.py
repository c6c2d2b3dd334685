"""From 360 to 3,840 pixels and in every tab nothing is wider than the screen, and no control stands outside it."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from amounts import every
from browsing import Server
from page_states import TAB, open_map, open_tab
from playwright.sync_api import Page

WIDTHS = (360, 390, 430, 560, 740, 899, 901, 1024, 1180, 1280, 1366, 1440, 1920, 2560, 3840)
HEIGHT = 900
OUTSIDE = """
() => {
  const width = document.documentElement.clientWidth;
  const found = new Set();
  if (document.documentElement.scrollWidth > width) found.add("page");
  const isCut = (element) => {
    for (let box = element.parentElement; box !== null && box !== document.body; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== "visible") return true;
    }
    return false;
  };
  // What scrolls sideways shows it by its bar.
  const isInScrolled = (element) => {
    for (let box = element.parentElement; box !== null && box !== document.body; box = box.parentElement) {
      const { overflowX, scrollbarWidth } = getComputedStyle(box);
      if (["auto", "scroll"].includes(overflowX) && scrollbarWidth !== "none") return true;
    }
    return false;
  };
  const controls = "button, a[href], input, select, summary, [role=tab]";
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || element.matches(".unseen, canvas, dialog, dialog *")) continue;
    const { left, right, width: wide } = element.getBoundingClientRect();
    if (wide === 0 || (left >= -1 && right <= width + 1)) continue;
    // What is cut inside a box may go on beyond it; a control may only where the box shows that it scrolls.
    if (element.matches(controls) ? isInScrolled(element) : isCut(element)) continue;
    found.add(element.id === "" ? `${element.localName}.${element.className}` : `#${element.id}`);
  }
  return [...found];
}
"""


@pytest.fixture
def page_options() -> dict[str, Any]:
    return {"viewport": {"width": WIDTHS[0], "height": HEIGHT}, "reduced_motion": "reduce"}


@pytest.mark.property
def test_nothing_stands_outside_the_screen(page: Page, server: Server) -> None:
    open_map(page, server.url)
    outside: dict[str, list[str]] = defaultdict(list)
    tabs = page.locator(TAB)
    for width in WIDTHS[:: every(7)]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for number in range(tabs.count()):
            open_tab(page, tabs.nth(number))
            for name in page.evaluate(OUTSIDE):
                outside[name].append(f"{width} in tab {number}")
    assert not outside, "\n".join(f"{name}: {where}" for name, where in outside.items())


def test_all_tabs_stand_on_one_line_of_a_desk(page: Page, server: Server) -> None:
    open_map(page, server.url)
    for width in (1440, 1920, 2560, 3840):
        page.set_viewport_size({"width": width, "height": HEIGHT})
        tops = page.locator(TAB).evaluate_all("tabs => tabs.map((tab) => tab.offsetTop)")
        assert len(tops) == 9
        assert len(set(tops)) == 1, width
