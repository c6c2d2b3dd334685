"""Which frame answers a question about a time: the newest one held in memory, or one of the stored history.

The bands of a stored frame are solved again from the accounts stored with it, by the kernel that made them: the
same numbers to the bit, and quicker than putting together the changed bands of every coin.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from liqscape.errors import CorruptSegment, NotFound
from liqscape.heatmap.bands import Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.kept_apart import vault_bands
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.risk.liquidation import solve_roots
from liqscape.service.kinds import VaultFinder, Vaults, find_vaults, no_vaults
from liqscape.service.live import LiveState, Now
from liqscape.units import Int64Array

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader

KEPT_MOMENTS = 16
"""Frames read from disk that stay in memory: clicks cluster around the moment on screen."""


@dataclass(frozen=True)
class Moment:
    """A frame; its accounts are read, and the bands of a stored one solved, when first asked for.

    told        the frame; of a stored one without its bands, which is all that a status needs.
    collateral  None: all raw USD stays when marks move.
    """

    told: MarketFrame
    source: Now | HistoryReader
    finder: VaultFinder = field(default_factory=VaultFinder)
    collateral: Collateral | None = None

    @cached_property
    def frame(self) -> MarketFrame:
        """The frame with its bands."""
        if isinstance(self.source, Now):
            return self.told
        return _with_bands(self.told, self.accounts, self.tables)

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts as they stood at the frame. Raises NotFound where only a damaged file holds them."""
        if isinstance(self.source, Now):
            return self.source.accounts
        try:
            return self.source.accounts_at(self.told.time_ms)
        except CorruptSegment as error:
            file = Path(str(error.context.get("path", ""))).name
            text = f"accounts at {self.told.time_ms} cannot be read: {file} is damaged, status says what to do"
            raise NotFound(text) from error

    @property
    def vault_rows(self) -> Int64Array:
        """(V,) rows of the accounts' addresses that are vaults, as far as is known today."""
        if isinstance(self.source, Now):
            return self.finder.rows(self.accounts.addresses)
        return find_vaults(self.accounts.addresses, self.finder.vaults())

    def vault_bands(self, market_index: int) -> Bands:
        """The part of a market's bands that is vaults'."""
        return vault_bands(self.accounts, self.vault_rows, self.told.snapshot, self.tables, market_index)

    @property
    def sequence(self) -> int | None:
        """Number of a live frame; a stored one has none."""
        return self.source.sequence if isinstance(self.source, Now) else None

    @cached_property
    def tables(self) -> MarginTables:
        """Margin tables the accounts' rows name."""
        if isinstance(self.source, Now):
            return self.source.tables
        return self.source.tables_at(self.told.time_ms)


def read_stored(reader: HistoryReader, time_ms: int) -> tuple[MarketFrame, Accounts, MarginTables] | None:
    """The last stored frame at or before a time, its accounts and their tables; None if there is none."""
    frame = reader.frame_at(time_ms, with_bands=False)
    if frame is None:
        return None
    accounts, tables = reader.accounts_at(frame.time_ms), reader.tables_at(frame.time_ms)
    return _with_bands(frame, accounts, tables), accounts, tables


def _with_bands(frame: MarketFrame, accounts: Accounts, tables: MarginTables) -> MarketFrame:
    bands, _ = build_bands(accounts, frame.snapshot, solve_roots(accounts, frame.snapshot, tables))
    return replace(frame, bands=bands)


class Moments:
    """Finds frames by time, for any thread. One stored frame is read at a time; those in memory never wait for it."""

    def __init__(self, reader: HistoryReader | None, live: LiveState | None, vaults: Vaults = no_vaults) -> None:
        self._finder = VaultFinder(vaults)
        self._reader = reader
        self._live = live
        self._reading = threading.Lock()
        self._keeping = threading.Lock()
        self._kept: OrderedDict[int, Moment] = OrderedDict()

    def at(self, at_ms: int | None) -> Moment:
        """The last frame at or before a time; the newest one without a time. Raises NotFound if there is none."""
        now = None if self._live is None else self._live.now
        if now is not None and (at_ms is None or at_ms >= now.frame.time_ms):
            return Moment(now.frame, now, self._finder)
        reader = self._reader
        first = None if reader is None else reader.first_ms
        last = None if reader is None else reader.last_ms
        if reader is None or first is None or last is None:
            raise NotFound(f"no frame at or before {at_ms}" if at_ms is not None else "the map has no frame yet")
        time_ms = last if at_ms is None else min(at_ms, last)
        kept = self._recall(time_ms)
        if kept is not None:
            return kept
        with self._reading:  # who waited finds it kept
            return self._recall(time_ms) or self._read(reader, time_ms, first)

    def _read(self, reader: HistoryReader, time_ms: int, first_ms: int) -> Moment:
        stored = reader.frame_at(time_ms, with_bands=False)
        if stored is None:
            raise NotFound(f"no frame at or before {time_ms}; the first one is of {first_ms}")
        moment = Moment(stored, reader, self._finder)
        with self._keeping:
            self._kept[time_ms] = moment
            while len(self._kept) > KEPT_MOMENTS:
                self._kept.popitem(last=False)
        return moment

    def _recall(self, time_ms: int) -> Moment | None:
        with self._keeping:
            if time_ms in self._kept:
                self._kept.move_to_end(time_ms)
            return self._kept.get(time_ms)
