"""Tables of a study as the Parquet files of its parts, and empty ones where nothing was studied."""

from __future__ import annotations

from pathlib import Path

PREFIX = "studied_"


class StudyFiles:
    """Files of a data folder's study. made: folder of what is made."""

    def __init__(self, folder: Path, made: Path) -> None:
        self._folder = folder
        self._made = made

    def files(self, table: str, time: str | None) -> list[Path]:  # noqa: ARG002 - tables through time have none
        """Those of the last writing of each day."""
        from liqscape.store.studies import StudyReader

        name = table.removeprefix(PREFIX)
        return [part.path / f"{name}.parquet" for part in StudyReader(self._folder).parts()]

    def empty(self, table: str) -> Path:
        """Its columns."""
        from liqscape.store.studies.schema import frame_of

        path = self._made / f"{table}-empty.parquet"
        if not path.exists():
            frame_of(table.removeprefix(PREFIX), []).write_parquet(path)
        return path
