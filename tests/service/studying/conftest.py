"""One small history, copied for who changes it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from studied_world import store_world


@pytest.fixture(scope="session")
def stored_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Minutes of a sandbox on both sides of a midnight. Not to be written to."""
    folder = tmp_path_factory.mktemp("studied") / "history"
    store_world(folder, minutes_before=25, minutes_after=20)
    return folder


@pytest.fixture
def history(stored_history: Path, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of it under a name."""

    def copied(name: str = "history") -> Path:
        return shutil.copytree(stored_history, tmp_path / name, ignore=shutil.ignore_patterns("*.lock"))

    return copied
