"""Account states of the info interface as columns: pools settled like saved states, every figure kept or counted."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTable, MarginTables, MarginTier, flat_table
from liqscape.sources.recording.tables import EXEMPT_ADDRESSES
from liqscape.units import Quality
from liqscape.wire.account_pools import HeldPool, build_pools
from liqscape.wire.coin_tables import CoinTables
from liqscape.wire.decode import refuse
from liqscape.wire.info.clearinghouse_state import ClearinghouseState
from liqscape.wire.info.meta import Meta
from liqscape.wire.info.spot_clearinghouse_state import SpotClearinghouseState
from liqscape.wire.pool_settlement import PoolSettlement, settle_pool
from liqscape.wire.saved_state import SavedAccount


class Holder(msgspec.Struct, frozen=True):
    """One address with its state in the first dex, and its spot state where that was needed."""

    address: str
    state: ClearinghouseState
    spot: SpotClearinghouseState | None


Tiers = tuple[MarginTier, ...]


class _Shelf:
    """Margin tables in order of first sight, each set of tiers once. Ids repeat among sources, so rows name them."""

    def __init__(self) -> None:
        self.rows: dict[Tiers, int] = {}

    def row(self, table: MarginTable) -> int:
        return self.rows.setdefault(table.tiers, len(self.rows))

    def build(self) -> MarginTables:
        return MarginTables.build(MarginTable(row, tiers) for tiers, row in self.rows.items())


def unsettled(holder: Holder, given: CoinTables) -> bool:
    """True where a pool with positions has no known raw USD: the perp state alone does not say what backs it."""
    shelf = _Shelf()
    pools = _pools(holder, given, "state")
    rows = [_table_rows(pool, shelf) for pool in pools]
    tables = shelf.build()
    return any(
        settle_pool(pool, choices, tables).quality is Quality.UNKNOWN
        for pool, choices in zip(pools, rows, strict=True)
        if pool.positions
    )


def build_accounts(
    holders: Sequence[Holder], meta: Meta, given: CoinTables, source: str
) -> tuple[Accounts, MarginTables, dict[str, int], int]:
    """(accounts, tables, row of each coin's present table, newest venue time of a state).

    Pools whose raw USD is unknown stay, with NaN. Raises RemoteWireError or InputError for states that cannot be used.
    """
    shelf = _Shelf()
    present = {
        asset.name: shelf.row(given.find(asset.name) or flat_table(asset.maxLeverage)) for asset in meta.universe
    }
    market_of = {asset.name: row for row, asset in enumerate(meta.universe)}
    holders = sorted(holders, key=lambda holder: holder.address)
    pools = [_pools(holder, given, f"{source} {holder.address}") for holder in holders]
    choices = [[_table_rows(pool, shelf) for pool in of_one] for of_one in pools]
    tables = shelf.build()
    held: list[tuple[int, HeldPool, PoolSettlement]] = [
        (owner, pool, settle_pool(pool, rows, tables))
        for owner, (of_one, rows_of_one) in enumerate(zip(pools, choices, strict=True))
        for pool, rows in zip(of_one, rows_of_one, strict=True)
        if pool.positions
    ]
    positions = [position for _, pool, _ in held for position in pool.positions]
    time_ms = max((holder.state.time for holder in holders), default=0)
    table_rows = [settlement.table_row for _, _, settlement in held]
    accounts = Accounts.build(
        [holder.address for holder in holders],
        [owner for owner, _, _ in held],
        [settlement.raw_usd for _, _, settlement in held],
        np.concatenate(([0], np.cumsum([len(pool.positions) for _, pool, _ in held]))),
        [_market(market_of, position.coin, source) for position in positions],
        [position.size for position in positions],
        np.concatenate(table_rows) if table_rows else (),
        quality=[settlement.quality for _, _, settlement in held],
        mode=[settlement.mode for _, _, settlement in held],
        is_exempt=[holders[owner].address in EXEMPT_ADDRESSES for owner, _, _ in held],
        observed_ms=[holders[owner].state.time for owner, _, _ in held],
        entry_price=[position.entry_price for position in positions],
        leverage=[position.leverage for position in positions],
        observed_mark=[position.mark for position in positions],
        published=[int(position.published) for position in positions],
        published_price=[position.price for position in positions],
    )
    return accounts, tables, present, time_ms


def _pools(holder: Holder, given: CoinTables, source: str) -> tuple[HeldPool, ...]:
    return build_pools(SavedAccount(holder.address, None, (("", holder.state),), holder.spot), given, source)


def _table_rows(pool: HeldPool, shelf: _Shelf) -> list[list[int]]:
    return [[shelf.row(choice.table) for choice in position.choices] for position in pool.positions]


def _market(market_of: dict[str, int], coin: str, source: str) -> int:
    row = market_of.get(coin)
    if row is None:
        raise refuse(source, "assetPositions.position.coin", coin, f"is none of the {len(market_of)} coins of meta")
    return row
