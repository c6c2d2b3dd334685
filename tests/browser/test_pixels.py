"""The texture renderer, pixel by pixel, at three device pixel ratios, against stored pictures of made-up data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from golden_pictures import PICTURES, golden_of
from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def canvas_page(browser: Browser, harness: Path) -> Iterator[Page]:
    page = browser.new_page()
    page.add_script_tag(path=harness)
    yield page
    page.close()


@pytest.mark.parametrize("name", list(PICTURES))
def test_renderer_draws_the_stored_picture(canvas_page: Page, name: str) -> None:
    difference = canvas_page.evaluate(
        "([picture, golden]) => liqscapeHarness.compare(picture, golden)", [PICTURES[name], golden_of(name)]
    )
    assert difference["sizeMatches"]
    # Anti-aliased hatch lines may differ by a shade between versions of the browser; cells may not.
    assert difference["different"] <= difference["pixels"] * 0.002, difference


def test_the_worker_paints_what_the_page_would(canvas_page: Page, harness: Path) -> None:
    script = harness.with_name("heat_worker.js").read_text()
    for name in PICTURES:
        difference = canvas_page.evaluate(
            "([picture, golden, script]) => liqscapeHarness.compare(picture, golden, script)",
            [PICTURES[name], golden_of(name), script],
        )
        assert difference["different"] <= difference["pixels"] * 0.002, (name, difference)


def test_another_threshold_is_another_picture(canvas_page: Page) -> None:
    name = next(iter(PICTURES))
    difference = canvas_page.evaluate(
        "([picture, golden]) => liqscapeHarness.compare(picture, golden)",
        [{**PICTURES[name], "threshold": 500_000}, golden_of(name)],
    )
    assert difference["different"] > difference["pixels"] * 0.05
