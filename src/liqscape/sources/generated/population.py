"""Who trades: the fixed part of every account, drawn once from the seed.

Each account keeps a list of the coins it trades. Each entry is a *slot*: at most one position. Slots of one pool
stand together, pools of one address stand together, so what an address holds is one run of slots. The first
two addresses are vaults like HLP that take the other side of everything.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from liqscape.errors import SettingsError
from liqscape.sources.generated.coins import HLP_TABLE_ID, CoinSet
from liqscape.sources.generated.streams import Stream, generator
from liqscape.units import DAY_MS, BoolArray, Float64Array, Int8Array, Int32Array, Int64Array, PoolMode, UInt8Array

VAULTS = 2
"""Addresses, pools and (per coin) slots 0 and 1 are the vaults'."""

HIDDEN_SHARE = 0.06
"""Of addresses: they trade, but the map is never told, so coverage of open interest is below 100 %."""

CROSS_SHARE, UNIFIED_SHARE = 0.70, 0.14
"""Of addresses; the rest trade isolated only."""
HEDGED_SHARE = 0.10
"""Of cross and unified addresses: fixed long and short legs."""
POCKET_SHARE = 0.25
"""Of cross addresses that also hold isolated positions."""
WHALE_SHARE = 0.012
WHALE_SECOND_COIN = 0.3
"""Of whales that trade two coins rather than one: large bands that stand still."""
LATE_SHARE = 0.12
"""Of addresses that appear only during the first week."""
LATE_SPAN_MS = 7 * DAY_MS

CROSS_COUNTS = (0.24, 0.20, 0.17, 0.13, 0.09, 0.06, 0.04, 0.03, 0.02, 0.02)
"""Share of cross accounts with 1, 2, 3 ... coins."""
POCKET_COUNTS = (0.55, 0.28, 0.17)
LEVERAGES = np.array([2, 3, 5, 10, 20, 25, 40, 50])
LEVERAGE_SHARES = (0.06, 0.15, 0.29, 0.29, 0.11, 0.05, 0.04, 0.01)
WHALE_LEVERAGE_SHARES = (0.20, 0.35, 0.30, 0.15, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Population:
    """N addresses, A pools, S slots.

    address_pool  (N + 1,) pools of address n are address_pool[n] : address_pool[n + 1].
    pool_slot     (A + 1,) slots of pool a, never none.
    capital       (N,) USD an account brings.
    leverage      (N,) the leverage it likes.
    style         (N,) -1 trades against a move, +1 with it.
    activity      (N,) cumulative weight with which an account acts; vaults never do.
    joins_ms      (N,) after the start of the market; 0 for those there from the beginning.
    slot_weight   (S,) share of the account's capital behind the slot.
    slot_side     (S,) +1 or -1 where the account only ever takes that side, 0 where it chooses.
    """

    addresses: tuple[str, ...]
    capital: Float64Array
    leverage: Float64Array
    style: Float64Array
    activity: Float64Array
    joins_ms: Int64Array
    is_hidden: BoolArray
    address_pool: Int64Array
    pool_address: Int32Array
    pool_mode: UInt8Array
    pool_slot: Int64Array
    slot_pool: Int64Array
    slot_market: Int32Array
    slot_table: Int32Array
    slot_weight: Float64Array
    slot_side: Int8Array
    address_slot: Int64Array

    @property
    def pool_count(self) -> int:
        return len(self.pool_mode)

    @property
    def slot_count(self) -> int:
        return len(self.slot_pool)

    @classmethod
    def build(cls, seed: int, count: int, coins: CoinSet) -> Population:
        """`count` addresses with the vaults. Raises SettingsError below 10."""
        if count < 10:
            raise SettingsError(f"generated market: accounts is {count}, must be at least 10")
        rng = generator(seed, Stream.POPULATION)
        kind = rng.random(count)
        is_isolated_only = kind >= CROSS_SHARE + UNIFIED_SHARE
        is_unified = (kind >= CROSS_SHARE) & ~is_isolated_only
        is_whale = rng.random(count) < WHALE_SHARE
        is_hedged = (rng.random(count) < HEDGED_SHARE) & ~is_isolated_only & ~is_whale

        cross = 1 + rng.choice(len(CROSS_COUNTS), count, p=CROSS_COUNTS)
        cross = np.where(is_hedged, np.maximum(cross, 3 + (cross & 3)), cross)
        cross = np.where(is_whale, np.minimum(cross, 1 + (kind * 100.0 % 1.0 < WHALE_SECOND_COIN)), cross)
        cross = np.where(is_isolated_only, 0, cross)
        pockets = 1 + rng.choice(len(POCKET_COUNTS), count, p=POCKET_COUNTS)
        has_pockets = is_isolated_only | ((rng.random(count) < POCKET_SHARE) & ~is_unified & ~is_whale)
        pockets = np.where(has_pockets, pockets, 0)
        cross = np.minimum(cross, coins.count)
        pockets = np.minimum(pockets, coins.count - cross)
        # An account of one market must not be left without any.
        cross = np.where(cross + pockets == 0, 1, cross)
        cross[:VAULTS], pockets[:VAULTS] = coins.count, 0
        is_unified[:VAULTS] = is_whale[:VAULTS] = is_hedged[:VAULTS] = False

        capital = np.exp(rng.normal(np.log(9_000.0), 1.45, count)).clip(100.0, 1.5e6)
        capital = np.where(is_whale, np.exp(rng.normal(np.log(1.2e6), 0.8, count)).clip(4e5, 1.2e7), capital)
        capital[:VAULTS] = 5e4 * count
        retail = rng.choice(len(LEVERAGES), count, p=LEVERAGE_SHARES)
        whale = rng.choice(len(LEVERAGES), count, p=WHALE_LEVERAGE_SHARES)
        activity = np.exp(rng.normal(0.0, 0.8, count))
        activity[:VAULTS] = 0.0
        late = rng.random(count) < LATE_SHARE
        joins = np.where(late, rng.integers(1, LATE_SPAN_MS, count), 0)
        joins[:VAULTS] = 0
        hidden = rng.random(count) < HIDDEN_SHARE
        hidden[:VAULTS] = False

        slots = cross + pockets
        address_slot = _offsets(slots)
        owner = np.repeat(np.arange(count), slots)
        rank = np.arange(len(owner)) - address_slot[owner]
        is_pocket = rank >= cross[owner]
        market = _pick_markets(rng, count, coins)[owner, rank]
        market[: VAULTS * coins.count] = np.tile(np.arange(coins.count), VAULTS)

        pools = (cross > 0) + pockets
        address_pool = _offsets(pools)
        slot_pool = address_pool[owner] + np.where(is_pocket, (cross[owner] > 0) + rank - cross[owner], 0)
        pool_address = np.repeat(np.arange(count), pools).astype(np.int32)
        mode = np.where(is_unified[pool_address], PoolMode.UNIFIED, PoolMode.CROSS).astype(np.uint8)
        mode[slot_pool[is_pocket]] = PoolMode.ISOLATED

        table = coins.markets.table_row[market]
        table[: VAULTS * coins.count] = coins.tables.row_of(HLP_TABLE_ID)
        side = np.where(is_hedged[owner], np.where((rank + owner) % 2 == 0, 1, -1), 0)
        return cls(
            addresses=tuple(_address(seed, row) for row in range(count)),
            capital=capital,
            leverage=LEVERAGES[np.where(is_whale, whale, retail)].astype(np.float64),
            style=np.where(rng.random(count) < 0.45, 1.0, -1.0),
            activity=np.cumsum(activity),
            joins_ms=joins,
            is_hidden=hidden,
            address_pool=address_pool,
            pool_address=pool_address,
            pool_mode=mode,
            pool_slot=_offsets(np.bincount(slot_pool)),
            slot_pool=slot_pool,
            slot_market=market.astype(np.int32),
            slot_table=table,
            slot_weight=_weights(rank, owner, is_pocket, is_hedged),
            slot_side=side.astype(np.int8),
            address_slot=address_slot,
        )


def _pick_markets(rng: np.random.Generator, count: int, coins: CoinSet) -> Int64Array:
    """(N, M) every account's order of preference: popular coins come first more often (Gumbel top-k)."""
    keys = np.log(coins.column("popularity")) + rng.gumbel(size=(count, coins.count))
    order: Int64Array = np.argsort(-keys, axis=1)
    return order


def _weights(rank: Int64Array, owner: Int64Array, is_pocket: BoolArray, is_hedged: BoolArray) -> Float64Array:
    """(S,) the first coin of an account carries most; weights of its cross slots sum to 1."""
    weight = (1.0 + rank) ** np.where(is_hedged[owner], -0.7, -2.2)
    total = np.bincount(owner, np.where(is_pocket, 0.0, weight))[owner]
    return np.where(is_pocket, 0.35, weight / np.where(total > 0.0, total, 1.0))


def _offsets(counts: Int64Array) -> Int64Array:
    return np.concatenate(([0], np.cumsum(counts))).astype(np.int64)


def _address(seed: int, row: int) -> str:
    return "0x" + hashlib.sha256(f"liqscape generated {seed} {row}".encode()).hexdigest()[:40]
