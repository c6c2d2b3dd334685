"""The pictures of the renderer that are compared pixel by pixel: python golden_pictures.py writes them anew."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "browser" / "golden"
LOOKS: dict[str, dict[str, Any]] = {
    "thermal_dark": {"palette": "thermal", "theme": "dark", "mode": "both", "threshold": 0, "bands": 16},
    "sides_light": {"palette": "sides", "theme": "light", "mode": "both", "threshold": 0, "bands": 24},
    "short_dark": {"palette": "grey", "theme": "dark", "mode": "short", "threshold": 100_000, "bands": 32},
}
PICTURES: dict[str, dict[str, Any]] = {
    f"{name}_{str(ratio).replace('.', '_')}": {**look, "ratio": ratio, "lone": [[1, 0, 5], [2, 0, 4], [5, 7, 11]]}
    for name, look in LOOKS.items()
    for ratio in (1, 1.5, 2)
}


def golden_of(name: str) -> str:
    """A stored picture as base64."""
    return base64.b64encode((FOLDER / f"{name}.png").read_bytes()).decode()


def write_all() -> None:
    """Draw all with the built harness (`node build.mjs --harness` in frontend/) and store them."""
    from browsing import CHROMIUM_OPTIONS, FRONTEND, find_chromium
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_OPTIONS))
        page = browser.new_page()
        page.add_script_tag(path=FRONTEND / "dist" / "harness.js")
        for name, picture in PICTURES.items():
            painted = page.evaluate("picture => liqscapeHarness.paint(picture)", picture)
            (FOLDER / f"{name}.png").write_bytes(base64.b64decode(painted))
        browser.close()


if __name__ == "__main__":
    write_all()
