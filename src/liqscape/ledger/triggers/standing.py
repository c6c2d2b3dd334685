"""What the register holds at one instant, and what it says of the accounts of a map. May be asked in any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.ledger.columns import NEVER_MS
from liqscape.ledger.triggers.terms import TriggerTable
from liqscape.model.accounts import Accounts
from liqscape.model.events import TriggersKept
from liqscape.model.trigger_rows import TriggerRows
from liqscape.model.triggers import NOT_ON_MAP, TriggerColumns, TriggerKnowledge
from liqscape.units import Int64Array


@dataclass(frozen=True, kw_only=True)
class StandingTriggers:
    """Orders and knowledge of one instant.

    names          addresses by owner number; may have grown since.
    read_ms        (addresses or more, D) when each was read by itself, by dex.
    whole_ms       (M,) up to when everybody is known in a market.
    observed_ms    (M,) as of when everybody's orders in a market were last observed themselves.
    dex_of_market  (M,) column of `read_ms`.
    """

    table: TriggerTable
    names: tuple[str, ...]
    read_ms: Int64Array
    whole_ms: Int64Array
    observed_ms: Int64Array
    dex_of_market: Int64Array


def triggers_of(
    standing: StandingTriggers, accounts: Accounts, map_row: Int64Array
) -> tuple[TriggerColumns, TriggerKnowledge]:
    """The orders with the rows their accounts have on a map, and of whom on it they are known.

    map_row  (names,) row in accounts.addresses of each address of the register; -1 where it has none.

    An account is known as of the oldest of the markets it holds something in: what it may close there is only known
    where its orders there are. One that holds nothing is known as of the newest time anything of it was.
    """
    table = standing.table
    account = np.where(map_row < 0, NOT_ON_MAP, map_row).astype(np.int32)
    columns = TriggerColumns(
        market=table.market,
        account=account[table.owner],
        order_id=table.order_id,
        **table.terms,
        seen_ms=table.seen_ms,
    )
    return columns, TriggerKnowledge(_known_ms(standing, accounts, map_row))


def triggers_on(standing: StandingTriggers, accounts: Accounts) -> tuple[TriggerColumns, TriggerKnowledge]:
    """The same where nobody knows the rows of the map yet."""
    return triggers_of(standing, accounts, rows_of_names(standing.names, accounts.addresses))


def rows_of_names(names: tuple[str, ...], addresses: Sequence[str]) -> Int64Array:
    """(names,) row among a map's addresses of each; -1 where it has none."""
    row = {address: number for number, address in enumerate(addresses)}
    return np.array([row.get(name, -1) for name in names], np.int64)


def kept_triggers(standing: StandingTriggers, time_ms: int) -> TriggersKept:
    """What a process that goes on from here is told."""
    table = standing.table
    return TriggersKept(
        time_ms=time_ms,
        received_ns=0,
        orders=TriggerRows(
            addresses=standing.names,
            user=table.owner,
            market_index=table.market,
            order_id=table.order_id,
            **table.terms,
        ),
        seen_ms=table.seen_ms,
        read_ms=standing.read_ms[: len(standing.names)],
        whole_ms=standing.whole_ms,
        observed_ms=standing.observed_ms,
        dex_of_market=standing.dex_of_market,
    )


def _known_ms(standing: StandingTriggers, accounts: Accounts, map_row: Int64Array) -> Int64Array:
    on_map = np.flatnonzero(map_row >= 0)
    number = np.full(len(accounts.addresses), -1, np.int64)
    number[map_row[on_map]] = on_map
    whole = int(standing.whole_ms.min(initial=np.iinfo(np.int64).max)) if len(standing.whole_ms) else NEVER_MS
    known = np.full(len(number), max(whole, NEVER_MS), np.int64)
    known[map_row[on_map]] = np.maximum(standing.read_ms[on_map].max(axis=1, initial=NEVER_MS), whole)
    holder = accounts.address_row[accounts.pool_of_position()]
    market = accounts.market_index
    of_position = standing.whole_ms[market]
    rows = np.flatnonzero(number[holder] >= 0)  # of few, where accounts are read one by one
    read_ms = standing.read_ms[number[holder[rows]], standing.dex_of_market[market[rows]]]
    of_position[rows] = np.maximum(of_position[rows], read_ms)
    starts = np.flatnonzero(np.concatenate(([True], holder[1:] != holder[:-1]))[: len(holder)])
    if len(starts):
        known[holder[starts]] = np.minimum.reduceat(of_position, starts)
    return known
