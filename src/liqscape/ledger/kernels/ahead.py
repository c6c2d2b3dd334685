"""Rows that the next prints need, asked for ahead (risk/kernels/prefetch.py): half of a print's time was waiting.

Which row is needed stands in another one that has to be there before: three steps, each for all prints of a block.
"""

from __future__ import annotations

from liqscape.ledger.batches import PrintColumns
from liqscape.ledger.columns import NO_ROW, LedgerAccountColumn, LedgerPositionColumn
from liqscape.ledger.kernels.keys import find_position, first_place
from liqscape.ledger.kernels.recent import bucket_of
from liqscape.ledger.tables import LedgerTables
from liqscape.risk.kernels.jit import merged
from liqscape.risk.kernels.prefetch import prefetch
from liqscape.units import Int64Array

BLOCK = 32
"""Prints whose rows are asked for together: some 400 lines, which the nearest memory holds."""


@merged
def ask_ahead(tables: LedgerTables, number: Int64Array, prints: PrintColumns, order: Int64Array, first: int) -> None:
    """Ask for what the prints from `first` on need. Nothing changes."""
    for step in range(3):
        for place in range(first, min(first + BLOCK, len(order) if len(order) > 0 else len(prints.price))):
            row = order[place] if len(order) > 0 else place
            market = prints.market_index[row]
            for is_buy in (True, False):
                account = number[prints.buyer[row]] if is_buy else number[prints.seller[row]]
                bucket = bucket_of(tables, prints.time_ms[row], prints.trade_id[row], market, account)
                if step == 0:
                    _ask_for_account(tables, account, market, bucket)
                else:
                    _ask_for_position(tables, account, market, bucket, step)


@merged
def _ask_for_account(tables: LedgerTables, account: int, market: int, bucket: int) -> None:
    """Its row, and where its position and the legs that may be the same stand."""
    prefetch(tables.slot, first_place(tables, account, market), 0)
    prefetch(tables.bucket, bucket, 0)
    prefetch(tables.account, account, 0)
    prefetch(tables.state_behind, account, 0)


@merged
def _ask_for_position(tables: LedgerTables, account: int, market: int, bucket: int, step: int) -> None:
    """In step 1 the position, in step 2 its pool."""
    if step == 1:
        row = tables.slot[first_place(tables, account, market)]  # mostly it is the one
        prefetch(tables.position, row, 0)
        prefetch(tables.leg, tables.bucket[bucket] & (len(tables.leg) - 1), 0)
        return
    row = find_position(tables, account, market)
    pool = tables.account[account, LedgerAccountColumn.FIRST_POOL]
    if row != NO_ROW:
        pool = tables.position[row, LedgerPositionColumn.POOL]
    prefetch(tables.pool, pool, 0)
