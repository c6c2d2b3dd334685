"""The guide "how to read this map" and the words that open their meaning, by keys alone and on a phone."""

from __future__ import annotations

from typing import Any

import pytest
from amounts import first_of
from browsing import HEAT_READY
from playwright.sync_api import Page, expect

OVERLAP = """() => {
  const [card, map] = ["#guide", "#chart"].map((each) => document.querySelector(each).getBoundingClientRect());
  const across = Math.max(Math.min(card.right, map.right) - Math.max(card.left, map.left), 0);
  const down = Math.max(Math.min(card.bottom, map.bottom) - Math.max(card.top, map.top), 0);
  return across * down / (map.width * map.height);
}"""


@pytest.fixture(params=first_of([(360, 740), (1280, 800)]), ids=["phone", "desk"])
def page_options(request: pytest.FixtureRequest) -> dict[str, Any]:
    width, height = request.param
    return {"viewport": {"width": width, "height": height}, "color_scheme": "dark"}


def test_five_steps_by_keys_point_at_the_page_and_closing_is_remembered(
    opened: Page, page_options: dict[str, Any]
) -> None:
    invitation = opened.locator("#guide-open")
    expect(invitation).to_have_text("How to read this map")
    invitation.focus()
    opened.keyboard.press("Enter")
    card = opened.locator("#guide")
    titles: list[str] = []
    for number in range(1, 6):
        expect(card).to_contain_text(f"{number} of 5")
        expect(card).to_be_focused()
        expect(card).to_be_in_viewport()
        expect(opened.locator(".guide-frame")).to_be_visible()
        assert opened.evaluate(OVERLAP) < 0.7, "the map is covered"
        titles.append(card.locator("h2").inner_text())
        opened.keyboard.press("ArrowRight")
    assert len(set(titles)) == 5
    assert opened.evaluate("document.documentElement.scrollWidth") <= page_options["viewport"]["width"]
    opened.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(invitation).to_be_focused()
    opened.reload()
    opened.wait_for_selector(HEAT_READY.format(coin="BTC"))
    expect(invitation).to_have_text("Guide")
    opened.keyboard.press("g")
    expect(card).to_contain_text("1 of 5")


def test_a_word_opens_its_meaning_and_gives_the_focus_back(opened: Page, page_options: dict[str, Any]) -> None:
    opened.locator("#standing-more").focus()
    opened.keyboard.press("Enter")
    word = opened.locator("#standing-rest .term").first
    word.focus()
    opened.keyboard.press("Enter")
    meaning = opened.get_by_role("dialog", name="part of the market known")
    expect(meaning).to_be_focused()
    expect(meaning).to_have_accessible_description(
        "The part of the open interest whose accounts this map has read. "
        "Levels of the rest exist, but nobody sees them here."
    )
    box = meaning.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page_options["viewport"]["width"]
    opened.keyboard.press("Escape")
    expect(meaning).to_have_count(0)
    expect(word).to_be_focused()
    word.click()
    expect(meaning).to_be_visible()
    opened.mouse.click(1, 1)
    expect(meaning).to_have_count(0)


@pytest.mark.parametrize("page_options", [{"viewport": {"width": 1440, "height": 900}}])
@pytest.mark.usefixtures("page_options")
def test_the_standing_line_is_one_line_until_more_is_asked(opened: Page) -> None:
    standing = opened.locator("#standing")
    height = standing.evaluate("each => each.offsetHeight")
    assert height < 2 * standing.evaluate("each => parseFloat(getComputedStyle(each).lineHeight) || 20")
    for part in (".simulated", ".dot"):
        expect(standing.locator(part)).to_be_visible()
    opened.locator("#standing-more").click()
    expect(opened.locator("#standing-rest")).to_contain_text("account balances behind the levels")
    assert standing.evaluate("each => each.offsetHeight") > height
