"""How soon and how smoothly the page shows a map, this page and another built one in turns.

    python benchmarks/page_speed.py --data FOLDER [--before PATH/TO/STATIC] [--coins BTC,ETH] [--rounds 3] [--json]

Serves a stored map (a folder that a demo kept, read only) once with each page, by the same server code, and goes
through both in turns in Chromium at 1,440 x 900 px: until the first heat, another coin, another range; a pan by one
screen back in time, in 40 steps. Run alone; it writes nothing.

--data    folder of a map with some days of history.
--before  folder of another build's page (its src/liqscape/web/static); without it only this one is measured.

First heat and another coin are there when `data-heat` of the page names the coin and a third of the map's columns has
colour; another range when the map's picture has changed and then stands still. A blank column is one of the left 85 %
of the map (the rest may be the future) without a coloured pixel in a frame of the pan: the map has data there. Script
is that of the main thread by the browser's own count, over the frames of a pan in which nothing is looked at; a task of
less than 50 ms counts as none. Every layer that has a switch (`data-layer`) is on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from page_draw import chromium

STATIC = Path(__file__).resolve().parent.parent / "src" / "liqscape" / "web" / "static"
OPTIONS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
SIZE = {"width": 1440, "height": 900}
PATIENCE_MS = 60_000
STILL_MS = 1_200
STEPS = 40
SERVE = """
import sys
from pathlib import Path
from liqscape.web.routes import page

static = Path(sys.argv[1])

class Package:
    def __truediv__(self, _):
        return static

page.files = lambda _: Package()
from liqscape.cli.main import main
sys.argv = ["liqscape", "serve", "--data", sys.argv[2], "--read-only", "--port", "0"]
sys.exit(main())
"""
LOOK = """
() => {
  const small = new OffscreenCanvas(1, 1);
  const pen = small.getContext("2d", { willReadFrequently: true });
  // A smaller copy: colour anywhere in a column of the map is seen in one of the copy's.
  window.look = (columns = 240, rows = 120) => {
    const canvases = [...document.querySelectorAll("#chart canvas")].filter((canvas) => canvas.width > 300);
    small.width = columns;
    small.height = rows;
    for (const canvas of canvases.filter((each) => each.height > 200)) pen.drawImage(canvas, 0, 0, columns, rows);
    const { data } = pen.getImageData(0, 0, columns, rows);
    let hash = 0;
    const filled = new Uint8Array(columns);
    for (let at = 0; at < data.length; at += 4) {
      const most = Math.max(data[at], data[at + 1], data[at + 2]);
      const least = Math.min(data[at], data[at + 1], data[at + 2]);
      if (data[at + 3] > 0 && most - least > 24) filled[(at / 4) % columns] = 1;
      hash = (hash * 31 + data[at] + 7 * data[at + 1] + 13 * data[at + 2]) | 0;
    }
    return { hash, filled };
  };
  const share = () => {
    const { filled } = look();
    return filled.reduce((sum, each) => sum + each, 0) / filled.length;
  };
  const hasHeat = (coin) =>
    (document.documentElement.dataset.heat ?? "").startsWith(`${coin}/`) && share() > 1 / 3;
  window.untilHeat = (coin, start) => new Promise((done, fail) => {
    const check = () => {
      const took = performance.now() - start;
      if (hasHeat(coin)) done(took);
      else if (took > PATIENCE) fail(new Error(`no heat of ${coin}`));
      else requestAnimationFrame(check);
    };
    check();
  });
  window.untilStill = (start, stillMs) => new Promise((done, fail) => {
    let { hash } = look();
    let changed = null;
    const check = () => {
      const now = performance.now();
      const next = look().hash;
      if (next !== hash) {
        hash = next;
        changed = now;
      }
      if (changed !== null && now - changed > stillMs) done(changed - start);
      else if (now - start > PATIENCE) fail(new Error("the map does not change, or does not stand still"));
      else requestAnimationFrame(check);
    };
    check();
  });
  window.watch = () => {
    const seen = { frames: 0, blank: 0, most: 0, isOn: true };
    const step = () => {
      if (!seen.isOn) return;
      const { filled } = look();
      const wanted = filled.subarray(0, Math.floor(filled.length * 0.85));
      const blank = wanted.reduce((sum, each) => sum + (each === 0 ? 1 : 0), 0) / wanted.length;
      seen.frames += 1;
      if (blank > 0.02) seen.blank += 1;
      seen.most = Math.max(seen.most, blank);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
    window.watched = seen;
  };
  window.countFrames = () => {
    const counted = { frames: 0, longest: 0, isOn: true };
    const step = () => {
      if (!counted.isOn) return;
      counted.frames += 1;
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) counted.longest = Math.max(counted.longest, duration);
    }).observe({ entryTypes: ["longtask"] });
    window.counted = counted;
  };
}
""".replace("PATIENCE", str(PATIENCE_MS))
LAYERS_ON = """
() => {
  for (const each of document.querySelectorAll("[data-layer]")) {
    if (each.getAttribute("aria-pressed") === "false" || each.checked === false) each.click();
  }
}
"""
GO_AND_WAIT_FOR = """
([link, coin]) => {
  const start = performance.now();
  location.hash = link;
  return untilHeat(coin, start);
}
"""
GO_AND_STAND_STILL = """
([link, stillMs]) => {
  const start = performance.now();
  location.hash = link;
  return untilStill(start, stillMs);
}
"""
FIGURES = {
    "first heat": "ms",
    "another coin": "ms",
    "another range": "ms",
    "frames of the pan with blank columns": "share",
    "most blank columns in a frame": "share",
    "script a frame of the pan": "ms",
    "longest task of the pan": "ms",
}


@contextmanager
def serving(static: Path, data: Path) -> Iterator[str]:
    """Address of a server of that page over the data."""
    with subprocess.Popen(
        [sys.executable, "-u", "-c", SERVE, str(static.resolve()), str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=dict(os.environ),
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            found = re.search(r"at (http://[\d.:]+)", line)
            if found:
                break
        else:
            sys.exit(f"page_speed: the server did not start: {said}")
        yield found.group(1)
        process.terminate()


def compressed_kb(static: Path) -> float:
    """kB of what a browser loads, each file compressed as the server does it."""
    files = [file for file in static.rglob("*") if file.suffix in (".html", ".js", ".css")]
    return sum(len(gzip.compress(file.read_bytes(), 9, mtime=0)) for file in files) / 1000


def drag(page: Any) -> None:
    """Pan by one width of the map, back in time."""
    box = page.locator("#chart").bounding_box()
    left, right, y = box["x"] + 20, box["x"] + box["width"] - 90, box["y"] + box["height"] * 0.3
    page.mouse.move(left, y)
    page.mouse.down()
    for step in range(1, STEPS + 1):
        page.mouse.move(left + (right - left) * step / STEPS, y)
        page.evaluate("() => new Promise(requestAnimationFrame)")
    page.mouse.up()


def script_s(session: Any) -> float:
    """Seconds of script of the main thread so far."""
    rows = session.send("Performance.getMetrics")["metrics"]
    return float(next(row["value"] for row in rows if row["name"] == "ScriptDuration"))


def measure(browser: Any, address: str, coins: list[str]) -> dict[str, float]:
    """One visit with a fresh profile."""
    context = browser.new_context(viewport=SIZE, color_scheme="dark")
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.add_init_script(f"({LOOK})()")
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    first, second = (f"#{coin}&range=4h" for coin in coins[:2])
    page.goto(f"{address}/{first}", wait_until="commit")
    found = {"first heat": page.evaluate("coin => untilHeat(coin, 0)", coins[0])}
    page.wait_for_load_state("networkidle")
    page.evaluate(LAYERS_ON)
    found["another coin"] = page.evaluate(GO_AND_WAIT_FOR, [second, coins[1]])
    page.wait_for_load_state("networkidle")
    page.evaluate(GO_AND_WAIT_FOR, [first, coins[0]])
    page.wait_for_timeout(STILL_MS)
    found["another range"] = page.evaluate(GO_AND_STAND_STILL, [f"#{coins[0]}&range=1d", STILL_MS])
    page.evaluate(GO_AND_STAND_STILL, [first, STILL_MS])
    page.evaluate("() => watch()")
    drag(page)
    watched = page.evaluate("() => { watched.isOn = false; return watched; }")
    found["frames of the pan with blank columns"] = watched["blank"] / max(watched["frames"], 1)
    found["most blank columns in a frame"] = watched["most"]
    page.wait_for_timeout(STILL_MS)
    page.evaluate("() => countFrames()")
    before = script_s(session)
    drag(page)
    counted = page.evaluate("() => { counted.isOn = false; return counted; }")
    found["script a frame of the pan"] = 1000 * (script_s(session) - before) / max(counted["frames"], 1)
    found["longest task of the pan"] = counted["longest"]
    context.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--coins", default="BTC,ETH")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    pages = {"now": STATIC} | ({} if asked.before is None else {"before": asked.before})
    for name, folder in pages.items():
        if not (folder / "index.html").is_file():
            sys.exit(f"page_speed: {folder} holds no built page ({name}): no index.html")
    from playwright.sync_api import sync_playwright

    coins = asked.coins.split(",")
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in pages}
    with ExitStack() as stack:
        addresses = {name: stack.enter_context(serving(folder, asked.data)) for name, folder in pages.items()}
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
        for number in range(asked.rounds + 1):
            for name, address in addresses.items():
                found = measure(browser, address, coins)
                if number > 0:  # the first round fills what servers and browser keep
                    rows[name].append(found)
        browser.close()
    answer = {name: {figure: median(row[figure] for row in rows[name]) for figure in FIGURES} for name in pages}
    for name, folder in pages.items():
        answer[name]["page, compressed"] = compressed_kb(folder)
    if asked.json:
        print(json.dumps(answer))
        return
    for figure, unit in {**FIGURES, "page, compressed": "kB"}.items():
        values = [answer[name][figure] for name in pages]
        ratio = f"  {values[0] / values[1]:6.2f} of before" if len(values) > 1 and values[1] > 0 else ""
        print(f"{figure:40} " + "  ".join(f"{name} {answer[name][figure]:9.3f}" for name in pages) + f" {unit}{ratio}")


if __name__ == "__main__":
    main()
