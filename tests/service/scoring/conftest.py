"""A small history over two UTC days, copied for who changes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from studied_world import store_hours


@pytest.fixture(scope="session")
def scored_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Hours of a sandbox on both sides of a midnight. Not to be written to."""
    folder = tmp_path_factory.mktemp("scored") / "history"
    store_hours(folder, hours_before=3, hours_after=4)
    return folder


@pytest.fixture
def history(scored_world: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of it under a name."""

    def copied(name: str = "history") -> Path:
        return shutil.copytree(scored_world, tmp_path / name, ignore=shutil.ignore_patterns("*.lock"))

    return copied
