"""Panning and zooming over 1,500 x 500 cells in Chromium: script a draw, and frame rate against the candles alone.

    python benchmarks/page_draw.py [--json] [--rounds 6] [--frames 120]

Loads the page's own chart and renderer (frontend/src/harness) into an empty page and moves it with the map and
without in turns, in one run. The frame rate limit is off, so that the rates can be told apart; without a graphics
card they are those of software drawing, of which only the ratio travels.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

FRONTEND = Path(__file__).resolve().parent.parent / "frontend"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-frame-rate-limit",
    "--disable-gpu-vsync",
)
SCRIPT_TARGET_MS = 1.0
SHARE_TARGET = 0.75
PAINT_TARGET = 0.25


def build() -> Path:
    """The harness, built from the page's sources."""
    node = shutil.which("node")
    if node is None or not (FRONTEND / "node_modules").is_dir():
        sys.exit("page_draw: needs Node 20 and the packages of frontend/: run `make page` first")
    subprocess.run([node, "build.mjs", "--harness"], cwd=FRONTEND, check=True)
    return FRONTEND / "dist" / "harness.js"


def chromium() -> str:
    """Path of the browser."""
    for name in (os.environ.get("CHROMIUM"), *NAMES):
        if name and (path := shutil.which(name)):
            return path
    sys.exit("page_draw: no Chromium found: apt-get install chromium, or name one with CHROMIUM=/path/to/chrome")


def measure(rounds: int, frames: int) -> dict[str, Any]:
    """What frontend/src/harness/benchmark.ts returns."""
    from playwright.sync_api import sync_playwright

    harness = build()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(OPTIONS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_script_tag(path=harness)
        result: dict[str, Any] = page.evaluate(
            "([rounds, frames, worker]) => liqscapeHarness.benchmark(rounds, frames, worker)",
            [rounds, frames, harness.with_name("heat_worker.js").read_text()],
        )
        browser.close()
    return result


def figures(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of benchmarks/RESULTS.md."""
    return [
        {
            "name": "script a draw of the map",
            "value": result["scriptMsPerDraw"],
            "unit": "ms",
            "target": SCRIPT_TARGET_MS,
            "note": f"{result['draws']} draws of {result['cells']:,} cells",
        },
        {
            "name": "frame rate with the map / candles alone",
            "value": result["share"],
            "unit": "times",
            "target": SHARE_TARGET,
            "wanted": "at least",
        },
        {"name": "frame rate with the map", "value": result["framesPerSecondHeat"], "unit": "frames/s"},
        {"name": "frame rate of the candles alone", "value": result["framesPerSecondCandles"], "unit": "frames/s"},
        {
            "name": "texture of new data or colours",
            "value": result["paintMs"],
            "unit": "ms",
            "note": f"of the page's script; a worker paints, it is there after {result['waitMs']:.0f} ms",
        },
        {
            "name": "texture made without a worker",
            "value": result["textureMs"],
            "unit": "ms",
            "note": "all of it script of the page",
        },
        {
            "name": "texture of new data / made without a worker",
            "value": result["paintMs"] / result["textureMs"],
            "unit": "times",
            "target": PAINT_TARGET,
        },
        {
            "name": "texture of new colours",
            "value": result["repaintMs"],
            "unit": "ms",
            "note": "of cells that the worker holds",
        },
        {
            "name": "texture of cells that are copied",
            "value": result["copyMs"],
            "unit": "ms",
            "note": "a window joined of two answers",
        },
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--frames", type=int, default=120)
    arguments = parser.parse_args()
    rows = figures(measure(arguments.rounds, arguments.frames))
    if arguments.json:
        text = "Panning and zooming 1,500 x 500 cells under 1,500 candles, software drawing, no frame rate limit."
        print(json.dumps({"title": "Page", "text": text, "figures": rows}))
        return
    for row in rows:
        print(f"{row['name']:45} {row['value']:10.3f} {row['unit']}")


if __name__ == "__main__":
    main()
