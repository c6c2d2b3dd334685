"""Damaged Parquet files, met in a process of their own.

A flipped byte in a page header can make the reader ask for exabytes and end the whole process (SIGABRT), which no
`except` catches. So the files a user names are read once in a child; one that ends it is refused by name. What the
child read anyway it tells: the coins of each file, so that a mistyped one is refused before anything else is read.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from liqscape.errors import InputError

READ_EACH = """
import json, sys, polars
for path in sys.argv[1:]:
    coins = []
    try:
        table = polars.read_parquet(path)
        if table.schema.get('coin') == polars.String:
            coins = table['coin'].drop_nulls().unique().sort().to_list()
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError, ValueError):
        pass
    print(json.dumps([path, coins]), flush=True)
"""
"""What can be caught is left to the reader that explains it."""

RECORDED_TABLES = ("positions.parquet", "markets.parquet")
"""Of a recording, the files whose coins are its markets."""


def refuse_damaged(paths: Iterable[Path]) -> dict[str, list[str]]:
    """The coins that each file names in a column `coin`, by its path.

    Raises InputError naming the first file that ends the process which reads it. About 0.3 s.
    """
    named = [str(path) for path in paths if path.is_file()]
    if not named:
        return {}
    done = subprocess.run([sys.executable, "-c", READ_EACH, *named], capture_output=True, text=True, check=False)
    rows = [json.loads(line) for line in done.stdout.splitlines() if line.endswith("]")]
    coins: dict[str, list[str]] = {str(path): list(names) for path, names in rows}
    if done.returncode == 0:
        return coins
    culprit = next((name for name in named if name not in coins), named[-1])
    raise InputError(f"{culprit}: not a readable Parquet file (damaged: reading it ends the process)", file=culprit)


def recording_files(folder: Path) -> list[Path]:
    """Every Parquet file that opening a recording may read: its own, and those in their usual place beside it."""
    own = sorted(folder.glob("*.parquet")) if folder.is_dir() else []
    beside = folder.resolve().parent / "multivenue"
    return [*own, beside / "candles.parquet", beside / "open_interest.parquet"]


def recorded_coins(folder: Path, coins: dict[str, list[str]]) -> list[str]:
    """Markets of a recording among the coins of its files, by name; empty where they are not known."""
    return sorted({coin for name in RECORDED_TABLES for coin in coins.get(str(folder / name), ())})
