"""The painter of the map with a worker, with one that does not start, without one, and without OffscreenCanvas."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from golden_pictures import PICTURES, golden_of
from playwright.sync_api import Browser, Page

PAINTING = "script => liqscapeHarness.painting(script)"


@pytest.fixture(scope="module")
def canvas_page(browser: Browser, harness: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(path=harness)
    yield page
    page.close()


@pytest.fixture(scope="module")
def worker(harness: Path) -> str:
    """Text of the worker's script."""
    return harness.with_name("heat_worker.js").read_text()


def check(result: dict[str, Any]) -> None:
    """What holds of every painter."""
    assert result["painted"] == [True, False, True], "the first runs, the newest is next, what lies between is left out"
    assert result["isSame"]
    assert result["isPaintedLate"]
    assert "not" in result["refusal"]
    assert "RangeError" not in result["refusal"]


def test_newest_request_wins_and_answers_come_back_whole(canvas_page: Page, worker: str) -> None:
    result = canvas_page.evaluate(PAINTING, worker)
    assert result["isOffThread"]
    check(result)


def test_page_paints_itself_without_a_worker(canvas_page: Page) -> None:
    result = canvas_page.evaluate(PAINTING, None)
    assert not result["isOffThread"]
    check(result)


def test_page_paints_itself_where_the_worker_does_not_start(canvas_page: Page) -> None:
    result = canvas_page.evaluate(PAINTING, "this is no script")
    assert not result["isOffThread"]
    check(result)


def test_worker_without_offscreen_canvas_hands_over_the_same_pixels(canvas_page: Page, worker: str) -> None:
    name = next(iter(PICTURES))
    difference = canvas_page.evaluate(
        "([picture, golden, script]) => liqscapeHarness.compare(picture, golden, script)",
        [PICTURES[name], golden_of(name), "self.OffscreenCanvas = undefined;" + worker],
    )
    assert difference["different"] <= difference["pixels"] * 0.002, difference
