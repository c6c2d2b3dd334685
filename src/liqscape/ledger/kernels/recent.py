"""The ring of recent legs: what was printed already, and what has to be put on top of a state that is older."""

from __future__ import annotations

from liqscape.ledger.columns import Count, LedgerAccountColumn, LegColumn, LegValueColumn
from liqscape.ledger.tables import LedgerTables
from liqscape.risk.kernels.jit import compiled, merged


@merged
def bucket_of(tables: LedgerTables, time_ms: int, trade_id: int, market: int, account: int) -> int:
    """Where the newest leg of this hash is named."""
    spread = (time_ms ^ (trade_id * 0x9E3779B97F4A7C1)) + market * 0x632BE59BD9B4E01 + account * 0x58C7A4C3A5D31F3
    return (spread ^ (spread >> 31)) & (len(tables.bucket) - 1)


@merged
def find_leg(tables: LedgerTables, time_ms: int, trade_id: int, market: int, account: int, is_buy: bool) -> int:
    """Number of a leg that came before; 0 where it is new. Without a trade id it is always new."""
    if trade_id < 0:
        return 0
    number = tables.bucket[bucket_of(tables, time_ms, trade_id, market, account)]
    while number >= tables.counter[Count.LEG_START]:
        row = number & (len(tables.leg) - 1)
        if (
            tables.leg[row, LegColumn.TRADE_ID] == trade_id
            and tables.leg[row, LegColumn.TIME_MS] == time_ms
            and tables.leg[row, LegColumn.ACCOUNT] == account
            and tables.leg[row, LegColumn.MARKET] == market
            and (tables.leg_value[row, LegValueColumn.SIZE] > 0.0) == is_buy
        ):
            return number
        number = tables.leg[row, LegColumn.LINK]
    return 0


@merged
def has_forgotten(tables: LedgerTables, account: int) -> bool:
    """Whether a leg of this account has left the ring."""
    number = tables.account[account, LedgerAccountColumn.LAST_LEG]
    while number >= tables.counter[Count.LEG_START]:
        number = tables.leg[number & (len(tables.leg) - 1), LegColumn.BEFORE]
    return number > 0


@merged
def add_leg(
    tables: LedgerTables,
    time_ms: int,
    trade_id: int,
    market: int,
    account: int,
    size: float,
    price: float,
    fee: float,
    is_reported: int,
    forced: int,
) -> None:
    """Note a leg; the oldest makes room."""
    number = tables.counter[Count.LEG_END]
    tables.counter[Count.LEG_END] = number + 1
    tables.counter[Count.NEWEST_MS] = max(tables.counter[Count.NEWEST_MS], time_ms)
    row = number & (len(tables.leg) - 1)
    if number - tables.counter[Count.LEG_START] >= len(tables.leg):
        if tables.leg[row, LegColumn.MARKET] >= 0:
            tables.forgotten[tables.leg[row, LegColumn.MARKET]] = tables.leg[row, LegColumn.STAMP_MS]
        tables.counter[Count.FORGOTTEN_MS] = tables.leg[row, LegColumn.STAMP_MS]
        tables.counter[Count.LEG_START] += 1
    bucket = bucket_of(tables, time_ms, trade_id, market, account)
    tables.leg[row, LegColumn.TIME_MS] = time_ms
    tables.leg[row, LegColumn.TRADE_ID] = trade_id
    tables.leg[row, LegColumn.MARKET] = market
    tables.leg[row, LegColumn.ACCOUNT] = account
    tables.leg[row, LegColumn.STAMP_MS] = tables.counter[Count.NEWEST_MS]
    tables.leg[row, LegColumn.BEFORE] = tables.account[account, LedgerAccountColumn.LAST_LEG]
    tables.leg[row, LegColumn.LINK] = tables.bucket[bucket]
    tables.leg[row, LegColumn.IS_REPORTED] = is_reported
    tables.leg[row, LegColumn.FORCED] = forced
    tables.leg_value[row, LegValueColumn.SIZE] = size
    tables.leg_value[row, LegValueColumn.PRICE] = price
    tables.leg_value[row, LegValueColumn.FEE] = fee
    tables.bucket[bucket] = number
    tables.account[account, LedgerAccountColumn.LAST_LEG] = number


@compiled
def free_legs(tables: LedgerTables, keep_ms: int) -> int:
    """Room in the ring once what is older than `keep_ms` has been let go.

    Of each coin the stamp of the last one to go is noted: stamps never fall, and no leg is newer than its own.
    """
    start, end = tables.counter[Count.LEG_START], tables.counter[Count.LEG_END]
    oldest_ms = tables.counter[Count.NEWEST_MS] - keep_ms
    forgotten_ms = tables.counter[Count.FORGOTTEN_MS]
    while start < end:
        row = start & (len(tables.leg) - 1)
        stamp_ms, market = tables.leg[row, LegColumn.STAMP_MS], tables.leg[row, LegColumn.MARKET]
        if stamp_ms >= oldest_ms:
            break
        if market >= 0:  # cash that moved has no coin
            tables.forgotten[market] = stamp_ms
        forgotten_ms = stamp_ms
        start += 1
    tables.counter[Count.LEG_START], tables.counter[Count.FORGOTTEN_MS] = start, forgotten_ms
    return len(tables.leg) - (end - start)


@compiled
def move_legs(tables: LedgerTables, fresh: LedgerTables) -> None:
    """Put the legs of one ring into a larger one, under their numbers."""
    for number in range(tables.counter[Count.LEG_START], tables.counter[Count.LEG_END]):
        old, row = number & (len(tables.leg) - 1), number & (len(fresh.leg) - 1)
        for column in range(LegColumn.WIDTH):
            fresh.leg[row, column] = tables.leg[old, column]
        for column in range(LegValueColumn.WIDTH):
            fresh.leg_value[row, column] = tables.leg_value[old, column]
        bucket = bucket_of(
            fresh,
            fresh.leg[row, LegColumn.TIME_MS],
            fresh.leg[row, LegColumn.TRADE_ID],
            fresh.leg[row, LegColumn.MARKET],
            fresh.leg[row, LegColumn.ACCOUNT],
        )
        fresh.leg[row, LegColumn.LINK] = fresh.bucket[bucket]
        fresh.bucket[bucket] = number
