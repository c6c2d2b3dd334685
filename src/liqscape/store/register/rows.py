"""The rows of a register as SQL, and what of them is an address with its numbers (docs/data.md, "Register")."""

from __future__ import annotations

import sqlite3
from dataclasses import fields
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from liqscape.feed.discovery.columns import RegisterColumns
from liqscape.model.addresses import AddressSource
from liqscape.units import AnyArray

VERSION = 1
ROWS_A_READ = 10_000
ADDRESS_BYTES = 20
KEY = np.dtype("S20")
"""Of 20 bytes as they are compared: byte by byte."""
DAMAGE_CODES = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""SQLITE_ERROR: what we ask is right, so the file is not what it is asked of."""

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

CREATE = f"""CREATE TABLE address (address BLOB PRIMARY KEY, {
    ", ".join(f"{name} {'REAL' if dtype is np.float64 else 'INTEGER'} NOT NULL" for name, dtype in DTYPES.items())
}) WITHOUT ROWID"""
INDEX = "CREATE INDEX IF NOT EXISTS vault ON address(address) WHERE is_vault"
"""Who is a vault is asked before everybody is read, and by who only looks."""
SAVE = f"""INSERT INTO address VALUES (?{", ?" * len(DTYPES)}) ON CONFLICT(address) DO UPDATE SET {
    ", ".join(f"{name} = {_JOIN.get(name, f'excluded.{name}')}" for name in DTYPES)
}"""
FORGET = f"""DELETE FROM address WHERE address IN (
    SELECT address FROM address WHERE sources & {int(AddressSource.GIVEN | AddressSource.VAULT)} = 0
    ORDER BY last_activity_ms, address LIMIT ?)"""


def connect(path: Path) -> sqlite3.Connection:
    """The file, made where there is none; every statement of its own unless a transaction is begun."""
    connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    connection.text_factory = bytes
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last batches, never the file
    except BaseException:
        connection.close()
        raise
    return connection


def create(connection: sqlite3.Connection) -> None:
    """The table of an empty file."""
    connection.execute(CREATE)
    connection.execute(INDEX)
    connection.execute(f"PRAGMA user_version = {VERSION}")


def put(connection: sqlite3.Connection, columns: RegisterColumns) -> None:
    """Add or join rows, in order of the tree: pages are visited once."""
    key = columns.key.tobytes()
    addresses = [key[first : first + ADDRESS_BYTES] for first in range(0, len(key), ADDRESS_BYTES)]
    rows = zip(addresses, *(getattr(columns, name).tolist() for name in DTYPES), strict=True)
    connection.executemany(SAVE, sorted(rows, key=itemgetter(0)))


class Batch(NamedTuple):
    """Rows in order of address.

    left_out_count  those that hold anything but an address and numbers.
    after   the address to go on after; None at the end, and where there is damage.
    damage  why no more can be read, if that is so: these are the rows before it.
    """

    columns: RegisterColumns
    left_out_count: int
    after: bytes | None
    damage: str | None


def read_batch(connection: sqlite3.Connection, after: bytes | None, most: int = ROWS_A_READ) -> Batch:
    """At most so many rows. Each is a reading of its own, so that writers and the write-ahead log need not wait.

    Raises what SQLite raises that is no damage.
    """
    rows: list[tuple[object, ...]] = []
    damage: str | None = None
    query = f"SELECT * FROM address {'' if after is None else 'WHERE address > ?'} ORDER BY address LIMIT {most}"
    try:
        rows.extend(connection.execute(query, () if after is None else (after,)))  # those before an error stay
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        if not is_damage(error):
            raise
        damage = str(error)
    columns = _columns_of(rows)
    left_out_count = len(rows) - len(columns)
    keys = np.concatenate((np.array([after or b""], KEY), np.ascontiguousarray(columns.key).view(KEY).ravel()))
    falls = np.flatnonzero(keys[1:] <= keys[:-1])
    falls = falls[falls > 0] if after is None else falls
    if len(falls):  # or it would be read in circles
        damage = "its rows are not in order"
        columns = columns.of(slice(int(falls[0])))
    is_full = damage is None and len(rows) == most
    if is_full and not len(columns):
        damage, is_full = "its rows hold no address", False
    return Batch(columns, left_out_count, columns.key[-1].tobytes() if is_full else None, damage)


def copy_readable(damaged: sqlite3.Connection, copy: sqlite3.Connection) -> None:
    """All rows before the damage that are rows of a register."""
    copy.execute("BEGIN")
    batch = read_batch(damaged, None)
    put(copy, batch.columns)
    while batch.after is not None:
        batch = read_batch(damaged, batch.after)
        put(copy, batch.columns)
    copy.execute("COMMIT")


def is_damage(error: Exception) -> bool:
    """Whether SQLite says that the file is not what it is asked of, not that it cannot be read or written now."""
    if isinstance(error, UnicodeDecodeError):  # it quotes its damaged description of the table
        return True
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE_CODES


def _columns_of(rows: list[tuple[object, ...]]) -> RegisterColumns:
    """Rows as columns; rows that hold anything but an address and numbers are left out."""
    try:
        address, *columns = zip(*rows, strict=True) if rows else ((), *((),) * len(DTYPES))
        if any(len(each) != ADDRESS_BYTES for each in address):
            raise ValueError("no address")
        key = np.frombuffer(b"".join(address), np.uint8).reshape(-1, ADDRESS_BYTES)
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
        return RegisterColumns.joined((_columns_of(rows[:middle]), _columns_of(rows[middle:])))
    return RegisterColumns(key=key, **arrays)
