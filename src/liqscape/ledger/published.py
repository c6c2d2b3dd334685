"""States of the ledger as Accounts: a new one only when something changed, put together when somebody first reads it.

The lists lie scattered over the memory: walking all of them takes four times as long as copying the columns they were
gathered into, so only what changed is gathered, and addresses that did not change are copied in long runs. Most states
nobody reads whole: a frame is made of what changed since the one before (holders.py, standing_pools.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from liqscape.ledger.batches import ChangedAddresses
from liqscape.ledger.columns import NO_ROW, Count, LedgerAccountColumn
from liqscape.ledger.holders import MarketHolders
from liqscape.ledger.tables import LedgerTables
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.lineage import ChangeLog, Version
from liqscape.units import Int64Array

if TYPE_CHECKING:
    from liqscape.ledger.kernels.gathering import Gathered

MANY_SHARE = 0.1
"""Beyond this share of the addresses runs are short and everything is gathered anew."""
MAX_CHANGES = 0.5
"""Changes of more positions than this part of all are put together, whether anybody reads them or not."""


class Changes(NamedTuple):
    """What addresses, given by row (K,) rising, hold from a state on: pools of theirs, in order."""

    row: Int64Array
    fresh: Gathered


class AccountsFoundLater:
    """A function that gives the accounts of one state, the same object each time. In any thread."""

    def __init__(
        self, base: Gathered, changes: tuple[Changes, ...], addresses: Sequence[str], version: Version
    ) -> None:
        self._made_of: tuple[Gathered, tuple[Changes, ...]] = base, changes
        self._addresses, self._version = addresses, version
        self._accounts: dict[str, Accounts] = {}

    def __call__(self) -> Accounts:
        """The accounts; two threads that ask first at once get the same ones."""
        found = self._accounts.get("made")
        return self._make() if found is None else found

    def gathered(self) -> Gathered:
        """The columns behind them, put together."""
        self()
        return self._made_of[0]

    @property
    def made_of(self) -> tuple[Gathered, tuple[Changes, ...]]:
        """Columns of an earlier state, or of this one, and what changed since."""
        return self._made_of

    def _make(self) -> Accounts:
        base, changes = self._made_of
        gathered = _joined(base, changes) if changes else base
        columns = {name: getattr(gathered, name) for name in ("address_row", "offsets", *POOL_COLUMNS)}
        columns |= {name: getattr(gathered, name) for name in POSITION_COLUMNS}
        made = Accounts(addresses=self._addresses, **columns).of_version(self._version)
        accounts = self._accounts.setdefault("made", made)
        self._made_of = gathered, ()
        return accounts


@dataclass(eq=False, kw_only=True)
class HeldState:
    """What all addresses hold at one state of the ledger, and how it follows from the state before.

    accounts       gives the columns of everybody.
    known          (N,) ledger's accounts by row of the addresses.
    changes        since the state before; None: it does not follow from it.
    row_count      rows of the ledger's position table.
    following      the next state, once there is one: who keeps a state keeps what came after it, so a frame does not.
    """

    accounts: AccountsFoundLater
    known: Int64Array
    changes: Changes | None
    row_count: int
    following: HeldState | None = field(default=None, repr=False)
    _holders: MarketHolders | None = field(default=None, repr=False)

    def holders(self, market_count: int) -> MarketHolders:
        """Who holds each market. Made once, and moved on from state to state from then on."""
        if self._holders is None or self._holders.market_count != market_count:
            self._holders = MarketHolders.of(self.accounts.gathered(), market_count)
        return self._holders

    @property
    def has_holders(self) -> bool:
        """Whether they are there without sorting everybody."""
        return self._holders is not None

    def changes_until(self, later: HeldState) -> list[Changes] | None:
        """All that changed between this state and a later one; None where it does not follow from this."""
        found: list[Changes] = []
        state: HeldState | None = self
        while state is not later:
            state = state.following if state is not None else None
            if state is None or state.changes is None:
                return None
            found.append(state.changes)
        return found

    def follow(self, state: HeldState) -> None:
        """Note the next state, and move the holders on where they are there and know its markets."""
        self.following = state
        holders, changes = self._holders, state.changes
        if holders is not None and changes is not None and holders.has_room_for(changes.fresh):
            state._holders = holders.moved(*changes, len(state.known))


class Publisher:
    """Keeps the newest state. One publisher a ledger: it notes what changed."""

    def __init__(self) -> None:
        self._log = ChangeLog()
        self._addresses: Sequence[str] = ()
        self._newest: HeldState | None = None

    @property
    def held(self) -> tuple[Accounts, Int64Array]:
        """The newest accounts asked for, with the ledger's accounts by row of their addresses."""
        if self._newest is None:
            return Accounts.empty(), np.empty(0, np.int64)
        return self._newest.accounts(), self._newest.known

    def accounts(self, tables: LedgerTables, known: Int64Array, addresses: Sequence[str]) -> Accounts:
        """What all known addresses hold now. `known` (N,) accounts by row of `addresses`."""
        return self.state(tables, known, addresses).accounts()

    def state(self, tables: LedgerTables, known: Int64Array, addresses: Sequence[str]) -> HeldState:
        """The same, to be put together later; the same object while nothing changed."""
        before, changed = self._newest, int(tables.counter[Count.CHANGED])
        if before is not None and not changed and addresses is self._addresses:
            return before

        from liqscape.ledger.kernels import gathering

        is_alike = before is not None and _begins_alike(known, before.known)
        if not is_alike or self._log.is_full:
            self._log = ChangeLog()  # rows may be of other addresses now
        rows = tables.account[tables.changed[:changed], LedgerAccountColumn.KNOWN_ROW]
        rows = np.sort(rows[rows != NO_ROW])
        version = self._log.note(rows, len(known))
        row_count = int(tables.counter[Count.POSITION_END])
        if before is None or not is_alike or changed > MANY_SHARE * len(known):
            later = AccountsFoundLater(_gather(tables, known), (), addresses, version)
            state = HeldState(accounts=later, known=known, changes=None, row_count=row_count)
        else:
            changes = Changes(rows, _gather_some(tables, known, rows))
            base, earlier = before.accounts.made_of
            later = AccountsFoundLater(base, (*earlier, changes), addresses, version)
            state = HeldState(accounts=later, known=known, changes=changes, row_count=row_count)
            if sum(len(each.fresh.size) for each in earlier) > MAX_CHANGES * len(base.size):
                later()
        if before is not None:
            before.follow(state)
        gathering.forget_changed(tables)
        self._newest, self._addresses = state, addresses
        return state


def _begins_alike(known: Int64Array, before: Int64Array) -> bool:
    """Whether every address has the row it had."""
    return known is before or (len(known) >= len(before) and np.array_equal(known[: len(before)], before))


def _gather(tables: LedgerTables, known: Int64Array) -> Gathered:
    from liqscape.ledger.kernels import gathering

    into = _room(int(tables.counter[Count.POOL_END]), int(tables.counter[Count.POSITION_END]))
    return _cut(into, *gathering.gather(tables, known, into))


def _gather_some(tables: LedgerTables, known: Int64Array, rows: Int64Array) -> Gathered:
    """What some addresses hold, in columns of their own size."""
    gathered = _gather(tables, known[rows])
    columns = {name: getattr(gathered, name).copy() for name in gathered._fields}
    columns["address_row"] = rows[columns["address_row"]].astype(columns["address_row"].dtype)
    return gathered._replace(**columns)


def _joined(base: Gathered, changes: Sequence[Changes]) -> Gathered:
    """The columns of a state from those of an earlier one: of each address what it came to hold last."""
    from liqscape.ledger.kernels import gathering

    row = np.concatenate([each.row for each in changes])
    fresh = _together([each.fresh for each in changes])
    first, last = (np.concatenate(parts) for parts in zip(*_places(changes), strict=True))
    # Of equal rows np.unique finds the first: turned around, the last.
    changed, newest = np.unique(row[::-1], return_index=True)
    newest = len(row) - 1 - newest
    into = _room(len(base.raw_usd) + len(fresh.raw_usd), len(base.size) + len(fresh.size))
    counts = gathering.copy_changed(
        base,
        ChangedAddresses(
            row=changed,
            first_pool=np.searchsorted(base.address_row, changed),
            last_pool=np.searchsorted(base.address_row, changed, side="right"),
        ),
        fresh,
        ChangedAddresses(row=changed, first_pool=first[newest], last_pool=last[newest]),
        into,
    )
    return _cut(into, *counts)


def _places(changes: Sequence[Changes]) -> Iterator[tuple[Int64Array, Int64Array]]:
    """Where the pools of each address begin and end, all changes one behind the other."""
    step = 0
    for row, fresh in changes:
        first = np.searchsorted(fresh.address_row, row)
        yield first + step, np.searchsorted(fresh.address_row, row, side="right") + step
        step += len(fresh.raw_usd)


def _together(parts: Sequence[Gathered]) -> Gathered:
    """Pools of all parts, one part behind the other."""
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in parts[0]._fields}
    steps = np.cumsum([0, *(len(part.size) for part in parts)])
    offsets = [part.offsets[:-1] + step for part, step in zip(parts, steps[:-1].tolist(), strict=True)]
    columns["offsets"] = np.concatenate((*offsets, steps[-1:]))
    return parts[0]._replace(**columns)


def _room(pools: int, positions: int) -> Gathered:
    """Columns with room for so many rows."""
    from liqscape.ledger.kernels.gathering import Gathered

    return Gathered(
        address_row=np.empty(pools, np.int32),
        raw_usd=np.empty(pools),
        margin_source=np.empty(pools, np.uint8),
        mode=np.empty(pools, np.uint8),
        is_exempt=np.empty(pools, np.bool_),
        observed_ms=np.empty(pools, np.int64),
        offsets=np.empty(pools + 1, np.int64),
        positions=np.empty(positions, np.int32),
        market_index=np.empty(positions, np.int32),
        size=np.empty(positions),
        table_row=np.empty(positions, np.int32),
        entry_price=np.empty(positions),
        leverage=np.empty(positions),
        observed_mark=np.empty(positions),
        published=np.empty(positions, np.uint8),
        published_price=np.empty(positions),
    )


def _cut(into: Gathered, pools: int, positions: int) -> Gathered:
    """The rows that were filled."""
    by_pool = {name: getattr(into, name)[:pools] for name in ("address_row", *POOL_COLUMNS)}
    by_position = {name: getattr(into, name)[:positions] for name in ("positions", *POSITION_COLUMNS)}
    return into._replace(offsets=into.offsets[: pools + 1], **by_pool, **by_position)
