"""Servers are torn away in the middle of everything here."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))  # the chaos harness is no part of the package


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A connection cancelled while it is being made leaves its transport to the garbage collector (asyncio)."""
    for item in items:
        item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))
