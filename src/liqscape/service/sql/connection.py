"""Connect DuckDB to a folder, so that it reads that folder and nothing else.

Views and table functions are of the form `read_parquet(liqscape_files(table, time))`: a function of ours that says,
each time a statement is bound, which files hold the rows now. So a live folder is seen as it stands, and a moment is
solved when somebody asks for it, by the kernels that made the map.

The connection may read the folder and a folder of its own for what is made, both until it is closed; it loads no
extension and reaches no network, and none of this can be set otherwise.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import SettingsError
from liqscape.service.sql.places import SqlTables, open_place

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FUNCTION = "liqscape_files"
SETTINGS = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "error_on_division_by_zero": "false",
    "TimeZone": "'UTC'",
}
"""A quotient of nothing is null, as everything unknown is."""

PLACES: weakref.WeakKeyDictionary[DuckDBPyConnection, SqlTables] = weakref.WeakKeyDictionary()
"""What each connection reads, for who runs statements on it."""


def connect(folder: str | Path) -> DuckDBPyConnection:
    """Open a data folder, a recording, or a folder (or file) of exported tables for SQL.

    Times are UTC, unknown is null. Tables are listed by `show tables` and in docs/sql.md.

    Raises SettingsError where DuckDB is not installed or there is no such folder, StoreError and InputError for what
    cannot be read.
    """
    try:
        import duckdb
    except ImportError:
        raise SettingsError("SQL needs DuckDB, which is not installed: pip install 'liqscape[sql]'") from None
    path = Path(folder).absolute()
    if not path.exists():
        raise SettingsError(f"{folder} does not exist; give a data folder, a recording, or a folder of tables")
    made = Path(tempfile.mkdtemp(prefix="liqscape-sql-"))
    try:
        place = open_place(path, made)
        connection = duckdb.connect(":memory:")
        for name, value in SETTINGS.items():
            connection.execute(f"SET {name} = {value}")
        folders = [path, made] if path.is_dir() else [made]
        connection.execute(f"SET allowed_directories = [{', '.join(map(_text, folders))}]")
        connection.execute(f"SET allowed_paths = [{_text(path)}]")
        connection.execute("SET enable_external_access = false")
        _define(connection, place)
        connection.execute("SET lock_configuration = true")
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    PLACES[connection] = place
    weakref.finalize(connection, shutil.rmtree, made, True)
    return connection


def _define(connection: DuckDBPyConnection, place: SqlTables) -> None:
    """Views and table functions of a place; none of them reads more than the columns of an empty table."""
    is_defining = True

    def files(table: str, time: str) -> list[str]:
        return [str(path) for path in place.files(table, time or None, is_empty=is_defining)]

    connection.create_function(FUNCTION, files, ["VARCHAR", "VARCHAR"], "VARCHAR[]")
    for statement in place.definitions():
        connection.execute(statement)
    is_defining = False


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
