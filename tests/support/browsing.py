"""What the browser tests start: where things are, the browser, the server."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
FRONTEND = ROOT / "frontend"
PAGE = ROOT / "src" / "liqscape" / "web" / "static" / "index.html"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
NAMED = os.environ.get("CHROMIUM")


@dataclass(frozen=True)
class Server:
    """The running server; `push` makes it publish one more frame."""

    url: str
    stdin: IO[str]

    def push(self) -> None:
        self.stdin.write("\n")
        self.stdin.flush()


def find_chromium() -> str | None:
    """Path of a Chromium: the one that CHROMIUM names, or one on the path."""
    return next((path for name in (NAMED, *CHROMIUM_NAMES) if name and (path := shutil.which(name))), None)
