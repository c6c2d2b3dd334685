"""Damaged Parquet files, met in a process of their own.

A flipped byte in a page header can make the reader ask for exabytes and end the whole process (SIGABRT), which no
`except` catches. So the files a user names are read once in a child; one that ends it is refused by name.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from liqscape.errors import InputError

READ_EACH = """
import sys, polars
for path in sys.argv[1:]:
    try:
        polars.read_parquet(path)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError):
        pass
    print(path, flush=True)
"""
"""What can be caught is left to the reader that explains it."""


def refuse_damaged(paths: Iterable[Path]) -> None:
    """Raises InputError naming the first file that ends the process which reads it. About 0.3 s."""
    named = [str(path) for path in paths if path.is_file()]
    if not named:
        return
    done = subprocess.run([sys.executable, "-c", READ_EACH, *named], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    read = set(done.stdout.splitlines())
    culprit = next((name for name in named if name not in read), named[-1])
    raise InputError(f"{culprit}: not a readable Parquet file (damaged: reading it ends the process)", file=culprit)


def recording_files(folder: Path) -> list[Path]:
    """Every Parquet file that opening a recording may read: its own, and those in their usual place beside it."""
    own = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    beside = folder.resolve().parent / "multivenue"
    return [*own, beside / "candles.parquet", beside / "open_interest.parquet"]
