"""Builds the page from frontend/ before a wheel or an sdist is packed, where it is missing or older than its sources.

An editable install skips this: there the page is built by `make`. A page that is already there and fresh, as in
an sdist, needs no Node.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path("src", "liqscape", "web", "static", "index.html")
SOURCES = Path("frontend")
NOT_SOURCES = {"node_modules", "dist"}
HELP = "install Node 20 or newer and npm (on Debian and Ubuntu: apt-get install nodejs npm), then try again"


class PageHook(BuildHookInterface):  # type: ignore[type-arg]
    """hatchling calls `initialize` once before each target is built."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the interface's name
        if version == "editable":
            return
        root = Path(self.root)
        page = root / PAGE
        if is_fresh(page, root / SOURCES):
            return
        npm = shutil.which("npm")
        if npm is None:
            if page.exists():
                self.app.display_warning("the page is older than its sources and npm is missing: packing it as it is")
                return
            raise RuntimeError(f"the page is not built and npm is missing: {HELP}")
        for arguments in (["ci", "--no-audit", "--no-fund"], ["run", "build"]):
            done = subprocess.run([npm, *arguments], cwd=root / SOURCES, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"npm {' '.join(arguments)} failed in frontend/ (exit code {done.returncode})")
        if not page.exists():
            raise RuntimeError(f"npm run build left no {PAGE}")


def is_fresh(page: Path, sources: Path) -> bool:
    """True where the page is there and no source of it is newer."""
    if not page.exists():
        return False
    built = page.stat().st_mtime
    for path in sources.rglob("*"):
        if NOT_SOURCES.isdisjoint(path.relative_to(sources).parts) and path.is_file() and path.stat().st_mtime > built:
            return False
    return True
