"""Stored frames as studies read them: forward, one after the other, each with its levels (insight/minute.py)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from liqscape.errors import CorruptSegment
from liqscape.insight.minute import AddressKeys, Minute, Triggers
from liqscape.ledger.triggers import triggers_on
from liqscape.risk.liquidation import solve_liquidation

if TYPE_CHECKING:
    from liqscape.model.accounts import Accounts
    from liqscape.store.history import HistoryReader
    from liqscape.store.history.minutes import StoredMinute

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
        if self._last is not None and self._last.time_ms != before_ms:
            self._last = None
        # From the frame before on: what was paid in between is told by both together.
        for stored in self._reader.minutes(start_ms if before_ms is None else before_ms, end_ms):
            if self._last is not None and self._last.time_ms == stored.time_ms:
                continue
            before, self._last = self._last, self._minute(stored)
            if stored.time_ms >= start_ms:
                yield before, self._last

    def _minute(self, stored: StoredMinute) -> Minute:
        accounts, snapshot = stored.accounts, stored.frame.snapshot
        return Minute(
            snapshot=snapshot,
            accounts=accounts,
            tables=stored.tables,
            level=solve_liquidation(accounts, snapshot, stored.tables).price,
            key=self._keys.of(accounts.addresses),
            notes=stored.notes,
            is_gap=stored.is_gap,
            read_triggers=partial(self._triggers, stored.time_ms, accounts),
        )

    def _triggers(self, time_ms: int, accounts: Accounts) -> Triggers | None:
        """Trigger orders stored with a frame; unknown too where only a damaged file says."""
        try:
            standing = self._reader.standing_at(time_ms)
        except CorruptSegment:
            return None
        return None if standing is None else triggers_on(standing, accounts)
