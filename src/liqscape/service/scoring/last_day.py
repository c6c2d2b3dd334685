"""The last scored day, for the status: looked up again only where a day was written since."""

from __future__ import annotations

from pathlib import Path

from liqscape.service.folders import SCORES


class LastScoredDay:
    """Any thread may ask: what is replaced is replaced as a whole."""

    def __init__(self, data: Path | None) -> None:
        self._data = data
        self._known: tuple[int, str | None] = (-1, None)

    @property
    def day(self) -> str | None:
        """UTC day as 2026-02-03; None where no whole day was scored."""
        if self._data is None or not (self._data / SCORES).is_dir():
            return None
        from liqscape.store.scores.reader import LAST_TABLE, ScoreReader  # not before there is something to read

        try:
            changed_ns = (self._data / SCORES / LAST_TABLE).stat().st_mtime_ns
        except OSError:
            return None
        if changed_ns != self._known[0]:
            self._known = changed_ns, ScoreReader(self._data).last_day
        return self._known[1]
