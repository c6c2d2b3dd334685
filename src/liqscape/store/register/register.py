"""The register of addresses as one SQLite file: batches in, all columns out (docs/data.md, "Register").

A batch is one transaction in the write-ahead log: a killed process leaves all of it or nothing. A row that is there
already is joined: bits of both, the earlier first sight, the later activity, the new figures.
"""

from __future__ import annotations

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
from liqscape.units import AnyArray

VERSION = 1
MOST_ROWS = 5_000_000
ROWS_A_READ = 10_000

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

    Usable from any thread, one at a time. Raises StoreError where the file cannot be used, CorruptSegment where it
    is damaged or no register, SchemaMismatch for another version.
    """

    def __init__(self, path: Path, most: int = MOST_ROWS) -> None:
        self._path = path
        self._most = most
        self._lock = Lock()
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

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
        """Everybody, in order of address."""
        names: list[str] = []
        parts: dict[str, list[AnyArray]] = {name: [np.empty(0, dtype)] for name, dtype in DTYPES.items()}
        with self._lock, self._errors():
            cursor = self._connection.execute("SELECT * FROM address ORDER BY address")
            while rows := cursor.fetchmany(ROWS_A_READ):
                address, *columns = zip(*rows, strict=True)
                names += ["0x" + each.hex() for each in address]
                for (name, dtype), values in zip(DTYPES.items(), columns, strict=True):
                    parts[name].append(np.array(values, dtype))
        return RegisterColumns(tuple(names), **{name: np.concatenate(each) for name, each in parts.items()})

    def close(self) -> None:
        """What was saved stays; closing folds the write-ahead log into the file."""
        with self._lock:
            self._connection.close()

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
            is_damage = getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
            kind = CorruptSegment if is_damage else StoreError
            hint = "; no register, or damaged: remove it and the addresses are found again" if is_damage else ""
            raise kind(f"{self._path}: {error}{hint}", path=str(self._path)) from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"register {self._path}: {error}", path=str(self._path)) from error
