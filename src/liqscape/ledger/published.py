"""The ledger's tables as Accounts: a new object only when something changed, made of what changed alone.

The lists lie scattered over the memory: walking all of them takes four times as long as copying the columns they were
gathered into, so addresses that did not change are copied in long runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from liqscape.ledger.batches import ChangedAddresses
from liqscape.ledger.columns import NO_ROW, Count, LedgerAccountColumn
from liqscape.ledger.tables import LedgerTables
from liqscape.model.accounts import POOL_COLUMNS, POSITION_COLUMNS, Accounts
from liqscape.model.lineage import ChangeLog
from liqscape.units import Int64Array

if TYPE_CHECKING:
    from liqscape.ledger.kernels.gathering import Gathered

MANY_SHARE = 0.1
"""Beyond this share of the addresses runs are short and everything is gathered anew."""


class Publisher:
    """Keeps the newest Accounts and the columns behind them. One publisher a ledger: it notes what changed."""

    def __init__(self) -> None:
        self._accounts = Accounts.empty()
        self._known = np.empty(0, np.int64)
        self._gathered: Gathered | None = None
        self._log = ChangeLog()

    @property
    def held(self) -> tuple[Accounts, Int64Array]:
        """The newest ones made, with the accounts by row of their addresses."""
        return self._accounts, self._known

    def accounts(self, tables: LedgerTables, known: Int64Array, addresses: tuple[str, ...]) -> Accounts:
        """What all known addresses hold now. `known` (N,) accounts by row of `addresses`."""
        changed = int(tables.counter[Count.CHANGED])
        if not changed and addresses is self._accounts.addresses:
            return self._accounts

        from liqscape.ledger.kernels import gathering

        before, is_alike = self._gathered, self._begins_alike(known)
        if not is_alike:
            self._log = ChangeLog()  # rows are of other addresses now
        rows = tables.account[tables.changed[:changed], LedgerAccountColumn.KNOWN_ROW]
        version = self._log.note(rows[rows != NO_ROW], len(known))
        self._known = known
        if before is None or not is_alike or changed > MANY_SHARE * len(known):
            self._gathered = _gather(tables, known)
        else:
            self._gathered = _with_changed(tables, known, before)
        gathering.forget_changed(tables)
        columns = {name: getattr(self._gathered, name) for name in ("address_row", "offsets", *POOL_COLUMNS)}
        columns |= {name: getattr(self._gathered, name) for name in POSITION_COLUMNS}
        self._accounts = Accounts(addresses=addresses, **columns).of_version(version)
        return self._accounts

    def _begins_alike(self, known: Int64Array) -> bool:
        """Whether every address has the row it had."""
        before = len(self._known)
        return len(known) >= before and np.array_equal(known[:before], self._known)


def _gather(tables: LedgerTables, known: Int64Array) -> Gathered:
    from liqscape.ledger.kernels import gathering

    into = _room(tables)
    return _cut(into, *gathering.gather(tables, known, into))


def _with_changed(tables: LedgerTables, known: Int64Array, before: Gathered) -> Gathered:
    from liqscape.ledger.kernels import gathering

    rows = tables.account[tables.changed[: tables.counter[Count.CHANGED]], LedgerAccountColumn.KNOWN_ROW]
    changed = np.sort(rows[rows != NO_ROW])
    first = np.searchsorted(before.address_row, changed)
    last = np.searchsorted(before.address_row, changed, side="right")
    addresses, into = ChangedAddresses(row=changed, first_pool=first, last_pool=last), _room(tables)
    return _cut(into, *gathering.gather_changed(tables, known, before, addresses, into))


def _room(tables: LedgerTables) -> Gathered:
    """Columns with room for every row of the ledger's tables."""
    from liqscape.ledger.kernels.gathering import Gathered

    pools, positions = int(tables.counter[Count.POOL_END]), int(tables.counter[Count.POSITION_END])
    return Gathered(
        address_row=np.empty(pools, np.int32),
        raw_usd=np.empty(pools),
        margin_source=np.empty(pools, np.uint8),
        mode=np.empty(pools, np.uint8),
        is_exempt=np.empty(pools, np.bool_),
        observed_ms=np.empty(pools, np.int64),
        offsets=np.empty(pools + 1, np.int64),
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
    by_position = {name: getattr(into, name)[:positions] for name in POSITION_COLUMNS}
    return into._replace(offsets=into.offsets[: pools + 1], **by_pool, **by_position)
