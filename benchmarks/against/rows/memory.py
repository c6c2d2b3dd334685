"""Resting memory of a process with a live map in it: of a hundred thousand accounts, and of a thousand."""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from live_map import FEW, measured

FEWEST = 2
ACCOUNTS = 100_000
"""A third of the real map: what grows does so in proportion (docs/performance.md)."""


def prepare() -> dict[str, Callable[[], float]]:
    """Each figure is of a new process: memory that was taken once is not given back whole."""
    try:
        measured(FEW)  # whatever is not compiled yet is
    except subprocess.CalledProcessError as error:
        raise ImportError(f"live map of this form: {error}") from None
    bare = measured(FEW)["resting"]

    def growing() -> float:
        return measured(ACCOUNTS)["resting"] - bare

    def fixed() -> float:
        return measured(FEW)["resting"]

    return {"memory growing": growing, "memory fixed": fixed}
