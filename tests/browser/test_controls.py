"""Every control on the page, found by a walk: it has a name, Tab reaches it, mouse, Enter and a finger work it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from typing import Any

import pytest
from at_rest import wait_for_rest, watch
from browsing import HEAT_READY, PATIENCE_MS, Server
from control_walk import Control, Trier, controls, focused
from page_states import close_all, open_map, states
from playwright.sync_api import Browser, Page

NOW_S = 1_770_012_000
COIN = "BTC"
MAX_WAYS_BACK = 5

FAULTS = {
    "mouse": ("no name", "no Tab", "nothing by mouse"),
    "key": ("no name", "no Tab", "nothing by key"),
    "touch": ("no name", "no Tab", "nothing by touch", "small"),
}
KNOWN: dict[str, dict[str, str]] = {
    "small": {
        "#panel-coins button.beside": "a sign in a row of the table",
        "#profile": "a sliver of 22 px beside the map, as high as it; the map keeps the width",
        "#standing-more": "a word in a line",
        "button.long": "levels far away, at the edge of the map",
        "button.short": "levels far away, at the edge of the map",
    },
}
"""What fails now: fault, control, why. Each really fails; take out what is mended."""


@contextmanager
def opened(browser: Browser, server: Server, **options: Any) -> Iterator[Page]:
    """A page that shows a map, its clock standing still."""
    context = browser.new_context(reduced_motion="reduce", **options)
    context.set_default_timeout(PATIENCE_MS)
    context.clock.set_fixed_time(NOW_S)
    watch(context)
    page = context.new_page()
    open_map(page, server.url, COIN)
    yield page
    context.close()


def back(page: Page, link: str) -> None:
    """Nothing open, and the map of the link."""
    close_all(page)
    # What a control began may end after the link was followed, and take the page away again.
    for _ in range(MAX_WAYS_BACK):
        if page.evaluate("location.hash") == link:
            break
        wait_for_rest(page)
        page.evaluate("link => { location.hash = link; }", link)
        page.wait_for_selector(HEAT_READY.format(coin=COIN))
        wait_for_rest(page)


Choice = Callable[[Control], str | None]
"""The way by which a control is tried; None: not at all."""


def walk(page: Page, choose: Choice, *, is_touch: bool) -> tuple[set[tuple[str, str]], set[str]]:
    """Faults (what, control) of every control in every state, each tried once at most; and all that were met."""
    faults: set[tuple[str, str]] = set()
    met: dict[str, Control] = {}
    trier = Trier(page)
    link = page.evaluate("location.hash")
    for go in states(page).values():
        go(page)
        seen = controls(page, is_touch=is_touch)
        faults |= {("small", each.group) for each in seen if not each.is_large}
        new = {each.key: each for each in seen if each.key not in met}
        met |= new
        for control in new.values():
            if not control.is_named:
                faults.add(("no name", control.key))
            if not control.is_tabbed:
                faults.add(("no Tab", control.key))
            way = choose(control) if control.is_tried else None
            if way is None:
                continue
            if not trier.does_something(control, way):
                faults.add((f"nothing by {way}", control.key))
            back(page, link)
            go(page)
        back(page, link)
    return faults, set(met)


def always(way: str) -> Choice:
    """Every control by the same way, but an option, which is chosen by keys in its combobox."""
    return lambda control: None if way == "key" and control.role == "option" else way


class Turns:
    """One control of each group, by ways that take turns; None among the ways leaves its turn out."""

    def __init__(self, *ways: str | None) -> None:
        self.met: set[str] = set()
        self._ways = cycle(ways)

    def __call__(self, control: Control) -> str | None:
        if control.group in self.met:
            return None
        self.met.add(control.group)
        way = next(self._ways)
        return "mouse" if way == "key" and control.role == "option" else way


WIDE = {"viewport": {"width": 1280, "height": 800}}
NARROW = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
WAYS: dict[str, dict[str, Any]] = {"mouse": WIDE, "key": WIDE, "touch": NARROW}


def check(faults: set[tuple[str, str]], met: set[str], *ways: str) -> None:
    """What fails is what is known to, and the walk went everywhere."""
    assert {"#theme", "#help", "#ranges button[1h]", "#clusters button.cluster"} <= met, "the walk misses controls"
    looked_for = {fault for way in ways for fault in FAULTS[way]}
    expected = {(fault, control) for fault, controls in KNOWN.items() for control in controls if fault in looked_for}
    assert faults == expected, f"new: {sorted(faults - expected)}; mended, take it out: {sorted(expected - faults)}"


@pytest.mark.truth
@pytest.mark.parametrize("way", list(WAYS))
def test_every_control_has_a_name_and_does_something(browser: Browser, server: Server, way: str) -> None:
    with opened(browser, server, **WAYS[way]) as page:
        faults, met = walk(page, always(way), is_touch=way == "touch")
    check(faults, met, way)


def test_every_control_has_a_name_and_one_of_each_group_does_something(browser: Browser, server: Server) -> None:
    """As above with fewer tries: mouse and Enter take turns, then a finger tries what they did not meet and a third."""
    pointed = Turns("mouse", "key")
    with opened(browser, server, **WIDE) as page:
        faults, met = walk(page, pointed, is_touch=False)
    check(faults, met, "mouse", "key")
    rest, third = Turns("touch"), Turns("touch", None, None)
    with opened(browser, server, **NARROW) as page:
        faults, met = walk(page, lambda each: (third if each.group in pointed.met else rest)(each), is_touch=True)
    check(faults, met, "touch")


def test_tab_goes_through_all_that_it_should_reach(browser: Browser, server: Server) -> None:
    """The real key, from the top of the page to its end."""
    with opened(browser, server, **WIDE) as page:
        wanted = [each.key for each in controls(page) if each.role != "tab"]
        reached: list[str] = []
        for _ in range(2 * len(wanted)):
            page.keyboard.press("Tab")
            key = focused(page)
            if key is None:
                break
            reached.append(key)
        close_all(page)
        missed = set(wanted) - set(reached)
    assert not missed
    assert "#tab-clusters" in reached


BAD = """
() => {
  const button = document.createElement("button");
  button.id = "bad";
  button.tabIndex = -1;
  button.textContent = "◐";
  button.style.cssText = "min-width: 0; min-height: 0; width: 20px; height: 20px; padding: 0";
  document.querySelector("header").append(button);
}
"""


def test_the_walk_finds_what_is_wrong_with_a_control(browser: Browser, server: Server) -> None:
    with opened(browser, server, **NARROW) as page:
        page.evaluate(BAD)
        bad = next(each for each in controls(page, is_touch=True) if each.key == "#bad")
        assert (bad.is_named, bad.is_tabbed, bad.is_large) == (False, False, False)
        wait_for_rest(page)
        tries = [Trier(page, soon_ms=500).does_something(bad, way) for way in ("mouse", "key", "touch")]
    assert tries == [False, False, False]
