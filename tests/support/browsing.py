"""What the browser tests start: where things are, the browser, the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import BrowserContext

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
PAGE = ROOT / "src" / "liqscape" / "web" / "static" / "index.html"
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""As tools/find_chromium.sh has them: the shell draws no windows and opens a map in half the processor time."""
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HEAT_READY = "html[data-heat^='{coin}/']"
PATIENCE_MS = 120_000
"""How long an element may take to say what it should: a first question compiles its kernels, beside other work."""
SYSTEM_THEME = """
if (location.protocol !== "about:" && localStorage.getItem("liqscape.settings") === null) {
  localStorage.setItem("liqscape.settings", JSON.stringify({ theme: "system" }));
}
"""
NAMED = os.environ.get("CHROMIUM")


@dataclass(frozen=True)
class Server:
    """The running server; `push` makes it publish one more frame."""

    url: str
    stdin: IO[str]

    def push(self) -> None:
        self.stdin.write("\n")
        self.stdin.flush()


def as_the_system_has_it(context: BrowserContext) -> None:
    """A reader who chose the system's theme: without a choice the page is dark."""
    context.add_init_script(SYSTEM_THEME)


def find_chromium() -> str | None:
    """Path of a Chromium: the one that CHROMIUM names, or one on the path."""
    return next((path for name in (NAMED, *CHROMIUM_NAMES) if name and (path := shutil.which(name))), None)


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Server]:
    """The small market of serve_market.py served by a process of its own."""
    if not PAGE.exists():
        pytest.fail("the page is not built: run `make page` (or `npm ci && npm run build` in frontend/) first")
    script = ROOT / "tests" / "support" / "serve_market.py"
    with subprocess.Popen(
        [sys.executable, str(script), str(folder), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), "the server of the browser tests did not start; its error is above"
        yield Server(f"http://127.0.0.1:{port}", process.stdin)
        process.terminate()
