"""What is written on the canvases of a page: the labels of the price axis, which no element holds."""

from __future__ import annotations

from playwright.sync_api import Page

# Texts of a canvas are those of the last frame in which anything was written on it.
RECORD = """
(() => {
  const written = new Map();
  let frame = 0;
  const count = () => { frame += 1; requestAnimationFrame(count); };
  requestAnimationFrame(count);
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...rest) {
    const before = written.get(this.canvas);
    const texts = before?.frame === frame ? before.texts : [];
    texts.push([text, y]);
    written.set(this.canvas, { frame, texts });
    return write.call(this, text, x, y, ...rest);
  };
  window.writtenRightOf = (left) => [...written]
    .filter(([canvas]) => canvas.isConnected && canvas.getBoundingClientRect().left >= left)
    .flatMap(([, { texts }]) => texts);
})();
"""


def record_labels(page: Page) -> None:
    """From now on what is written on canvases is remembered; to be called before a chart is made."""
    page.evaluate(RECORD)


def axis_labels(page: Page, left: float) -> list[str]:
    """The prices on the axis right of `left` CSS pixels, as written, from the lowest place to the highest."""
    rows: list[tuple[str, float]] = page.evaluate("left => writtenRightOf(left)", left)
    prices = [row for row in rows if row[0].strip("0123456789.,") == "" != row[0]]
    return [text for text, _ in sorted(prices, key=lambda row: -row[1])]
