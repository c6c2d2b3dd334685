"""Who trades: the fixed part of every account, drawn once from the seed.

Account rows are rows of the exchange: market makers first, then HLP (parent, strategies), then traders, and HLP's
liquidators last. Each trader keeps a list of the coins it trades; each entry is a *slot*: one account, one market,
one margin mode, at most one position.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from liqscape.sandbox.world.coins import CoinSet
from liqscape.sandbox.world.settings import WorldSettings
from liqscape.sandbox.world.streams import Stream, generator
from liqscape.units import DAY_MS, BoolArray, Float64Array, Int8Array, Int64Array, PoolMode


class TraderKind(IntEnum):
    """What an account is."""

    MARKET_MAKER = 0
    """Quotes both sides around the outside price."""
    TREND_FOLLOWER = 1
    """Trades with the move of the last hours."""
    MEAN_REVERTER = 2
    """Trades against it, often with resting orders."""
    HEDGER = 3
    """Fixed long and short legs in several coins, cross."""
    NOISE = 4
    """Either side; sizes and leverage heavy-tailed."""
    GAMBLER = 5
    """Noise at the highest leverage there is, often; comes back with new money."""
    VAULT = 6
    """A vault that trades like a user, with a leader and followers."""
    HLP_PARENT = 7
    """Holds the money of HLP and lends it to its children."""
    HLP_STRATEGY = 8
    """A child of HLP that makes markets."""
    HLP_LIQUIDATOR = 9
    """A child of HLP that takes accounts over at the backstop."""
    DEX_LIQUIDATOR = 10
    """The backstop vault of a builder's dex; stands behind the population's rows."""


MAKING = (TraderKind.MARKET_MAKER, TraderKind.HLP_STRATEGY)
KIND_SHARES = {
    TraderKind.TREND_FOLLOWER: 0.17,
    TraderKind.MEAN_REVERTER: 0.15,
    TraderKind.HEDGER: 0.10,
    TraderKind.NOISE: 0.175,
    TraderKind.GAMBLER: 0.40,
    TraderKind.VAULT: 0.005,
}
ISOLATED_SHARE = 0.16
"""Of trading addresses: isolated positions only; the rest has cross positions."""
POCKET_SHARE = 0.10
"""Of the rest: isolated positions too."""
WHALE_SHARE, FUND_SHARE = 0.008, 0.06
"""Of addresses with one or two coins, and of hedgers: those with much money. Hedgers with much money are funds."""
BASKET_SHARE, BASKET_COINS = 0.012, (8, 20)
"""Of gamblers: those who hold many coins at once in equal parts, all on the side they lean to. Where such a pool falls
short, several of its coins may be closed at once."""
FUND_COINS, FUND_SPREAD = (3, 44), 0.8
FUND_LEVERAGE, FUND_GROSS, FUND_LONGS = 3.0, 0.8, 0.32
"""A fund holds many positions of together less than it owns, two of three of them shorts (market_2026_02)."""
LATE_SHARE, LATE_SPAN_MS = 0.12, 7 * DAY_MS
"""Addresses that appear only during the first week."""
HIDDEN_SHARE = 0.06
"""Addresses the product is never told of, so that its coverage of open interest is below 100 %."""
CROSS_COUNTS = (0.62, 0.20, 0.08, 0.04, 0.02, 0.01, 0.01, 0.01, 0.005, 0.005)
"""Share of cross accounts with 1, 2, 3 ... coins."""
POCKET_COUNTS = (0.55, 0.28, 0.17)
LEVERAGES = np.array([2, 3, 5, 10, 20, 25, 40])
LEVERAGE_SHARES = (0.04, 0.08, 0.17, 0.28, 0.21, 0.11, 0.11)
WHALE_LEVERAGE_SHARES = (0.55, 0.28, 0.14, 0.03, 0.0, 0.0, 0.0)
GAMBLER_TASTE = 0.1
"""How strongly gamblers prefer coins of high leverage: odds go with its power."""
GAMBLER_PACE = 4.0
"""A gambler acts so many times as often as another."""
USUAL_CAPITAL, GAMBLER_CAPITAL, CAPITAL_SPREAD = 36.0, 19.0, 2.2
"""USD: median of a trader's money, and standard deviation of its logarithm."""
TAIL_SHARE, TAIL_FROM, TAIL_POWER = 0.08, 800.0, 0.58
"""Of traders whose money is Pareto: more than x with probability (TAIL_FROM / x)^TAIL_POWER. With leverage this makes
liquidations of a median of some 300 USD of which one in a hundred carries half of the money (docs/sandbox-world.md)."""
CAPITAL_RANGE = (0.4, 1e6)
MAKER_CAPITAL, PARENT_CAPITAL, STRATEGY_CAPITAL, LIQUIDATOR_CAPITAL = 4_000.0, 5_000.0, 3_000.0, 400.0
"""USD for each address of the world."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """N addresses, S slots.

    kind          (N,) TraderKind.
    mode          (N,) PoolMode of the cross pool.
    capital       (N,) USD an account brings.
    leverage      (N,) the leverage it likes.
    activity      (N,) cumulative weight with which an account acts.
    lean          (N,) +1 or -1: the side it is inclined to in every coin, so that one move hits all it holds.
    joins_ms      (N,) after the start of the world; 0 for those there from the beginning.
    is_hidden     (N,) never told to the product.
    first_slot    (N + 1,) slots of account n are first_slot[n] : first_slot[n + 1].
    slot_market   (S,)
    slot_isolated (S,)
    slot_weight   (S,) share of the account's capital behind the slot.
    slot_side     (S,) +1 or -1 where the account only ever takes that side, 0 where it chooses.
    """

    addresses: tuple[str, ...]
    kind: Int64Array
    mode: Int64Array
    capital: Float64Array
    leverage: Float64Array
    activity: Float64Array
    lean: Int8Array
    joins_ms: Int64Array
    is_hidden: BoolArray
    first_slot: Int64Array
    slot_account: Int64Array
    slot_market: Int64Array
    slot_isolated: BoolArray
    slot_weight: Float64Array
    slot_side: Int8Array

    def of_kind(self, *kinds: TraderKind) -> Int64Array:
        """Rows of the accounts of these kinds."""
        rows: Int64Array = np.flatnonzero(np.isin(self.kind, kinds))
        return rows

    @classmethod
    def build(cls, settings: WorldSettings, coins: CoinSet) -> Population:
        """Everybody there is or will be."""
        rng = generator(settings.seed, Stream.POPULATION)
        count = settings.accounts
        kind = _kinds(rng, count)
        is_trader = (kind >= TraderKind.TREND_FOLLOWER) & (kind <= TraderKind.VAULT)
        style = rng.random(count)
        can_isolate = is_trader & (kind != TraderKind.HEDGER) & (kind != TraderKind.VAULT)
        is_isolated = can_isolate & (style < ISOLATED_SHARE)
        is_unified = is_trader & (rng.random(count) < settings.unified_percent / 100.0)
        luck = rng.random(count)
        is_fund = (kind == TraderKind.HEDGER) & (luck < FUND_SHARE)
        is_whale = is_fund | (
            is_trader & ~np.isin(kind, (TraderKind.GAMBLER, TraderKind.HEDGER)) & (luck < WHALE_SHARE)
        )

        cross = 1 + rng.choice(len(CROSS_COUNTS), count, p=CROSS_COUNTS)
        cross = np.where(kind == TraderKind.HEDGER, 2 + np.minimum(cross, 4), cross)
        cross = np.where(is_whale, np.minimum(cross, 2), cross)
        is_basket = (kind == TraderKind.GAMBLER) & ~is_isolated & (luck < BASKET_SHARE)
        cross = np.where(is_basket, rng.integers(BASKET_COINS[0], BASKET_COINS[1] + 1, count), cross)
        cross = np.where(
            is_fund, np.exp(rng.uniform(np.log(FUND_COINS[0]), np.log(FUND_COINS[1]), count)).astype(np.int64), cross
        )
        cross = np.where(is_isolated | ~is_trader, 0, cross)
        pockets = 1 + rng.choice(len(POCKET_COUNTS), count, p=POCKET_COUNTS)
        has_pockets = is_isolated | (can_isolate & ~is_whale & (rng.random(count) < POCKET_SHARE))
        pockets = np.where(has_pockets, pockets, 0)
        cross = np.minimum(cross, coins.count)
        pockets = np.minimum(pockets, coins.count - cross)
        cross = np.where(is_trader & (cross + pockets == 0), 1, cross)

        slots = cross + pockets
        first_slot = np.concatenate(([0], np.cumsum(slots))).astype(np.int64)
        owner = np.repeat(np.arange(count), slots)
        rank = np.arange(len(owner)) - first_slot[owner]
        is_pocket = rank >= cross[owner]
        is_hedged = kind[owner] == TraderKind.HEDGER
        late = is_trader & (rng.random(count) < LATE_SHARE)
        pace = np.exp(rng.normal(0.0, 0.8, count)) * np.where(kind == TraderKind.GAMBLER, GAMBLER_PACE, 1.0)
        pace *= np.where(is_fund | is_basket, slots / 3.0, 1.0)
        lean = np.where(rng.random(count) < 0.5, 1, -1)
        fund_side = np.where(rng.random(len(owner)) < FUND_LONGS, 1, -1)
        fund_part = np.exp(rng.normal(0.0, FUND_SPREAD, len(owner))) * (FUND_GROSS / FUND_LEVERAGE)
        fund_part *= np.exp(rng.normal(0.0, 0.5, count))[owner]
        return cls(
            addresses=tuple(_address(settings.seed, row) for row in range(count)),
            kind=kind,
            mode=np.where(is_unified, PoolMode.UNIFIED, PoolMode.CROSS).astype(np.int64),
            capital=_capital(rng, kind, is_whale),
            leverage=np.where(is_fund, FUND_LEVERAGE, _leverages(rng, kind, is_whale)),
            activity=np.cumsum(np.where(is_trader, pace, 0.0)),
            lean=lean.astype(np.int8),
            joins_ms=np.where(late, rng.integers(1, LATE_SPAN_MS, count), 0),
            is_hidden=is_trader & (rng.random(count) < HIDDEN_SHARE),
            first_slot=first_slot,
            slot_account=owner,
            slot_market=_pick_markets(rng, kind, coins)[owner, rank],
            slot_isolated=is_pocket,
            slot_weight=_weights(rank, owner, is_pocket, is_hedged, is_fund, is_basket)
            * np.where(is_fund[owner], np.minimum(fund_part, 1.0), 1.0),
            slot_side=_sides(rank, owner, is_hedged, is_fund, np.where(is_basket, lean, 0), fund_side),
        )


def _kinds(rng: np.random.Generator, count: int) -> Int64Array:
    """(N,) kinds in the order of account rows."""
    makers, strategies, liquidators = (2, 1, 1) if count < 500 else (4, 2, 3)
    kind = rng.choice(list(KIND_SHARES), count, p=list(KIND_SHARES.values())).astype(np.int64)
    kind[:makers] = TraderKind.MARKET_MAKER
    kind[makers] = TraderKind.HLP_PARENT
    kind[makers + 1 : makers + 1 + strategies] = TraderKind.HLP_STRATEGY
    kind[count - liquidators :] = TraderKind.HLP_LIQUIDATOR
    return kind


def _capital(rng: np.random.Generator, kind: Int64Array, is_whale: BoolArray) -> Float64Array:
    """(N,) USD: log-normal for traders, in proportion to the world for those who keep it going."""
    count = len(kind)
    usual = np.where(kind == TraderKind.GAMBLER, GAMBLER_CAPITAL, USUAL_CAPITAL)
    capital = usual * np.exp(rng.normal(0.0, CAPITAL_SPREAD, count))
    tail = TAIL_FROM * (1.0 - rng.random(count)) ** (-1.0 / TAIL_POWER)
    capital = np.where(rng.random(count) < TAIL_SHARE, tail, capital).clip(*CAPITAL_RANGE)
    whale = np.exp(rng.normal(np.log(1.2e6), 0.8, count)).clip(4e5, 1.2e7)
    capital = np.where(is_whale, whale, capital)
    capital = np.where(kind == TraderKind.VAULT, np.maximum(1_000.0 * capital, 50_000.0).clip(None, 5e6), capital)
    for of, each in (
        (TraderKind.MARKET_MAKER, MAKER_CAPITAL),
        (TraderKind.HLP_PARENT, PARENT_CAPITAL),
        (TraderKind.HLP_STRATEGY, STRATEGY_CAPITAL),
        (TraderKind.HLP_LIQUIDATOR, LIQUIDATOR_CAPITAL),
    ):
        capital = np.where(kind == of, each * count, capital)
    return np.round(capital, 2)


def _leverages(rng: np.random.Generator, kind: Int64Array, is_whale: BoolArray) -> Float64Array:
    """(N,) the leverage each likes; a market's maximum may be lower."""
    retail = rng.choice(LEVERAGES, len(kind), p=LEVERAGE_SHARES)
    whale = rng.choice(LEVERAGES, len(kind), p=WHALE_LEVERAGE_SHARES)
    leverage = np.where(is_whale, whale, retail)
    leverage = np.where(kind == TraderKind.VAULT, np.minimum(leverage, 5), leverage)
    highest: Float64Array = np.where((kind == TraderKind.GAMBLER), LEVERAGES[-1], leverage).astype(np.float64)
    return highest


def _pick_markets(rng: np.random.Generator, kind: Int64Array, coins: CoinSet) -> Int64Array:
    """(N, M) order of preference: popular coins come first more often (Gumbel top-k), to gamblers those of leverage."""
    keys = np.log(coins.column("popularity")) + rng.gumbel(size=(len(kind), coins.count))
    is_gambler = (kind == TraderKind.GAMBLER)[:, None]
    order: Int64Array = np.argsort(
        -np.where(is_gambler, keys + GAMBLER_TASTE * np.log(coins.max_leverage), keys), axis=1
    )
    return order


def _weights(
    rank: Int64Array,
    owner: Int64Array,
    is_pocket: BoolArray,
    is_hedged: BoolArray,
    is_fund: BoolArray,
    is_basket: BoolArray,
) -> Float64Array:
    """(S,) how an account deals its money out; weights of its cross slots sum to 1."""
    power = np.select([is_fund[owner], is_basket[owner], is_hedged], [-1.5, 0.0, -0.7], -0.5)
    weight = (1.0 + rank) ** power
    total = np.bincount(owner, np.where(is_pocket, 0.0, weight), minlength=1)[owner]
    return np.where(is_pocket, 0.35, weight / np.where(total > 0.0, total, 1.0))


def _sides(
    rank: Int64Array,
    owner: Int64Array,
    is_hedged: BoolArray,
    is_fund: BoolArray,
    basket_side: Int64Array,
    fund_side: Int64Array,
) -> Int8Array:
    """(S,) the only side an account ever takes in a coin; 0 where it chooses."""
    legs = np.where((rank + owner) % 2 == 0, 1, -1)
    sides = np.select([is_fund[owner], is_hedged], [fund_side, legs], basket_side[owner])
    return sides.astype(np.int8)


def _address(seed: int, row: int) -> str:
    return "0x" + hashlib.sha256(f"liqscape sandbox {seed} {row}".encode()).hexdigest()[:40]
