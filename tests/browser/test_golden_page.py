"""The whole page in twelve states against stored pictures: sizes, themes, views, panels."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from browsing import Server, serving
from compare_pictures import compare
from page_pictures import FOLDER, FONT, PICTURES, draw, has_font, new_context, shot_of
from playwright.sync_api import Browser, Page

NAMES = list(PICTURES)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that nobody pushes: every picture is of the same frame."""
    with serving(tmp_path_factory.mktemp("still")) as server:
        yield server


@pytest.fixture(scope="module")
def comparer(browser: Browser) -> Iterator[Page]:
    """An empty page to compare pictures in."""
    page = browser.new_page()
    if not has_font(page):
        pytest.skip(f"the stored pictures are drawn with the font {FONT}: apt-get install fonts-dejavu-core")
    yield page
    page.close()


@pytest.mark.parametrize("name", NAMES)
def test_page_looks_like_the_stored_picture(
    browser: Browser, still: Server, comparer: Page, name: str, tmp_path: Path
) -> None:
    picture = PICTURES[name]
    context = new_context(browser, picture)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    shot, box = draw(page, still.url, picture)
    context.close()
    (tmp_path / f"{name}.png").write_bytes(shot)
    difference = compare(comparer, (FOLDER / f"{name}.png").read_bytes(), shot, box, picture.ratio)
    assert difference.is_small, f"{difference}; drawn now: {tmp_path / name}.png"
    assert complaints == []


def test_another_theme_side_or_panel_is_another_picture(comparer: Page) -> None:
    """The tolerance lets no wrong picture pass: those of one size that differ in one thing are told apart."""
    stored = {name: (FOLDER / f"{name}.png").read_bytes() for name in ("desk_dark", "desk_split_what_if")}
    other = compare(comparer, stored["desk_dark"], stored["desk_split_what_if"], (0, 0, 1440, 900), 1)
    assert other.sizes[0] == other.sizes[1]
    assert not other.is_small
    assert other.map_share > 0.5


RESTYLE = """
style => {
  window.changed ??= new CSSStyleSheet();
  window.changed.replaceSync(style);
  if (!document.adoptedStyleSheets.includes(window.changed)) {
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, window.changed];
  }
}
"""
CHANGES = {
    "nothing": ("", True),
    "words half a pixel on": ("#headline-sums { position: relative; left: 0.5px }", True),
    "missing figures": ("#headline-mark, #headline-sums { visibility: hidden }", False),
    "a missing group of buttons": ("#modes { visibility: hidden }", False),
    "a missing list": ("#clusters { visibility: hidden }", False),
    "a paler map": ("#chart canvas { opacity: 0.85 }", False),
    "a map one pixel lower": ("#chart { position: relative; top: 1px }", False),
}


def test_what_the_tolerance_lets_pass(browser: Browser, still: Server, comparer: Page) -> None:
    picture = PICTURES["desk_dark"]
    context = new_context(browser, picture)
    page = context.new_page()
    _, box = draw(page, still.url, picture)
    stored = (FOLDER / "desk_dark.png").read_bytes()
    for change, (style, is_same) in CHANGES.items():
        page.evaluate(RESTYLE, style)
        difference = compare(comparer, stored, shot_of(page), box, picture.ratio)
        assert difference.is_small == is_same, f"{change}: {difference}"
    context.close()
