"""What a data folder holds as Parquet files: tables of the history, liquidations, known addresses, order books."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from liqscape.service.folders import LIQUIDATIONS as LIQUIDATIONS_FOLDER
from liqscape.service.folders import REGISTER as REGISTER_FILE
from liqscape.service.sql.views import BOOKS, LIQUIDATIONS, REGISTER, STORED
from liqscape.store.history.table_files import TableFiles

if TYPE_CHECKING:
    import polars


def _table_module(name: str) -> ModuleType:
    """Import the table module of this name when it is asked for."""
    return import_module(f"liqscape.store.{name}.table")


class StoredFiles:
    """Files of a data folder. made: folder of what is made."""

    def __init__(self, folder: Path, made: Path) -> None:
        self._folder = folder
        self._made = made
        self._count = 0
        self._history = TableFiles(folder, made)

    def files(self, table: str, time: str | None) -> list[Path]:  # noqa: ARG002 - tables through time have none
        """As they stand now; tables beside the history are read anew."""
        name = STORED[table]
        if name in (LIQUIDATIONS, REGISTER, BOOKS):
            return [self._write(name, self._read(name))]
        return self._history.paths(name)

    def empty(self, table: str) -> Path:
        """Its columns."""
        import polars

        name = STORED[table]
        if name in (LIQUIDATIONS, REGISTER, BOOKS):
            return self._write(name, polars.DataFrame(schema=_table_module(name).TABLE))
        return self._history.empty(name)

    def _read(self, name: str) -> polars.DataFrame:
        places = {LIQUIDATIONS: LIQUIDATIONS_FOLDER, REGISTER: REGISTER_FILE, BOOKS: "."}
        rows: polars.DataFrame = _table_module(name).read_table(self._folder / places[name])
        return rows

    def _write(self, name: str, rows: polars.DataFrame) -> Path:
        self._count += 1
        path = self._made / f"{name}-{self._count}.parquet"
        rows.write_parquet(path)
        return path
