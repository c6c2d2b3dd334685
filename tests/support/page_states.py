"""The states a reader can take the page to: every tab (found by itself), drawer, dialog, open list."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from browsing import HEAT_READY
from playwright.sync_api import Locator, Page, expect

PUT_AWAY_LAYERS = """
() => { for (const each of document.querySelectorAll("#layer-structure:checked")) each.click(); }
"""
PUT_AWAY_TOOLS = """
() => {
  for (const each of document.querySelectorAll("details[open]")) each.open = false;
  document.getElementById("trade-clear")?.click();
  for (const each of document.querySelectorAll("#tools [aria-pressed=true]")) each.click();
}
"""
TAB = "[role=tablist] [role=tab]"


def open_map(page: Page, url: str, coin: str = "BTC") -> None:
    """The page with the coin's map drawn and its first list filled."""
    page.goto(f"{url}/#{coin}")
    page.wait_for_selector(HEAT_READY.format(coin=coin))
    page.locator("#clusters .cluster").first.wait_for()
    page.locator("#standing .dot").first.wait_for()


def open_tab(page: Page, tab: Locator) -> None:
    """The panel of a tab, loaded and filled: most are loaded when they are first opened."""
    tab.evaluate("tab => tab.click()")
    panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
    expect(panel).to_be_visible()
    expect(panel).not_to_be_empty()
    expect(panel.get_by_text("loading", exact=True)).to_have_count(0)


def open_cluster(page: Page) -> None:
    """The drawer with the positions of the first cluster, and its life."""
    page.locator("#tab-clusters").click()
    page.locator("#clusters .cluster").first.click()
    page.locator("#drawer .position").first.wait_for()
    page.locator("#drawer .cluster-life svg").first.wait_for()


def open_account(page: Page) -> None:
    """The drawer with an account."""
    open_cluster(page)
    page.locator("#drawer .position").first.click()
    page.locator("#drawer .pool").first.wait_for()


def open_accounts(page: Page) -> None:
    """My accounts, with the first account of the first cluster in it."""
    open_account(page)
    follow = page.locator("#follow")
    if follow.get_attribute("aria-pressed") == "false":
        follow.click()
    page.keyboard.press("Escape")
    page.locator("#my-accounts").click()
    page.locator("#followed [type=checkbox]").first.check()
    page.locator("#nearest .near").first.wait_for()


def open_keys(page: Page) -> None:
    """The dialog of keys."""
    page.locator("#help").click()


def open_coins(page: Page) -> None:
    """The list of coins under the search."""
    page.locator("#coin-input").focus()
    page.locator("#coin-list [role=option]").first.wait_for()


def open_badge(page: Page) -> None:
    """The rule of the cascade badge."""
    page.locator("#cascade summary").click()


def open_trade(page: Page) -> None:
    """Entry and stop on the map, and what is said of them; all of its form."""
    page.keyboard.press("e")
    page.locator("#trade-stop").wait_for()
    page.locator(".trade-backing summary").click()
    # What was typed there before stays: an account that is none has no verdict.
    for field in page.locator(".trade-backing input:not([type=checkbox])").all():
        if field.input_value():
            field.fill("")
            field.blur()
    page.locator(".verdict[data-verdict]").wait_for()


def open_layers(page: Page) -> None:
    """The layers of the map, with structure on."""
    page.keyboard.press("y")
    page.locator("#layer-structure").check()
    expect(page.locator("html")).to_have_attribute("data-structure", re.compile("."))


def open_alerts(page: Page) -> None:
    """Rules of alerts and what fired."""
    page.locator("#alerts-open").click()
    page.locator("#alert-new").wait_for()
    page.get_by_role("heading", name="Rules").wait_for()


def open_alert_form(page: Page) -> None:
    """The form of an alert at the mark, all of it."""
    page.keyboard.press("k")
    page.locator("#alert-form").wait_for()
    page.locator(".alert-more summary").click()


OPENED: dict[str, Callable[[Page], None]] = {
    "cluster": open_cluster,
    "account": open_account,
    "my accounts": open_accounts,
    "keys": open_keys,
    "coin list": open_coins,
    "badge": open_badge,
    "entry and stop": open_trade,
    "layers": open_layers,
    "alerts": open_alerts,
    "alert form": open_alert_form,
}


def close_all(page: Page) -> None:
    """Back to where the page began: drawers, dialogs and lists closed, tools of the map put away."""
    page.evaluate(PUT_AWAY_LAYERS)
    page.keyboard.press("Escape")
    page.evaluate("() => document.activeElement?.blur()")
    page.keyboard.press("Escape")
    page.evaluate(PUT_AWAY_TOOLS)
    expect(page.locator("html")).not_to_have_attribute("data-alone", "full")


def states(page: Page) -> dict[str, Callable[[Page], None]]:
    """Every state by name, and how the page, showing a map, is taken there."""
    tabs = page.locator(TAB)
    found: dict[str, Callable[[Page], None]] = {}
    for number in range(tabs.count()):
        found[f"tab {tabs.nth(number).inner_text().strip()}"] = _open_tab(number)
    return found | OPENED


def visit(page: Page) -> Iterator[str]:
    """Take the page from state to state and name each."""
    for name, go in states(page).items():
        go(page)
        yield name
        close_all(page)


def _open_tab(number: int) -> Callable[[Page], None]:
    return lambda page: open_tab(page, page.locator(TAB).nth(number))
