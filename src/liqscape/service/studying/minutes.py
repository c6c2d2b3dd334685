"""Stored frames as studies read them: forward, one after the other, each with its levels (insight/minute.py)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from liqscape.insight.minute import AddressKeys, Minute
from liqscape.risk.liquidation import solve_liquidation

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader

END_MS = 10**15
"""After every frame."""


class StudiedMinutes:
    """Goes through stored frames; keys of addresses are kept from frame to frame."""

    def __init__(self, reader: HistoryReader) -> None:
        self._reader = reader
        self._keys = AddressKeys()
        self._last: Minute | None = None

    def read(self, start_ms: int, end_ms: int = END_MS) -> Iterator[tuple[Minute | None, Minute]]:
        """Each frame in [start, end) and the one before it; None before the first of all.

        Raises CorruptSegment where the accounts of a frame cannot be read.
        """
        before_ms = self._reader.frame_time_at(start_ms - 1)
        if self._last is None or self._last.time_ms != before_ms:
            self._last = None if before_ms is None else self._minute(before_ms)
        for time_ms in self._reader.frame_times(start_ms, end_ms).tolist():
            before, self._last = self._last, self._minute(time_ms)
            yield before, self._last

    def _minute(self, time_ms: int) -> Minute:
        reader, last = self._reader, self._last
        frame = reader.frame_at(time_ms, with_bands=False)
        assert frame is not None
        accounts, tables = reader.accounts_at(time_ms), reader.tables_at(time_ms)
        return Minute(
            snapshot=frame.snapshot,
            accounts=accounts,
            tables=tables,
            level=solve_liquidation(accounts, frame.snapshot, tables).price,
            key=self._keys.of(accounts.addresses),
            notes=None,
            is_gap=last is None or time_ms - last.time_ms > reader.hold_ms,
        )
