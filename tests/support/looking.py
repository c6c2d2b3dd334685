"""What a test sees on the chart's canvases and knows of the page's state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from browsing import PATIENCE_MS
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

# Candles, axes and lines are grey; only the map has colour, and at the right edge the marks of clusters, left out.
COLOURED = """
() => {
  const isColoured = (data, at) => {
    const rgb = [data[at], data[at + 1], data[at + 2]];
    return data[at + 3] > 0 && Math.max(...rgb) - Math.min(...rgb) > 50;
  };
  let count = 0;
  let found = null;
  const edge = 24 * devicePixelRatio;
  for (const canvas of document.querySelectorAll("#chart canvas")) {
    if (canvas.width < 200 || canvas.height < 100) continue;
    const box = canvas.getBoundingClientRect();
    const { data, width, height } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    for (let y = 3; y < height - 3; y += 1) {
      for (let x = 3; x < width - edge; x += 1) {
        const at = 4 * (y * width + x);
        if (!isColoured(data, at)) continue;
        count += 1;
        const isInside = [-1, 1].every((step) =>
          [-2, 0, 2].every((side) => isColoured(data, at + 4 * (step * width + side))));
        // Not under the arrows at the edges.
        if (found === null && isInside && x > width / 4 && y > 60 && y < height - 60) {
          const place = { x: box.left + (x * box.width) / width, y: box.top + (y * box.height) / height };
          if (document.elementFromPoint(place.x, place.y)?.localName === "canvas") found = place;
        }
      }
    }
  }
  return { count, found };
}
"""


UNTIL = """
async (patience) => {
  const end = performance.now() + patience;
  while (!(CONDITION)) {
    if (performance.now() > end) return false;
    await new Promise(requestAnimationFrame);
  }
  return true;
}
"""


def wait_until(page: Page, condition: str) -> None:
    """Until a condition in JavaScript holds, asked at each drawn frame.

    Playwright's `wait_for_function` reads its text anew at each look, and from the second look on the page's content
    policy refuses that: it works only where the condition holds already.
    """
    assert page.evaluate(UNTIL.replace("CONDITION", condition), PATIENCE_MS), f"never came true: {condition}"


def coloured_pixels(page: Page) -> int:
    """Pixels of the map that hold something."""
    return int(page.evaluate(COLOURED)["count"])


def wait_for_colour(page: Page, is_right: Callable[[int], bool]) -> None:
    """Wait until so many pixels of the map hold something: it is painted a moment after its cause."""
    for _ in range(600):
        if is_right(coloured_pixels(page)):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{coloured_pixels(page)} pixels of the map hold something")


def coloured_place(page: Page) -> tuple[float, float]:
    """A point inside a cell that holds something, in page coordinates."""
    found: dict[str, Any] | None = page.evaluate(COLOURED)["found"]
    assert found is not None, "no cell of the map is drawn"
    return found["x"], found["y"]


def point_at_a_cell(page: Page) -> tuple[float, float]:
    """Point at a cell that holds something until the tooltip speaks of it: what loads beside the map may move it."""
    for _ in range(60):
        place = coloured_place(page)
        page.mouse.move(*place)
        try:
            page.locator("#tooltip [data-details=known]").wait_for(timeout=2_000)
            return place
        except PlaywrightTimeout:
            page.mouse.move(0, 0)
    raise AssertionError("the tooltip does not tell of the cell that is pointed at")


def get(page: Page, path: str, **parameters: Any) -> Any:
    """An answer of the API the page is served by."""
    origin = page.url.partition("/#")[0].rstrip("/")
    answer = page.request.get(f"{origin}/api/v1{path}", params=parameters)
    assert answer.ok, answer.text()
    return answer.json()


UNITS = {"k": 1e3, "M": 1e6, "B": 1e9}


def shown_usd(text: str) -> tuple[float, float]:
    """The value of `$12.35M` and half a unit of its last digit."""
    number = text.lstrip("$").replace(",", "")
    unit = UNITS.get(number[-1], 1.0)
    digits = number.rstrip("kMB")
    decimals = len(digits.partition(".")[2])
    return float(digits) * unit, 0.5 * 10.0**-decimals * unit * 1.001
