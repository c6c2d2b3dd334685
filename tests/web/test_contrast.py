"""Words and signs of the page stand out from what is behind them (WCAG 2.1, AA), in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "frontend" / "src"
WORDS, SIGNS = 4.5, 3.0
"""Least contrast of text and of what is drawn (WCAG 2.1, 1.4.3 and 1.4.11)."""
GROUNDS = ("ground", "panel", "raised")

Colour = tuple[float, ...]


def colour(text: str) -> Colour:
    return tuple(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))


def mixed(above: Colour, share: float, below: Colour) -> Colour:
    """color-mix in sRGB with transparent, over a ground."""
    return tuple(share * a + (1 - share) * b for a, b in zip(above, below, strict=True))


def luminance(shown: Colour) -> float:
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in shown)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def css_colours(theme: str) -> dict[str, Colour]:
    """The variables of base.css as a theme has them."""
    text = (SOURCE / "styles" / "base.css").read_text()
    start = text.index(":root {" if theme == "dark" else f':root[data-theme="{theme}"] {{')
    block = text[start : text.index("}", start)]
    return {name: colour(value) for name, value in re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)}


def canvas_colours(theme: str) -> dict[str, Colour]:
    """What themes.ts draws on canvases with."""
    text = (SOURCE / "chart" / "themes.ts").read_text()
    start = text.index(f"  {theme}: {{")
    block = text[start : text.index("}", start)]
    return {name: colour(value) for name, value in re.findall(r'(\w+): "(#[0-9a-f]{6})"', block)}


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(colour("#000000"), colour("#ffffff")) == pytest.approx(21.0)
    assert contrast(colour("#777777"), colour("#ffffff")) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("word", ["text", "muted", "accent", "long", "short", "warn"])
def test_words_stand_out_from_every_ground(theme: str, word: str) -> None:
    colours = css_colours(theme)
    measured = {ground: contrast(colours[word], colours[ground]) for ground in GROUNDS}
    assert min(measured.values()) >= WORDS, measured


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_words_stand_out_from_tinted_grounds(theme: str) -> None:
    colours = css_colours(theme)
    stale = mixed(colours["warn"], 0.16, colours["ground"])
    chosen = mixed(colours["accent"], 0.22, colours["raised"])
    measured = {f"{word} on stale": contrast(colours[word], stale) for word in ("text", "muted", "warn", "accent")}
    measured["text on the marked option"] = contrast(colours["text"], chosen)
    measured["on-warn"] = contrast(colours["on-warn"], colours["warn"])
    assert min(measured.values()) >= WORDS, measured


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_is_drawn_stands_out_from_the_canvas(theme: str) -> None:
    colours = canvas_colours(theme)
    ground = colours["background"]
    assert contrast(colours["text"], ground) >= WORDS
    for sign in ("crosshair", "candleLine", "mark", "long", "short"):
        assert contrast(colours[sign], ground) >= SIGNS, sign


def test_canvas_and_page_have_one_ground() -> None:
    for theme in ("dark", "light"):
        assert canvas_colours(theme)["background"] == css_colours(theme)["ground"]
