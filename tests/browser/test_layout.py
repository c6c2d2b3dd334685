"""No text, however long, makes the page wider than the screen, in any panel, from a phone to a very large screen."""

from __future__ import annotations

import json
import zlib
from typing import Any

import pytest
from amounts import every
from at_rest import wait_for_rest
from browsing import HEAT_READY, Server
from page_states import open_tab
from playwright.sync_api import Page, Route

from liqscape.web.access import SESSION_COOKIE, Access

WIDTHS = (360, 480, 600, 820, 901, 1180, 1440, 2400, 3840)
HEIGHT = 900
PANELS = ("clusters", "coins", "liquidations", "what-if", "stop", "setups", "score", "sources", "limits")
WORDS = "a note of many words that goes on and on " * 12
ONE_WORD = "averylongwordwithoutanyplacetobreak" * 8
TEXTS = ("note", "name", "kind_reason", "trouble", "detail", "address_note", "not_stored_reason")
WIDE = """
() => {
  const width = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > width) found.push(`page ${document.documentElement.scrollWidth}`);
  for (const box of document.querySelectorAll("body > *, .panel, .drawer, .drawer-body, .legend, .headline, .plot")) {
    const { left, right } = box.getBoundingClientRect();
    if (box.hidden || right === left || box.matches("dialog, .unseen")) continue;
    if (right > width + 1 || left < -1) found.push(`${box.id || box.className} ends at ${right}`);
    if (box.scrollWidth > box.clientWidth + 1) found.push(`${box.id || box.className} holds ${box.scrollWidth}`);
  }
  return found;
}
"""


def stretched(value: Any, text: str) -> Any:
    """The answer with its free texts replaced."""
    if isinstance(value, list):
        return [stretched(part, text) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        key: text if key in TEXTS and isinstance(part, str) else stretched(part, text) for key, part in value.items()
    }


@pytest.fixture
def page_options() -> dict[str, Any]:
    return {"viewport": {"width": WIDTHS[0], "height": HEIGHT}}


@pytest.mark.property
@pytest.mark.parametrize("text", [WORDS, ONE_WORD], ids=["words", "one word"])
def test_no_text_makes_the_page_wider_than_the_screen(page: Page, guarded: tuple[Server, str], text: str) -> None:
    server, token = guarded
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": Access(token).new_session(), "url": server.url}])

    def stretch(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=json.dumps(stretched(answer.json(), text)))

    def stretch_stream(socket: Any) -> None:
        there = socket.connect_to_server()

        def pass_on(content: str | bytes) -> None:
            message = json.loads(content if isinstance(content, str) else zlib.decompress(content))
            socket.send(json.dumps(stretched(message, text)))

        there.on_message(pass_on)

    for part in ("status", "coins", "sources", "liquidations*", "accounts/*"):
        page.route(f"**/api/v1/{part}", stretch)
    page.route_web_socket("**/api/v1/stream*", stretch_stream)
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    wide = []
    for width in WIDTHS[:: every(4)]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        for panel in PANELS:
            open_tab(page, page.locator(f"#tab-{panel}"))
            wide += [f"{width} {panel}: {found}" for found in page.evaluate(WIDE)]
        page.locator("#tab-clusters").click()
        page.locator("#clusters .cluster").first.click()
        page.locator("#drawer .position").first.wait_for()
        wait_for_rest(page)  # what comes above the positions moves them: a press that ends beside them is no click
        page.locator("#drawer .position").first.click()
        page.locator("#drawer .pool").first.wait_for()
        wide += [f"{width} account: {found}" for found in page.evaluate(WIDE)]
        page.keyboard.press("Escape")
        page.evaluate(
            "text => { const box = document.getElementById('notice'); box.hidden = false; box.textContent = text; }",
            text,
        )
        wide += [f"{width} notice: {found}" for found in page.evaluate(WIDE)]
    assert not wide, "\n".join(wide[:40])
