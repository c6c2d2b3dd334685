"""The vaults of a register, read beside whoever writes it."""

from __future__ import annotations

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

log = logging.getLogger("liqscape.store")


def read_vaults(path: Path) -> frozenset[str]:
    """Addresses flagged as vaults; none where there is no register. One that cannot be read is said and passed over:
    without it a map tells nobody apart, and is right in everything else."""
    if not path.is_file():
        return frozenset()
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            rows = connection.execute("SELECT address FROM address WHERE is_vault").fetchall()
    except sqlite3.Error as error:
        log.warning("register %s: %s; vaults are not told apart", path, error)
        return frozenset()
    return frozenset(f"0x{address.hex()}" for (address,) in rows)
