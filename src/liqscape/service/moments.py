"""Which frame answers a question about a time: the newest one held in memory, or one of the stored history.

The bands of a stored frame are solved again from the accounts stored with it, by the kernel that made them: the
same numbers to the bit, and quicker than putting together the changed bands of every coin.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from liqscape.errors import CorruptSegment, NotFound
from liqscape.heatmap.bands import BAND_COLUMNS, Bands
from liqscape.heatmap.build import build_bands
from liqscape.heatmap.coin_levels import CoinLevels, levels_of_coin
from liqscape.heatmap.frame import MarketFrame
from liqscape.heatmap.kept_apart import vault_bands
from liqscape.heatmap.moment import Moment
from liqscape.ledger.triggers import triggers_on
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.model.triggers import TriggerColumns, TriggerKnowledge
from liqscape.risk.liquidation import solve_roots
from liqscape.service.asked_time import utc_text
from liqscape.service.kinds import VaultFinder, Vaults, find_vaults, no_vaults
from liqscape.service.live import LiveState
from liqscape.service.paging import FrameId
from liqscape.units import Int64Array

if TYPE_CHECKING:
    from liqscape.store.history import HistoryReader

MAX_KEPT = 64
KEPT_BYTES = 160_000_000
"""Of moments read from disk that stay in memory: clicks cluster around the moment on screen. One of the whole exchange
takes 60 to 80 MB, so two of it stay; of a small market, all that anybody asks for."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class AskedMoment:
    """A moment that questions ask; its accounts are read, and the bands of a stored one solved, when first asked for.

    told        the frame; of a stored one without its bands, which is all that a status needs.
    collateral  None: all raw USD stays when marks move.
    on_grown    told whenever more of it stands in memory than before.

    Several threads may ask: what two want at once is read once, and who asks another moment does not wait.
    """

    reported: MarketFrame
    source: Moment | HistoryReader
    finder: VaultFinder = field(default_factory=VaultFinder)
    collateral: Collateral | None = None
    on_grown: Callable[[], None] | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False, compare=False)
    _made: dict[str, object] = field(default_factory=dict, repr=False, compare=False)

    @property
    def frame(self) -> MarketFrame:
        """The frame with its bands."""
        if isinstance(self.source, Moment):
            return self.reported
        return self._once("frame", lambda: _with_bands(self.reported, self.accounts, self.tables))

    @property
    def accounts(self) -> Accounts:
        """Accounts as they stood at the frame. Raises NotFound where only a damaged file holds them."""
        if isinstance(self.source, Moment):
            return self.source.accounts
        reader = self.source
        try:
            return self._once("accounts", lambda: self._of_frame(reader, reader.accounts_at))
        except CorruptSegment as error:
            file = Path(str(error.context.get("path", ""))).name
            when = utc_text(self.reported.time_ms)
            text = f"accounts at {when} cannot be read: {file} is damaged, status says what to do"
            raise NotFound(text) from error

    @property
    def tables(self) -> MarginTables:
        """Margin tables the accounts' rows name."""
        if isinstance(self.source, Moment):
            return self.source.tables
        reader = self.source
        return self._once("tables", lambda: self._of_frame(reader, reader.tables_at))

    @property
    def triggers(self) -> tuple[TriggerColumns, TriggerKnowledge] | None:
        """Trigger orders known at the frame; None where nobody read any for it, or a damaged file holds them."""
        return self.source.triggers if isinstance(self.source, Moment) else self._stored_triggers(self.source).triggers

    @property
    def damaged_triggers(self) -> str | None:
        """The damaged file that would say which trigger orders were known; None where none is."""
        return None if isinstance(self.source, Moment) else self._stored_triggers(self.source).damaged

    def _stored_triggers(self, reader: HistoryReader) -> _StoredTriggers:
        return self._once("triggers", lambda: self._of_frame(reader, lambda at_ms: self._read_triggers(reader, at_ms)))

    def _read_triggers(self, reader: HistoryReader, at_ms: int) -> _StoredTriggers:
        try:
            standing = reader.standing_at(at_ms)
        except CorruptSegment as error:
            return _StoredTriggers(damaged=Path(str(error.context.get("path", ""))).name)
        return _StoredTriggers() if standing is None else _StoredTriggers(triggers_on(standing, self.accounts))

    @property
    def vault_rows(self) -> Int64Array:
        """(V,) rows of the accounts' addresses that are vaults, as far as is known today."""
        if isinstance(self.source, Moment):
            return self.finder.rows(self.accounts.addresses)
        return find_vaults(self.accounts.addresses, self.finder.vaults())

    def vault_bands(self, market_index: int) -> Bands:
        """The part of a market's bands that is vaults'."""
        return vault_bands(self.accounts, self.vault_rows, self.reported.snapshot, self.tables, market_index)

    def levels(self, market_index: int) -> CoinLevels:
        """The single positions in a market's bands."""
        return levels_of_coin(self.accounts, self.reported.snapshot, self.tables, market_index)

    @property
    def sequence(self) -> int | None:
        """Number of a live frame; a stored one has none."""
        return self.source.sequence if isinstance(self.source, Moment) else None

    @property
    def frame_id(self) -> FrameId:
        """What identifies a frame among others."""
        return FrameId(-1 if self.sequence is None else self.sequence, self.reported.time_ms)

    @property
    def byte_count(self) -> int:
        """Memory of what was read and solved so far; addresses are shared by the moments of a history."""
        accounts, frame = self._made.get("accounts"), self._made.get("frame")
        held = accounts.byte_count + 5 * accounts.position_count if isinstance(accounts, Accounts) else 0
        if isinstance(frame, MarketFrame):
            held += sum(getattr(frame.bands, name).nbytes for name in BAND_COLUMNS)
        triggers = self._made.get("triggers")
        return held + (triggers.byte_count if isinstance(triggers, _StoredTriggers) else 0)

    def _of_frame(self, reader: HistoryReader, read: Callable[[int], T]) -> T:
        """What is stored with the frame. Raises NotFound where it has been removed since, by age or for room: what is
        read would be of an earlier one."""
        found = read(self.reported.time_ms)
        if reader.frame_time_at(self.reported.time_ms) != self.reported.time_ms:
            raise NotFound(
                f"the frame of {utc_text(self.reported.time_ms)} is not kept any more; ask for its time again"
            )
        return found

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` gives, made once. A lock of this moment alone: that of functools' cached_property is one for all
        objects of a class, so that reading one moment would make every other one wait."""
        made = self._made.get(name)
        if made is None:
            with self._lock:
                made = self._made.get(name)
                if made is None:
                    made = self._made[name] = make()
            if self.on_grown is not None:
                self.on_grown()
        return cast("T", made)


@dataclass(frozen=True)
class _StoredTriggers:
    """What is stored of trigger orders with a frame. damaged: the file that cannot be read."""

    triggers: tuple[TriggerColumns, TriggerKnowledge] | None = None
    damaged: str | None = None

    @property
    def byte_count(self) -> int:
        return 0 if self.triggers is None else sum(column.nbytes for part in self.triggers for column in part)


def read_stored(reader: HistoryReader, time_ms: int, *, with_triggers: bool = False) -> Moment | None:
    """The last stored frame at or before a time, with its accounts and their tables; None if there is none.

    with_triggers: trigger orders too; a damaged file of them costs only them.
    """
    frame = reader.frame_at(time_ms, with_bands=False)
    if frame is None:
        return None
    accounts, tables = reader.accounts_at(frame.time_ms), reader.tables_at(frame.time_ms)
    standing = None
    if with_triggers:
        with suppress(CorruptSegment):
            standing = reader.standing_at(frame.time_ms)
    if reader.frame_time_at(frame.time_ms) != frame.time_ms:  # it went meanwhile: they are of an earlier one
        return read_stored(reader, time_ms, with_triggers=with_triggers)
    return Moment(
        frame=_with_bands(frame, accounts, tables),
        accounts=accounts,
        tables=tables,
        is_stored=True,
        triggers=None if standing is None else triggers_on(standing, accounts),
        standing=standing,
    )


def _with_bands(frame: MarketFrame, accounts: Accounts, tables: MarginTables) -> MarketFrame:
    bands, _ = build_bands(accounts, frame.snapshot, solve_roots(accounts, frame.snapshot, tables))
    return replace(frame, bands=bands)


def _nothing_before(at_ms: int | None, first_ms: int) -> str:
    asked = utc_text(first_ms if at_ms is None else at_ms)
    return f"no frame at or before {asked}; the first one is of {utc_text(first_ms)}"


class Moments:
    """Finds frames by time, for any thread. Nobody waits for another's moment; two who ask the same read it once."""

    def __init__(
        self,
        reader: HistoryReader | None,
        live: LiveState | None,
        vaults: Vaults = no_vaults,
        kept_bytes: int = KEPT_BYTES,
    ) -> None:
        self._finder = VaultFinder(vaults)
        self._reader = reader
        self._live = live
        self._kept_bytes = kept_bytes
        self._keeping = threading.Lock()
        self._kept: OrderedDict[int, _Kept] = OrderedDict()

    def at(self, at_ms: int | None) -> AskedMoment:
        """The last frame at or before a time; the newest one without a time. Raises NotFound if there is none."""
        now = None if self._live is None else self._live.now
        if now is not None and (at_ms is None or at_ms >= now.frame.time_ms):
            return AskedMoment(reported=now.frame, source=now, finder=self._finder)
        reader = self._reader
        first = None if reader is None else reader.first_ms
        last = None if reader is None else reader.last_ms
        if reader is None or first is None or last is None:
            raise NotFound(
                f"no frame at or before {utc_text(at_ms)}" if at_ms is not None else "the map has no frame yet"
            )
        time_ms = reader.frame_time_at(last if at_ms is None else min(at_ms, last))
        if time_ms is None:
            raise NotFound(_nothing_before(at_ms, first))
        with self._keeping:
            kept = self._kept.setdefault(time_ms, _Kept())
            self._kept.move_to_end(time_ms)
        with kept.reading:
            if kept.moment is None:
                stored = reader.frame_at(time_ms, with_bands=False)
                if stored is None:
                    raise NotFound(_nothing_before(at_ms, first))
                kept.moment = AskedMoment(reported=stored, source=reader, finder=self._finder, on_grown=self._forget)
        self._forget()
        return kept.moment

    def let_go(self) -> None:
        """Keep none that was read from disk: who asks for one again has it read again."""
        with self._keeping:
            self._kept.clear()

    def _forget(self) -> None:
        """Drop the moments asked for longest ago, beyond the bound; the newest stays, whatever it takes."""
        with self._keeping:
            held = sum(kept.byte_count for kept in self._kept.values())
            while len(self._kept) > 1 and (held > self._kept_bytes or len(self._kept) > MAX_KEPT):
                _, oldest = self._kept.popitem(last=False)
                held -= oldest.byte_count


@dataclass
class _Kept:
    """A place for a moment while it is read, and for as long as it is kept."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    moment: AskedMoment | None = None

    @property
    def byte_count(self) -> int:
        return 0 if self.moment is None else self.moment.byte_count
