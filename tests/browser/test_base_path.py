"""The page behind the proxy example: under a path of its own and over TLS, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from behind_nginx import Proxy, behind_nginx
from browsing import HEAT_READY, Server
from playwright.sync_api import Page, expect


@pytest.fixture
def page_options() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark", "ignore_https_errors": True}


@pytest.fixture
def proxied(guarded: tuple[Server, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Asked for before the page, so that it ends after it: a page whose stream breaks complains."""
    port = urlsplit(guarded[0].url).port
    assert port is not None
    with behind_nginx(tmp_path_factory.mktemp("nginx"), port) as proxy:
        yield proxy


def test_page_its_login_and_its_stream_work_under_a_path(
    guarded: tuple[Server, str], proxied: Proxy, page: Page
) -> None:
    server, token = guarded
    page.goto(proxied.url)
    assert page.url == f"{proxied.url}login"
    expect(page.locator("#token")).to_be_focused()
    page.keyboard.type(token)
    page.keyboard.press("Enter")
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    assert page.url == f"{proxied.url}#BTC"
    expect(page.locator("#standing .dot")).to_contain_text("LIVE")
    session = page.context.cookies()[0]
    assert (session["path"], session["secure"], session["httpOnly"]) == ("/map", True, True)
    before = page.locator("html").get_attribute("data-heat")
    assert before is not None
    server.push()
    expect(page.locator("html")).not_to_have_attribute("data-heat", before)
    page.reload()
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
