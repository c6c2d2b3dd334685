"""Two pictures of one page compared in the browser: the map strictly, the whole page coarsely.

The map is compared pixel by pixel. Text is drawn a little differently by every version of a browser, so the page as a
whole is compared by the mean colours of squares: a word that moved by a pixel passes, one that is gone or another
colour does not.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Page

PIXEL_DISTANCE = 24
"""Of 255, the furthest channel: shades of one edge differ by less, two neighbours of a palette of five by more."""
MAP_SHARE = 0.005
"""Of the map's pixels that may be further off: its own few words and slanted lines."""
SQUARE = 12
"""CSS pixels: about a word's height."""
SQUARE_DISTANCE = 20
SQUARE_SHARE = 0.0015
"""Some thirteen squares of a desk's screen, one of a phone's: a list or a figure that is missing is more."""

COMPARE = """
async ([stored, drawn, box, ratio, pixelDistance, square, squareDistance]) => {
  const pixelsOf = async (text) => {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const pen = new OffscreenCanvas(image.width, image.height).getContext("2d", { willReadFrequently: true });
    pen.drawImage(image, 0, 0);
    return pen.getImageData(0, 0, image.width, image.height);
  };
  const [a, b] = [await pixelsOf(stored), await pixelsOf(drawn)];
  const { width, height } = a;
  const sizes = [[width, height], [b.width, b.height]];
  if (width !== b.width || height !== b.height) return { sizes, mapShare: 1, squareShare: 1, places: [] };
  const [left, top, right, bottom] = box.map((edge) => Math.round(edge * ratio));
  let far = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let at = 4 * (y * width + left); at < 4 * (y * width + right); at += 4) {
      let off = 0;
      for (let part = 0; part < 3; part += 1) off = Math.max(off, Math.abs(a.data[at + part] - b.data[at + part]));
      if (off > pixelDistance) far += 1;
    }
  }
  const side = Math.round(square * ratio);
  const columns = Math.ceil(width / side);
  const rows = Math.ceil(height / side);
  const sums = new Float64Array(3 * columns * rows);
  const counts = new Float64Array(columns * rows);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const place = Math.floor(y / side) * columns + Math.floor(x / side);
      const at = 4 * (y * width + x);
      counts[place] += 1;
      for (let part = 0; part < 3; part += 1) sums[3 * place + part] += a.data[at + part] - b.data[at + part];
    }
  }
  const places = [];
  for (let place = 0; place < counts.length; place += 1) {
    const off = Math.max(...[0, 1, 2].map((part) => Math.abs(sums[3 * place + part]))) / counts[place];
    if (off > squareDistance) places.push([(place % columns) * square, Math.floor(place / columns) * square]);
  }
  const area = Math.max((right - left) * (bottom - top), 1);
  return { sizes, mapShare: far / area, squareShare: places.length / counts.length, places: places.slice(0, 12) };
}
"""


@dataclass(frozen=True)
class Difference:
    """Shares of what is too far off, 0 to 1, and where the first such squares are (CSS pixels)."""

    sizes: tuple[tuple[int, int], tuple[int, int]]
    map_share: float
    square_share: float
    places: tuple[tuple[int, int], ...]

    @property
    def is_small(self) -> bool:
        """The two are the same picture, within the tolerance."""
        return self.sizes[0] == self.sizes[1] and self.map_share <= MAP_SHARE and self.square_share <= SQUARE_SHARE


def compare(page: Page, stored: bytes, drawn: bytes, box: tuple[float, ...], ratio: float) -> Difference:
    """What differs between two PNGs; `box` is left, top, right and bottom of the map in CSS pixels."""
    texts = [base64.b64encode(picture).decode() for picture in (stored, drawn)]
    found: dict[str, Any] = page.evaluate(COMPARE, [*texts, list(box), ratio, PIXEL_DISTANCE, SQUARE, SQUARE_DISTANCE])
    first, second = (tuple(size) for size in found["sizes"])
    places = tuple(tuple(place) for place in found["places"])
    return Difference((first, second), found["mapShare"], found["squareShare"], places)
