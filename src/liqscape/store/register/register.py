"""The register of addresses as one SQLite file: batches in, all columns out (docs/data.md, "Register").

A batch is one transaction in the write-ahead log: a killed process leaves all of it or nothing. A row that is there
already is joined: bits of both, the earlier first sight, the later activity, the new figures.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from operator import itemgetter
from pathlib import Path
from threading import Lock

import numpy as np

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.feed.discovery.addresses import RegisterColumns
from liqscape.model.addresses import AddressSource
from liqscape.store.damage import DamagedFile, cause_of, set_aside
from liqscape.units import AnyArray

VERSION = 1
MOST_ROWS = 5_000_000
ROWS_A_READ = 10_000
ADDRESS_LETTERS = 42

DTYPES: dict[str, type] = {
    "sources": np.uint8,
    "first_seen_ms": np.int64,
    "last_activity_ms": np.int64,
    "traded_usd": np.float64,
    "account_value": np.float64,
    "week_volume": np.float64,
    "month_volume": np.float64,
    "dex_bits": np.int64,
    "is_vault": np.bool_,
    "is_exempt": np.bool_,
}
_JOIN = {
    "sources": "sources | excluded.sources",
    "dex_bits": "dex_bits | excluded.dex_bits",
    "is_vault": "is_vault | excluded.is_vault",
    "is_exempt": "is_exempt | excluded.is_exempt",
    "first_seen_ms": "min(first_seen_ms, excluded.first_seen_ms)",
    "last_activity_ms": "max(last_activity_ms, excluded.last_activity_ms)",
}
assert tuple(DTYPES) == tuple(field.name for field in fields(RegisterColumns))[1:]

DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""SQLITE_ERROR: what we ask is right, so the file is not what it is asked of."""

_CREATE = f"""CREATE TABLE address (address BLOB PRIMARY KEY, {
    ", ".join(f"{name} {'REAL' if dtype is np.float64 else 'INTEGER'} NOT NULL" for name, dtype in DTYPES.items())
}) WITHOUT ROWID"""
_SAVE = f"""INSERT INTO address VALUES (?{", ?" * len(DTYPES)}) ON CONFLICT(address) DO UPDATE SET {
    ", ".join(f"{name} = {_JOIN.get(name, f'excluded.{name}')}" for name in DTYPES)
}"""
_FORGET = f"""DELETE FROM address WHERE address IN (
    SELECT address FROM address WHERE sources & {int(AddressSource.GIVEN | AddressSource.VAULT)} = 0
    ORDER BY last_activity_ms, address LIMIT ?)"""


class AddressRegister:
    """One file; `save` batches, `load` all. Beyond `most` rows the longest inactive go; given ones and vaults stay.

    A file that is damaged, no register, or one of another version is set aside (store/damage.py) and begun anew with
    the rows that can be read. SQLite has no checksums: a figure flipped into another passes unseen, and orders
    questions wrongly at most.
    is_new: there was no file, or it was set aside.

    Usable from any thread, one at a time. Raises StoreError where the file cannot be used, CorruptSegment where it is
    found damaged while saving: `begin_anew`, and save everything again.
    """

    def __init__(self, path: Path, most: int = MOST_ROWS) -> None:
        self._path = path
        self._most = most
        self._lock = Lock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
        self.is_new = not path.exists()
        if path.is_dir():
            self._set_aside("a folder in the place of a file")
        try:
            self._open()
        except (CorruptSegment, SchemaMismatch) as error:
            self._set_aside(cause_of(error, path))
            self._open()

    def __len__(self) -> int:
        return self._count()

    def save(self, columns: RegisterColumns) -> None:
        """Add or join rows; all of them or, where it raises, none."""
        if not columns.address:
            return
        rows = sorted(
            zip(
                [bytes.fromhex(address[2:]) for address in columns.address],
                *(getattr(columns, name).tolist() for name in DTYPES),
                strict=True,
            ),
            key=itemgetter(0),
        )  # in order of the tree: pages are visited once
        with self._lock, self._errors(), self._transaction():
            self._connection.executemany(_SAVE, rows)
            excess = self._count() - self._most
            if excess > 0:
                self._connection.execute(_FORGET, (excess,))

    def load(self) -> RegisterColumns:
        """Everybody, in order of address; of a damaged file those before the damage, kept in a new one."""
        parts = [_columns_of([])]
        damage: CorruptSegment | None = None
        row_count = 0
        with self._lock:
            try:
                with self._errors():
                    cursor = self._connection.execute("SELECT * FROM address ORDER BY address")
                    while rows := cursor.fetchmany(ROWS_A_READ):
                        parts.append(_columns_of(rows))
                        row_count += len(rows)
            except CorruptSegment as error:
                damage = error
        names = tuple(address for part in parts for address in part.address)
        found = RegisterColumns(
            names, **{name: np.concatenate([getattr(part, name) for part in parts]) for name in DTYPES}
        )
        if damage is None and row_count > len(names):
            damage = CorruptSegment(f"{self._path}: {row_count - len(names)} rows hold no address or no number")
        if damage is not None:
            self.begin_anew(cause_of(damage, self._path))
            self.save(found)
        return found

    def begin_anew(self, cause: str) -> None:
        """Set the file aside and begin an empty one."""
        with self._lock:
            self._connection.close()
            self._set_aside(cause)
            self._open()

    def close(self) -> None:
        """What was saved stays; closing folds the write-ahead log into the file."""
        with self._lock:
            self._connection.close()

    def _open(self) -> None:
        with self._errors():
            self._connection = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
            self._connection.text_factory = bytes
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _set_aside(self, cause: str) -> None:
        """The file and what SQLite keeps beside it."""
        self.is_new = True
        loss = "who was found when, and who is a vault until the vaults are listed again"
        remedy = "accounts are taken from the history, others are found again; what is kept of it may be removed"
        for suffix, why in (("", cause), ("-wal", "beside a damaged register"), ("-shm", "beside a damaged register")):
            path = self._path.with_name(self._path.name + suffix)
            if path.exists():
                set_aside(path.parent, DamagedFile(path.name, why, loss, remedy))

    def _prepare(self) -> None:
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last batches, never the file
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise SchemaMismatch(f"{self._path}: version {version}, this version reads {VERSION}")
        if version == 0:
            with self._transaction():
                self._connection.execute(_CREATE)
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        columns = [name for (name,) in self._connection.execute("SELECT name FROM pragma_table_info('address')")]
        if columns != [name.encode() for name in ("address", *DTYPES)]:
            raise CorruptSegment(f"{self._path}: its table is not that of a register", path=str(self._path))

    def _count(self) -> int:
        (count,) = self._connection.execute("SELECT count(*) FROM address").fetchone()
        return int(count)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0)
            is_refused = code == sqlite3.SQLITE_READONLY and os.access(self._path, os.W_OK)  # by what its header says
            is_damage = is_refused or code & 0xFF in DAMAGE_CODES
            kind = CorruptSegment if is_damage else StoreError
            raise kind(f"{self._path}: {error}", path=str(self._path)) from error
        except UnicodeDecodeError as error:  # SQLite quotes its damaged description of the table
            raise CorruptSegment(f"{self._path}: {error}", path=str(self._path)) from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"register {self._path}: {error}", path=str(self._path)) from error


def _columns_of(rows: list[tuple[object, ...]]) -> RegisterColumns:
    """Rows as columns; rows that hold anything but an address and numbers are left out."""
    try:
        address, *columns = zip(*rows, strict=True) if rows else ((), *((),) * len(DTYPES))
        names = tuple("0x" + each.hex() for each in address)
        if any(len(name) != ADDRESS_LETTERS for name in names):
            raise ValueError("no address")
        arrays: dict[str, AnyArray] = {
            name: np.array(values, np.int64 if dtype is np.bool_ else dtype).astype(dtype, copy=False)
            for (name, dtype), values in zip(DTYPES.items(), columns, strict=True)
        }
        if any(np.isnan(values).any() for values in arrays.values()):
            raise ValueError("nothing where a number must be")
    except (AttributeError, TypeError, ValueError, OverflowError):
        if len(rows) == 1:
            return _columns_of([])
        middle = len(rows) // 2
        first, last = _columns_of(rows[:middle]), _columns_of(rows[middle:])
        joined = {name: np.concatenate((getattr(first, name), getattr(last, name))) for name in DTYPES}
        return RegisterColumns(first.address + last.address, **joined)
    return RegisterColumns(names, **arrays)
