"""One server over a small made-up market, one Chromium, and a page that must not complain."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from at_rest import wait_for_rest, watch
from browsing import (
    CHROMIUM_OPTIONS,
    FRONTEND,
    HEAT_READY,
    PATIENCE_MS,
    Server,
    as_the_system_has_it,
    find_chromium,
    serving,
)
from playwright.sync_api import Browser, Page, expect, sync_playwright

expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("history")) as server:
        yield server


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, str]]:
    """A server that asks for a token and tells of live sources, and the token."""
    token = "correct-horse-battery-staple"
    with serving(tmp_path_factory.mktemp("guarded"), "--token", token) as server:
        yield server, token


@pytest.fixture(scope="module")
def year_long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A map whose history began a year ago."""
    with serving(tmp_path_factory.mktemp("year"), "--year") as server:
        yield server


@pytest.fixture(scope="module")
def with_stops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A map that knows stops and take-profits of two accounts in three."""
    with serving(tmp_path_factory.mktemp("stops"), "--stops") as server:
        yield server


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One Chromium for this folder: its event loop runs on in the thread, which tests elsewhere may not meet."""
    found = find_chromium()
    if found is None:
        pytest.fail("no Chromium found: apt-get install chromium, or name one with CHROMIUM=/path/to/chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_OPTIONS))
        yield browser
        browser.close()


@pytest.fixture
def page_options() -> dict[str, Any]:
    """Options of the browser context; a test module or a mark may override the fixture."""
    return {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"}


@pytest.fixture
def page(browser: Browser, page_options: dict[str, Any]) -> Iterator[Page]:
    """A fresh page; any console error, refused content or uncaught exception fails the test at its end."""
    complaints: list[str] = []
    context = browser.new_context(**page_options)
    context.set_default_timeout(PATIENCE_MS)
    if page_options.get("color_scheme") == "light":
        as_the_system_has_it(context)
    watch(context)
    page = context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


@pytest.fixture
def opened(page: Page, server: Server) -> Page:
    """The page with the first coin's map drawn, and what stands around it."""
    page.goto(server.url)
    page.wait_for_selector(HEAT_READY.format(coin="BTC"))
    page.locator("#clusters .cluster").first.wait_for()
    wait_for_rest(page)
    return page


@pytest.fixture(scope="session")
def harness() -> Path:
    """The drawing harness, built from the page's own sources."""
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules").is_dir():
        pytest.fail("the drawing harness needs Node 20 and the packages of frontend/: run `make page` first")
    subprocess.run([node, "build.mjs", "--harness"], cwd=FRONTEND, check=True)
    return FRONTEND / "dist" / "harness.js"
