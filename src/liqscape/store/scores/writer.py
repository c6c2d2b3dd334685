"""Writes the scores of days, one writer a folder."""

from __future__ import annotations

import os
import weakref
from pathlib import Path

from liqscape.errors import StoreError
from liqscape.store.durable import clean_temporary
from liqscape.store.scores.reader import ScoreReader
from liqscape.store.scores.schema import FOLDER, TABLES, DayStanding, Tables, write_table
from liqscape.store.writer_lock import lock_folder


class ScoreWriter:
    """Keeps the scores of one data folder. Raises StoreError where another program writes them."""

    def __init__(self, data: Path) -> None:
        self._folder = data / FOLDER
        self.reader = ScoreReader(data)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            refusal = f"{self._folder} is written by another program that scores this history"
            self._release = weakref.finalize(self, os.close, lock_folder(self._folder, refusal))
            for table in TABLES:
                (self._folder / table).mkdir(exist_ok=True)
                clean_temporary(self._folder / table)
        except OSError as error:
            raise StoreError(f"{self._folder}: {error.strerror or error}", path=str(self._folder)) from error

    def close(self) -> None:
        """Release the folder."""
        self._release()

    def __enter__(self) -> ScoreWriter:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def keep(self, day: str, tables: Tables, standing: DayStanding) -> None:
        """Replace a day's tables, each in one step; durable on return. Raises StoreError where it cannot.

        Killed in between the day counts as not scored: its tables are of two writings.
        """
        try:
            for table in TABLES:
                write_table(self._folder, table, day, tables[table], standing)
        except OSError as error:
            raise StoreError(
                f"{self._folder} cannot be written: {error.strerror or error}", path=str(self._folder)
            ) from error
