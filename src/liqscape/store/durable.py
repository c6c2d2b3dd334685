"""Writing files so that a killed process or a power cut leaves the old content or the new, never half of it.

A file is written under a temporary name, flushed to disk (fsync), renamed over its final name, and the folder
is flushed, because a rename lives in the folder. Temporary names start with TEMPORARY and are never read.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

TEMPORARY = ".tmp-"


def replace_file(path: Path, content: bytes, *, is_private: bool = False) -> None:
    """Write `content` as `path` in one step; durable when it returns. is_private: its owner alone may read it.

    Raises OSError naming the path; the old content is as it was then.
    """
    temporary = path.with_name(f"{TEMPORARY}{path.name}")
    try:
        with open(temporary, "wb", opener=_open_private if is_private else None) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        flush_folder(path.parent)
    except OSError as error:  # of a write it names no file
        raise OSError(error.errno, error.strerror, str(path)) from error


def _open_private(path: str, flags: int) -> int:
    """What an interrupted write left may be readable by others."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def flush_file(path: Path) -> None:
    """Bring the content of a written file to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


flush_folder = flush_file
"""Bring names made, renamed or removed in a folder to disk; a folder is flushed like a file."""


def clean_temporary(folder: Path) -> None:
    """Remove what an interrupted write left behind."""
    for path in folder.glob(f"{TEMPORARY}*"):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def remove_folder(path: Path) -> None:
    """Remove a folder in one step: who reads it meanwhile finds it whole or not at all, never some of its files."""
    gone = path.with_name(f"{TEMPORARY}gone-{path.name}")
    path.rename(gone)
    shutil.rmtree(gone)
