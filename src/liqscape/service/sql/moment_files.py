"""Tables of a moment as Parquet files: made when they are asked for, each once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.service.asked_time import parse_time
from liqscape.service.kinds import Vaults, no_vaults
from liqscape.service.moment_rows import HeldMoment, build_rows, empty_rows

if TYPE_CHECKING:
    import polars

PREFIX = "moment_"


class MomentFiles:
    """find: the last moment at or before a time, the newest without one. made: folder of what is made. vaults: those
    that are known, of which levels say so."""

    def __init__(self, find: Callable[[int | None], HeldMoment], made: Path, vaults: Vaults = no_vaults) -> None:
        self._vaults = vaults
        self._find = find
        self._made = made

    def files(self, table: str, time: str | None) -> list[Path]:
        """The table at a time: ISO 8601, UTC unless it says otherwise, or milliseconds since 1970."""
        moment = self._find(None if time is None else parse_time("time", time))
        name = table.removeprefix(PREFIX)
        path = self._made / f"{name}-{moment.frame.time_ms}.parquet"
        return [path if path.exists() else _write(path, build_rows(name, moment, (), vaults=self._vaults))]

    def empty(self, table: str) -> Path:
        """Its columns."""
        path = self._made / f"{table}-empty.parquet"
        return path if path.exists() else _write(path, empty_rows(table.removeprefix(PREFIX)))


def _write(path: Path, rows: polars.DataFrame) -> Path:
    part = path.with_suffix(".part")
    rows.write_parquet(part)
    part.replace(path)
    return path
