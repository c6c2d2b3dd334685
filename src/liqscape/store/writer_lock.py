"""The lock of a folder that has one writer (history, studies, scores)."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from liqscape.errors import StoreError

LOCK = "writer.lock"


def lock_folder(folder: Path, refusal: str) -> int:
    """An open file that keeps other writers out until it is closed or the process ends, however it ends.

    Raises StoreError with the refusal where another one has the folder, OSError where the file cannot be made.
    """
    descriptor = os.open(folder / LOCK, os.O_CREAT | os.O_WRONLY, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise StoreError(refusal, path=str(folder)) from None
    return descriptor


def is_written(folder: Path) -> bool:
    """Whether a process holds the lock of a folder now."""
    try:
        descriptor = os.open(folder / LOCK, os.O_WRONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
