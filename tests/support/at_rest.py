"""When a page has done all it was asked: no request is on its way, no short timer runs, two frames look the same.

The page waits a little before it asks or writes its address (debounces of 700 ms at most), and an answer may come late.
A test that goes on before takes what is still to come for the work of what it does next; one that waits for a while
instead waits too long on a quiet machine and too short on a busy one.
"""

from __future__ import annotations

import time
from weakref import WeakKeyDictionary

from playwright.sync_api import BrowserContext, Page, Request

LONGEST_TIMER_MS = 700
"""What waits longer is no part of an action: polls, words that go away again."""
MOST_LOOKS = 150
"""Two frames or 32 ms each. Something that moves without end (a run that counts) is not waited for."""
LONG_REQUEST_S = 3.0
"""A request that takes longer is a run, such as a simulation, or waits for a busy server: the page rests meanwhile."""

COUNT_TIMERS = """
(() => {
  if (window.shortTimers !== undefined) return;
  const running = new Set();
  window.shortTimers = running;
  const [begin, end] = [window.setTimeout, window.clearTimeout];
  window.setTimeout = (work, ms = 0, ...rest) => {
    const id = begin(typeof work !== "function" ? work : (...given) => {
      running.delete(id);
      work(...given);
    }, ms, ...rest);
    if (ms <= LONGEST) running.add(id);
    return id;
  };
  window.clearTimeout = (id) => { running.delete(id); end(id); };
  window.pauseOf = (ms) => new Promise((done) => begin(done, ms));
})();
""".replace("LONGEST", str(LONGEST_TIMER_MS))

PRINT = """
(own) => {
  const page = document.documentElement.cloneNode(true);
  for (const each of page.querySelectorAll("#standing, #feed-state, #hover, #tooltip, #busy")) each.remove();
  const values = [...document.querySelectorAll("input, select, textarea")]
    .map((field) => field === own && field.form === null ? "" : `${field.value}${field.checked}`);
  const opened = [...document.querySelectorAll("[aria-expanded]")].map((each) => each.getAttribute("aria-expanded"));
  return [page.outerHTML, values.join("|"), opened.join("|"), location.href, JSON.stringify(localStorage)].join("\\n");
}
"""
"""All that a page shows and keeps, but what changes by itself."""

TWO_FRAMES = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

LOOK = """
async (mostLooks) => {
  const print = PRINT;
  const twoFrames = TWO_FRAMES;
  let last = null;
  for (let look = 0; look < mostLooks; look += 1) {
    if (window.shortTimers.size > 0) {  // no need to draw or to print the page before
      last = null;
      await window.pauseOf(32);  // two frames
      continue;
    }
    const now = print(null);
    if (now === last) return;
    last = now;
    await twoFrames();
  }
}
""".replace("TWO_FRAMES", TWO_FRAMES).replace("PRINT", PRINT)

_on_their_way: WeakKeyDictionary[Page, dict[Request, float]] = WeakKeyDictionary()


def watch(context: BrowserContext) -> None:
    """Every page that is opened in it from now on can be waited for."""
    context.add_init_script(COUNT_TIMERS)
    context.on("page", _watch_page)


def _watch_page(page: Page) -> None:
    begun: dict[Request, float] = {}
    _on_their_way[page] = begun

    def begin(request: Request) -> None:
        if request.is_navigation_request():
            begun.clear()
        begun[request] = time.monotonic()

    def end(request: Request) -> None:
        begun.pop(request, None)

    page.on("request", begin)
    page.on("requestfinished", end)
    page.on("requestfailed", end)


def wait_for_rest(page: Page) -> None:
    """Until the page has done all it was asked; its context is watched."""
    begun = _on_their_way[page]
    while True:
        page.evaluate(LOOK, MOST_LOOKS)
        if all(time.monotonic() - since > LONG_REQUEST_S for since in begun.values()):
            return
