"""A server with a token, in a real browser: the way in, and the map and its stream behind it."""

from __future__ import annotations

from browsing import HEAT_READY, Server
from playwright.sync_api import Page, expect


def test_token_is_asked_once_and_opens_the_map_and_its_stream(page: Page, guarded: tuple[Server, str]) -> None:
    server, token = guarded
    page.goto(server.url)
    assert page.url == f"{server.url}/login"
    assert page.evaluate("getComputedStyle(document.querySelector('form')).display") == "grid"
    expect(page.locator("#token")).to_be_focused()
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    assert page.url == f"{server.url}/#BTC"
    expect(page.locator("#standing .dot")).to_contain_text("LIVE")
    session = page.context.cookies()[0]
    assert (session["httpOnly"], session["sameSite"], token in session["value"]) == (True, "Strict", False)
    assert page.evaluate("document.cookie") == ""
    page.reload()
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
