"""What the reference exchange is made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

TRADE, MARKET, BACKSTOP, ADL = range(4)
"""How a fill came about."""
USER, LIQUIDATOR, MAKER, VAULT = range(4)
"""What an account is for."""
GOOD_TILL_CANCEL, IMMEDIATE, POST_ONLY, REDUCE_ONLY = 0, 1, 2, 4
TAKE_PROFIT, WHOLE_POSITION, MARKET_TRIGGER = 8, 16, 32
POSITION_CLOSED, NOT_REDUCING, WITHOUT_MARGIN, LIQUIDATED, DELISTED = range(5)
"""Why a waiting order ended without firing."""
NOBODY = -1


@dataclass
class Position:
    """Signed lots at a total entry price, micro-USD (never signed)."""

    lots: int
    entry: int
    leverage: int


@dataclass
class Pool:
    """Cash and the positions it backs; `market` is None for a cross pool."""

    account: int
    market: int | None
    row: int
    cash: int = 0
    positions: dict[int, Position] = field(default_factory=dict)
    collateral: dict[int, tuple[int, Fraction]] = field(default_factory=dict)
    """Lots by market, and the share of their value that is maintenance; the newest holding comes last."""

    def lots(self, market: int) -> int:
        """Signed lots held, 0 where there is no position."""
        return self.positions[market].lots if market in self.positions else 0


@dataclass
class Owner:
    """One account. `settings` is (leverage, is it isolated) by market.

    crosses: cross pools by what they back: the name of a dex, the collateral token of a unified account, None for all.
    """

    row: int
    address: str
    role: int
    mode: int
    dex: str
    taker_rate: int
    maker_rate: int
    crosses: dict[str | int | None, Pool] = field(default_factory=dict)
    isolated: dict[int, Pool] = field(default_factory=dict)
    settings: dict[int, tuple[int, bool]] = field(default_factory=dict)
    cooldown_until_ms: int = -(2**62)

    @property
    def key(self) -> int:
        """Ties are broken by the first 62 bits of the address."""
        return int(self.address, 16) >> 98


@dataclass
class Resting:
    """An order in the book."""

    ident: int
    account: int
    market: int
    sign: int
    price: int
    lots: int
    reduces_only: bool


@dataclass
class Waiting:
    """A trigger order: nothing of it is in the book until the mark is there."""

    ident: int
    account: int
    market: int
    sign: int
    trigger: int
    limit: int
    lots: int
    flags: int

    @property
    def reduces_only(self) -> bool:
        """Whether it may only make a position smaller."""
        return bool(self.flags & (REDUCE_ONLY | WHOLE_POSITION))

    @property
    def waits_for_fall(self) -> bool:
        """A stop of a long, or a take-profit of a short."""
        return (self.sign < 0) != bool(self.flags & TAKE_PROFIT)

    def is_reached(self, mark: int) -> bool:
        """Whether this mark fires it."""
        return mark > 0 and (mark <= self.trigger if self.waits_for_fall else mark >= self.trigger)


@dataclass
class Coin:
    """One market: prices in ticks, averages of the mark rule as (sum, weight)."""

    size_decimals: int
    max_leverage: int
    is_isolated_only: bool
    dex: str
    token: int
    tiers: list[tuple[int, Fraction, Fraction]]
    """(lower bound micro-USD, rate, deduction micro-USD), rising."""
    impact_uusd: int
    fee_permille: int = 1_000
    is_delisted: bool = False
    oracle: int = 0
    next_oracle: int = 0
    next_mark: int = 0
    venues: tuple[int, ...] = (0, 0, 0, 0, 0)
    mark: int = 0
    previous_mark: int = 0
    previous_oracle: int = 0
    last: int = 0
    funding_rate: int = 0
    slow: tuple[float, float] = (0.0, 0.0)
    fast: tuple[float, float] = (0.0, 0.0)
    premiums: list[Fraction] = field(default_factory=list)


@dataclass(frozen=True)
class Fill:
    """One fill, both sides, as the engine logs it."""

    time_ms: int
    block: int
    market: int
    price: int
    lots: int
    buyer: int
    seller: int
    is_buy_taker: bool
    method: int
    liquidated: int
    mark: int
    buyer_start: int
    seller_start: int
    buyer_pnl: int
    seller_pnl: int
    buyer_fee: int
    seller_fee: int
    is_isolated: bool
    buyer_order: int
    seller_order: int
    trade_id: int
    transaction: int
    batch: int
    rank: int
    score: float
