"""What a folder offers to SQL: stored history, a recording, or tables as they lie there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from liqscape.errors import SettingsError
from liqscape.service.sql import views
from liqscape.service.sql.moment_files import MomentFiles
from liqscape.service.sql.study_files import StudyFiles

if TYPE_CHECKING:
    from liqscape.service.sql.stored_files import StoredFiles

ENDINGS = (".parquet", ".csv")
MANIFESTS = ("manifest.json", "manifest.copy.json")
RECORDED = "positions.parquet"


class Files(Protocol):
    """Which files hold the rows of a table, at a time where it has one."""

    def files(self, table: str, time: str | None) -> list[Path]:
        """Now. Raises what cannot be read."""

    def empty(self, table: str) -> Path:
        """A file with its columns and no row."""


class SqlTables:
    """Tables by name, and the statements that make views and table functions of them.

    made   folder of files that are made while it is open.
    error  what one of ours raised while DuckDB asked for files.
    """

    def __init__(self, made: Path, tables: dict[str, Files], definitions: list[str]) -> None:
        self.made = made
        self.error: Exception | None = None
        self._tables = tables
        self._definitions = definitions

    def definitions(self) -> list[str]:
        """Statements, in order."""
        return self._definitions

    def files(self, table: str, time: str | None, *, is_empty: bool) -> list[Path]:
        """Files of a table; is_empty: only its columns are wanted."""
        self.error = None
        try:
            held = self._tables[table]
            return ([] if is_empty else held.files(table, time)) or [held.empty(table)]
        except Exception as error:  # DuckDB tells of it in words alone
            self.error = error
            raise


def open_place(path: Path, made: Path) -> SqlTables:
    """Raises SettingsError for a folder in which there is nothing to ask."""
    if path.is_dir() and any((path / name).exists() for name in (*MANIFESTS, "head")):
        return _data(path, made)
    if (path / RECORDED).is_file() and _is_recording(path / RECORDED):
        return _recording(path, made)
    return _tables(path, made)


def _data(path: Path, made: Path) -> SqlTables:
    from liqscape.service.kinds import stored_vaults
    from liqscape.service.moments import Moments
    from liqscape.service.sql.stored_files import StoredFiles
    from liqscape.store.history import HistoryReader

    stored: StoredFiles = StoredFiles(path, made)
    studied = StudyFiles(path, made)
    vaults = stored_vaults(path)
    moments = Moments(HistoryReader(path), None, vaults)
    tables: dict[str, Files] = {**dict.fromkeys(views.STORED, stored), **dict.fromkeys(views.OF_STUDY, studied)}
    held = MomentFiles(moments.at, made, vaults)
    return SqlTables(
        made, tables | dict.fromkeys(views.OF_MOMENT, held), [*views.stored_definitions(), *views.moment_definitions()]
    )


def _recording(path: Path, made: Path) -> SqlTables:
    from liqscape.service.recorded_moment import find_moment

    held = MomentFiles(lambda at_ms: find_moment(path, at_ms), made)
    given = _named(path)
    definitions = [
        *views.moment_definitions(),
        *(views.file_definition(f"recorded_{name}", file) for name, file in given.items()),
    ]
    return SqlTables(made, dict.fromkeys(views.OF_MOMENT, held), definitions)


def _tables(path: Path, made: Path) -> SqlTables:
    given = _named(path)
    if not given:
        raise SettingsError(f"{path} holds neither stored history nor a recording nor any .parquet or .csv table")
    return SqlTables(made, {}, [views.file_definition(name, file) for name, file in given.items()])


def _named(path: Path) -> dict[str, Path]:
    """Tables of a folder, or the one that was named, by what they are called."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    return {file.stem: file for file in files if file.suffix in ENDINGS and file.is_file()}


def _is_recording(path: Path) -> bool:
    """Whether a table of positions is one of a recorded market, and not one that `export` wrote."""
    import polars

    try:
        return "snapshot_ts" in polars.read_parquet_schema(path)
    except (polars.exceptions.PolarsError, polars.exceptions.PanicException, OSError):
        return True  # what is wrong with it is for its reader to say
