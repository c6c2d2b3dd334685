"""Resting memory of a process with a live map in it: of 300,000 accounts, and of a thousand."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import cache

from live_map import FEW, measured

FEWEST = 2
ACCOUNTS = 300_000
"""The real size: how full doubled tables are differs from size to size (docs/performance.md)."""


def prepare() -> dict[str, Callable[[], float]]:
    """Each figure is of a new process, and taken once: the next round would say the same within some MB."""
    try:
        measured(FEW)  # whatever is not compiled yet is
    except subprocess.CalledProcessError as error:
        raise ImportError(f"live map of this form: {error}") from None

    @cache
    def fixed() -> float:
        return measured(FEW)["resting"]

    @cache
    def growing() -> float:
        return measured(ACCOUNTS)["resting"] - fixed()

    return {"memory growing": growing, "memory fixed": fixed}
