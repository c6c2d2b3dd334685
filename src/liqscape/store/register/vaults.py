"""The vaults of a register, read beside whoever writes it."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ADDRESS_BYTES = 20

log = logging.getLogger("liqscape.store")


def read_vaults(path: Path) -> frozenset[str]:
    """Addresses flagged as vaults; none where there is no register. One that cannot be read is said and passed over:
    without it a map tells nobody apart, and is right in everything else."""
    if not path.is_file():
        return frozenset()
    try:
        with unwritten(path) as uri, closing(sqlite3.connect(uri, uri=True)) as connection:
            connection.text_factory = bytes
            rows = connection.execute("SELECT address FROM address WHERE is_vault").fetchall()
    except (sqlite3.Error, OSError, UnicodeDecodeError) as error:
        log.warning("register %s: %s; vaults are not told apart", path, error)
        return frozenset()
    found = (address for (address,) in rows if isinstance(address, bytes) and len(address) == ADDRESS_BYTES)
    return frozenset(f"0x{address.hex()}" for address in found)


@contextmanager
def unwritten(path: Path) -> Iterator[str]:
    """The file as an address for SQLite to read without writing: a plain reader of a write-ahead log, `mode=ro` too,
    makes files beside it or writes in them.

    Beside a writer the index of the log is there, and is only read. A log that a killed writer left is read in a copy.
    Without a log the file does not change.
    """
    ahead, index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
    if index.exists():
        yield f"{path.resolve().as_uri()}?mode=ro&readonly_shm=1"
    elif ahead.exists():
        with TemporaryDirectory() as folder:
            for each in (path, ahead):
                shutil.copyfile(each, Path(folder) / each.name)
            yield (Path(folder) / path.name).as_uri()
    else:
        yield f"{path.resolve().as_uri()}?immutable=1"
