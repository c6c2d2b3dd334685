"""The map as an image: a file with the pixels of the map on screen, of a size and a name that follow from it."""

from __future__ import annotations

import base64
import re
import struct
from pathlib import Path

from playwright.sync_api import Page, expect

FIND_MAP = """
async ([image, screen, head]) => {
  const pixelsOf = async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await pixelsOf(image), await pixelsOf(screen)];
  const colours = new Set(new Uint32Array(a.data.buffer)).size;
  let best = 0;
  for (let shift = 0; shift <= head; shift += 1) {
    let [same, count] = [0, 0];
    for (let y = 2; y < b.height - 2; y += 3) {
      for (let x = 2; x < b.width - 2; x += 3) {
        const [from, to] = [4 * ((y + shift) * a.width + x), 4 * (y * b.width + x)];
        const off = Math.max(...[0, 1, 2].map((part) => Math.abs(a.data[from + part] - b.data[to + part])));
        count += 1;
        if (off <= 24) same += 1;
      }
    }
    best = Math.max(best, same / count);
  }
  return { colours, best };
}
"""
"""Colours of the image, and the share of the screen's pixels that it holds at the height where most agree."""


def test_saved_image_is_the_map_on_screen_with_words_around_it(opened: Page, tmp_path: Path) -> None:
    with opened.expect_download() as saving:
        opened.keyboard.press("i")
    assert re.fullmatch(r"liqscape-BTC-\d{4}-\d\d-\d\dT\d{4}Z\.png", saving.value.suggested_filename)
    path = tmp_path / "map.png"
    saving.value.save_as(path)
    image = path.read_bytes()
    assert image.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", image[16:24])
    chart, profile = (opened.locator(name).bounding_box() for name in ("#chart", "#profile"))
    assert chart is not None
    assert profile is not None
    # The chart is whole pixels wide, an even number of them.
    assert abs(width - (chart["x"] + chart["width"] - profile["x"])) <= 3
    assert chart["height"] + 60 < height < chart["height"] + 200
    clip = {**chart, "x": profile["x"], "width": chart["x"] + chart["width"] - profile["x"]}
    screen = opened.screenshot(clip=clip)
    texts = [base64.b64encode(picture).decode() for picture in (image, screen)]
    found = opened.evaluate(FIND_MAP, [*texts, int(height - chart["height"])])
    assert found["colours"] > 50
    # The rest is what the page lays over the chart: words, and arrows to far clusters.
    assert found["best"] > 0.9
    expect(opened.locator("#share-said")).to_have_text("image saved")


def test_copying_says_that_it_is_done_or_why_not(opened: Page) -> None:
    opened.locator("#share-copy").click()
    expect(opened.locator("#share-said")).to_have_text(
        re.compile("image copied|did not allow it: save it instead|copies no image here")
    )


def test_copied_image_is_on_the_clipboard(opened: Page) -> None:
    opened.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened.locator("#share-copy").click()
    expect(opened.locator("#share-said")).to_have_text("image copied")
    types = opened.evaluate("async () => (await navigator.clipboard.read()).flatMap((item) => item.types)")
    assert types == ["image/png"]
