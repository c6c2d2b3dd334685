"""From holdings to what a map may know: account states as columns, hidden accounts left out."""

from __future__ import annotations

import numpy as np

from liqscape.model.accounts import Accounts, PublishedState
from liqscape.sources.generated.holdings import Holdings
from liqscape.sources.generated.liquidations import rows_of_runs
from liqscape.sources.generated.population import VAULTS
from liqscape.units import Float64Array, Int64Array, Quality


def observed_accounts(holdings: Holdings, rows: Int64Array, marks: Float64Array) -> Accounts:
    """Present states of the given (sorted) address rows, hidden ones left out.

    Pools without a position are not listed, so an address that closed everything is named without a pool.
    """
    population = holdings.population
    seen = rows[~population.is_hidden[rows]]
    slots = rows_of_runs(population.address_slot, seen)
    slots = slots[holdings.lots[slots] != 0]
    pool_of_slot = population.slot_pool[slots]
    is_first = np.append(True, pool_of_slot[1:] != pool_of_slot[:-1]) if len(slots) else np.empty(0, np.bool_)
    starts = np.flatnonzero(is_first)
    pools = pool_of_slot[starts]
    owner = population.pool_address[pools]
    market = population.slot_market[slots]
    count = len(slots)
    return Accounts(
        addresses=tuple([population.addresses[row] for row in seen.tolist()]),
        address_row=np.searchsorted(seen, owner).astype(np.int32),
        raw_usd=holdings.cash[pools],
        quality=np.full(len(pools), Quality.MODELLED, np.uint8),
        mode=population.pool_mode[pools],
        is_exempt=owner < VAULTS,
        observed_ms=holdings.changed_ms[owner],
        offsets=np.append(starts, count).astype(np.int64),
        market_index=market,
        size=holdings.size[slots],
        table_row=population.slot_table[slots],
        entry_price=holdings.entry[slots],
        leverage=holdings.setting[slots],
        observed_mark=marks[market],
        published=np.full(count, PublishedState.NOT_GIVEN, np.uint8),
        published_price=np.full(count, np.nan),
    )
