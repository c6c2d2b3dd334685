"""The register of addresses as one SQLite file: batches in, batches out (docs/data.md, "Register").

A batch is one transaction in the write-ahead log: a killed process leaves all of it or nothing. A row that is there
already is joined: bits of both, the earlier first sight, the later activity, the new figures. So who saves has read the
row before: what was traded before and what a list said is in the new figures, or is lost.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock

from liqscape.errors import CorruptSegment, SchemaMismatch, StoreError
from liqscape.feed.discovery.columns import RegisterColumns
from liqscape.store.damage import DamagedFile, cause_of, set_aside
from liqscape.store.durable import flush_folder
from liqscape.store.register.rows import (
    DTYPES,
    FORGET,
    INDEX,
    ROWS_A_READ,
    VERSION,
    connect,
    copy_readable,
    create,
    is_damage,
    put,
    read_batch,
)

MAX_ROWS = 5_000_000
SALVAGING, SALVAGED = ".salvaging", ".salvaged"
"""Behind the name of a register: the copy of what can be read of it, unfinished and finished."""


class AddressRegister:
    """One file; `save` batches, `read` them back. Beyond `most` rows the longest inactive go; given ones, vaults stay.

    A file that is damaged, no register, or one of another version is set aside (store/damage.py) and begun anew with
    the rows that can be read. SQLite has no checksums: a figure flipped into another passes unseen, and orders
    questions wrongly at most.
    is_new: there was no file, or it was set aside.

    Usable from any thread, one at a time. Raises StoreError where the file cannot be used, CorruptSegment where it is
    found damaged while saving: `begin_anew`, and save everything again.
    """

    def __init__(self, path: Path, most: int = MAX_ROWS, rows_a_read: int = ROWS_A_READ) -> None:
        self._path = path
        self._most = most
        self._rows_a_read = rows_a_read
        self._lock = Lock()
        self._max_count: int | None = None
        """As many rows there are at most; None where they were not counted yet, which takes a pass over the file."""
        self._left_out_count = 0
        with self._errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._take_salvaged()
        self.is_new = not path.exists()
        if path.is_dir():
            self._set_aside("a folder in the place of a file")
        try:
            self._open()
        except (CorruptSegment, SchemaMismatch) as error:
            self._set_aside(cause_of(error, path))
            self._open()

    def __len__(self) -> int:
        """Rows, counted. Raises CorruptSegment where the file is damaged."""
        with self._lock, self._errors():
            return self._count()

    def save(self, columns: RegisterColumns) -> None:
        """Add or join rows; all of them or, where it raises, none."""
        if not len(columns):
            return
        with self._lock, self._errors(), self._transaction():
            put(self._connection, columns)
            if self._max_count is None or self._max_count + len(columns) > self._most:
                self._max_count = self._count()
                excess = self._max_count - self._most
                if excess > 0:
                    self._connection.execute(FORGET, (excess,))
            else:
                self._max_count += len(columns)

    def read(self, after: bytes | None = None) -> tuple[RegisterColumns, bytes | None]:
        """The next `rows_a_read` rows in order of address, and what to go on `after`: None where there are no more.

        Of a damaged file those before the damage; at the end of them they are kept in a new one.
        """
        with self._lock:
            with self._errors():
                batch = read_batch(self._connection, after, self._rows_a_read)
            self._left_out_count += batch.left_out_count
            damage = batch.damage
            if damage is None and batch.after is None:
                damage = self._end_of_reading()
            if damage is not None:
                self._salvage(" ".join(damage.split()))
            return batch.columns, batch.after

    def load(self) -> RegisterColumns:
        """Everybody, in order of address, as `read` gives them."""
        columns, after = self.read()
        parts = [columns]
        while after is not None:
            columns, after = self.read(after)
            parts.append(columns)
        return RegisterColumns.joined(parts)

    def begin_anew(self, cause: str) -> None:
        """Set the file aside and begin an empty one."""
        with self._lock:
            self._connection.close()
            self._set_aside(cause)
            self._open()

    def close(self) -> None:
        """Close the file; what was saved stays, and the write-ahead log is folded into the file."""
        with self._lock:
            self._connection.close()

    def _end_of_reading(self) -> str | None:
        """What is wrong with the file though it was read to its end."""
        if self._left_out_count:
            return f"{self._left_out_count} rows hold no address or no number"
        try:
            with self._errors():
                self._connection.execute(INDEX)  # a register of an earlier version has none
        except CorruptSegment as error:
            return cause_of(error, self._path)
        return None

    def _open(self) -> None:
        with self._errors():
            self._connection = connect(self._path)
        try:
            with self._errors():
                self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _set_aside(self, cause: str) -> None:
        """Rename the damaged file, and what SQLite keeps beside it, out of the way."""
        self.is_new = True
        self._max_count, self._left_out_count = None, 0
        loss = "who was found when, and who is a vault until the vaults are listed again"
        remedy = "accounts are taken from the history, others are found again; what is kept of it may be removed"
        for suffix, why in (("", cause), ("-wal", "beside a damaged register"), ("-shm", "beside a damaged register")):
            path = self._path.with_name(self._path.name + suffix)
            if path.exists():
                set_aside(path.parent, DamagedFile(file=path.name, cause=why, loss=loss, remedy=remedy))

    def _salvage(self, cause: str) -> None:
        """Put a new file with the rows that can be read in the place of the damaged one, which is set aside.

        The copy is finished before the file is touched: a process killed at any step finds one of them whole.
        """
        unfinished, finished = self._beside(SALVAGING), self._beside(SALVAGED)
        with self._errors():
            _remove_database(unfinished)
            with closing(connect(unfinished)) as copy:
                create(copy)
                copy_readable(self._connection, copy)
            with unfinished.open("rb") as file:
                os.fsync(file.fileno())
            unfinished.rename(finished)
            flush_folder(finished.parent)
            self._connection.close()
            self._take_salvaged(cause)
        self._open()

    def _take_salvaged(self, cause: str = "damaged; what could be read of it goes on") -> None:
        """Go on with a finished copy, if a process left one; an unfinished one is made again when it is needed."""
        finished = self._beside(SALVAGED)
        if finished.exists():
            self._set_aside(cause)
            finished.rename(self._path)
            flush_folder(finished.parent)
        else:
            _remove_database(self._beside(SALVAGING))

    def _beside(self, suffix: str) -> Path:
        return self._path.with_name(self._path.name + suffix)

    def _prepare(self) -> None:
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version not in (0, VERSION):
            raise SchemaMismatch(f"{self._path}: version {version}, this version reads {VERSION}")
        if version == 0:
            with self._transaction():
                create(self._connection)
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
            kind = CorruptSegment if is_refused or is_damage(error) else StoreError
            raise kind(f"{self._path}: {error}", path=str(self._path)) from error
        except UnicodeDecodeError as error:  # SQLite quotes its damaged description of the table
            raise CorruptSegment(f"{self._path}: {error}", path=str(self._path)) from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"register {self._path}: {error}", path=str(self._path)) from error


def _remove_database(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
