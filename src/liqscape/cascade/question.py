"""What a cascade starts from: accounts, books, a shock's frame, and every assumption as a setting (docs/cascade.md).

Units: USD, coins, float64. Rates and shares are fractions; times ms. NaN is unknown, never zero.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum

from liqscape.errors import SettingsError
from liqscape.exchange.rules import Rules
from liqscape.model.accounts import Accounts
from liqscape.model.collateral import Collateral
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.model.triggers import TriggerColumns
from liqscape.units import HOUR_MS, Float64Array

MAX_VAULTS = 64
"""Liquidator vaults of a run."""


class Mode(IntEnum):
    """How prices answer to liquidations."""

    GIVEN = 0
    """Marks are input. Orders fill at the mark, without limit: nothing answers."""
    BOOK = 1
    """Oracle and outside venues are input; the exchange's own book is consumed and refilled, marks are the median."""
    COUPLED = 2
    """As BOOK, and outside prices answer to forced flow as well."""


@dataclass(frozen=True)
class RealBook:
    """A recorded order book. Rows (price USD, size coins), best first; sizes > 0."""

    bids: Float64Array
    """(n, 2)"""
    asks: Float64Array
    """(n, 2)"""


BookSource = RealBook | None
"""None: no book is known, the parametric one of its liquidity rank stands in, and the assumptions say so."""


@dataclass(frozen=True, kw_only=True)
class CascadeInput:
    """The market at one instant.

    books          one a market, in the order of snapshot.markets.
    day_volume     (M,) USD traded here in a day; NaN unknown (then open interest ranks the market).
    day_volatility (M,) standard deviation of a day's log return; NaN unknown (then DepthSettings.day_volatility).
    provenance     where all of it is from, one line for people.
    """

    accounts: Accounts
    snapshot: MarketSnapshot
    tables: MarginTables
    books: tuple[BookSource, ...]
    day_volume: Float64Array
    day_volatility: Float64Array
    provenance: str
    is_complete: bool = False
    """True: these are all accounts, so sizes must sum to zero in every market. False: the rest of the market is one
    account that nobody liquidates."""
    collateral: Collateral | None = None
    """What of the accounts' raw USD moves with a mark (portfolio margin); None: all of it stays."""
    triggers: TriggerColumns | None = None
    """Stops and take-profits to take along, `account` in rows of accounts.addresses; None: a run without."""


@dataclass(frozen=True, kw_only=True)
class DepthSettings:
    """Book of BOOK and COUPLED: shape, refill, withdrawal (reference: engine, section 7.4)."""

    share_of_volume: float = 0.012
    """Quiet depth within 1 % of the mid, one side, as a share of a day's volume. An assumption: what recorded books of
    BTC, drawn out to 1 %, and its volume of other days give is 0.012 to 0.022."""
    share_of_open_interest: float = 0.02
    """The same as a share of open interest, where the volume is not known. An assumption."""
    exponent: float = 1.161
    """kappa of Cum(u) = B u^kappa: median of fitted books (p25 to p75: 1.05 to 1.36); BTC, ETH, SOL and DOGE have their
    own (EXPONENT_OF in depth.py)."""
    reach: float = 0.1
    """No order rests further from the anchor. An assumption; the power law grows without end."""
    scale: float = 1.0
    """Multiplies every depth, real or parametric."""
    near_half_life_ms: float = 4_000.0
    """Refill at the touch: about 20 updates of the best price."""
    far_half_life_ms: float = 30_000.0
    """Refill at 2 % and beyond; geometric in between from 0.1 % on."""
    anchor_lag_ms: float = 1_000.0
    """The book follows outside mids with this lag (0.5 to 2 s)."""
    move_withdrawal: float = 0.0025
    """eta, 1/s for each unit of realised move above normal. With recovery 120 s: a move of 5 leaves 30 % (median of 636
    events 29 %), of 17 leaves 0.8 % (BTC on 2025-10-10: 1/114)."""
    consumption_withdrawal: float = 0.5
    """alpha: log W falls by it when the quiet depth within 1 % is eaten once."""
    recovery_ms: float = 120_000.0
    """tau_W."""
    volatility_window_ms: float = 60_000.0
    """Window of the realised move."""
    min_withdrawal: float = 0.002
    """W never falls below it."""
    start_withdrawal: float = 1.0
    """W at the beginning; ensembles draw it."""
    day_volatility: float = 0.04
    """Where a market's own is not known."""

    def __post_init__(self) -> None:
        for name in ("share_of_volume", "share_of_open_interest", "exponent", "scale", "day_volatility"):
            _check_positive("depth", name, getattr(self, name))
        if not 0.01 < self.reach < 1.0:
            raise SettingsError(f"depth reach {self.reach} is outside 0.01..1")
        for name in ("near_half_life_ms", "far_half_life_ms", "recovery_ms", "volatility_window_ms", "anchor_lag_ms"):
            _check_positive("depth", name, getattr(self, name))
        for name in ("move_withdrawal", "consumption_withdrawal"):
            if not getattr(self, name) >= 0.0:
                raise SettingsError(f"depth {name} {getattr(self, name)} is below 0")
        for name in ("min_withdrawal", "start_withdrawal"):
            if not 0.0 < getattr(self, name) <= 1.0:
                raise SettingsError(f"depth {name} {getattr(self, name)} is outside (0, 1]")


@dataclass(frozen=True, kw_only=True)
class OutsideSettings:
    """Answer of outside venues in COUPLED.

    impact = factor * sigma_D * sqrt(Q / V_D), of which the share theta stays and the rest decays as (1 + t / tau)^-1/2.
    """

    theta: float = 0.35
    """Share that stays. An assumption; ensembles draw it."""
    factor: float = 1.0
    """Y, of order one."""
    decay_ms: float = 60_000.0
    """tau of the transient part."""
    volume_multiple: float = 10.0
    """Day's volume of all venues over the volume here. An assumption."""
    forced_multiple: float = 1.0
    """Forced flow of all venues over the forced flow here; 1: nobody is liquidated elsewhere."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.theta <= 1.0:
            raise SettingsError(f"outside theta {self.theta} is outside 0..1")
        for name in ("decay_ms", "volume_multiple"):
            _check_positive("outside", name, getattr(self, name))
        for name in ("factor", "forced_multiple"):
            if not getattr(self, name) >= 0.0:
                raise SettingsError(f"outside {name} {getattr(self, name)} is below 0")


@dataclass(frozen=True, kw_only=True)
class CascadeSettings:
    """Everything that is chosen, not measured. Same settings, same input: the same result to the bit."""

    mode: Mode = Mode.BOOK
    block_ms: int = 84
    """Median time between blocks of the real exchange."""
    horizon_ms: int = HOUR_MS
    seed: int = 0
    """Only ensembles draw; a single run does not depend on it."""
    rules: Rules = field(default_factory=Rules)
    """mark_source is set by the mode."""
    depth: DepthSettings = field(default_factory=DepthSettings)
    outside: OutsideSettings = field(default_factory=OutsideSettings)
    vault_equity: tuple[float, ...] = (50_000_000.0,)
    """USD of each liquidator vault of the first dex, in order; () = no backstop there. An assumption."""
    dex_vault_equity: tuple[tuple[str, float], ...] = ()
    """(dex, USD) of each backstop vault of another dex; a dex without one goes from the book straight to ADL."""
    sample_ms: int = 1_000
    """Spacing of the price path."""
    is_indexed: bool = True
    """False: every pool is checked every time. Slower, equal; for the proof."""

    def __post_init__(self) -> None:
        if not 1 <= self.block_ms <= 60_000:
            raise SettingsError(f"block_ms {self.block_ms} is outside 1..60000")
        if not self.block_ms <= self.horizon_ms <= 24 * HOUR_MS:
            raise SettingsError(f"horizon_ms {self.horizon_ms} is outside block_ms {self.block_ms}..{24 * HOUR_MS}")
        if not self.block_ms <= self.sample_ms <= self.horizon_ms:
            raise SettingsError(f"sample_ms {self.sample_ms} is outside block_ms..horizon_ms")
        if len(self.vaults) > MAX_VAULTS:
            raise SettingsError(f"{len(self.vaults)} liquidator vaults, {MAX_VAULTS} are the most")
        for dex, equity in self.vaults:
            if not 0.0 <= equity <= 1e12:
                raise SettingsError(f"vault equity {equity}{f' of dex {dex}' if dex else ''} is outside 0..1e12 USD")

    @property
    def vaults(self) -> tuple[tuple[str, float], ...]:
        """(dex, USD) of every liquidator vault, the first dex's first."""
        return (*(("", equity) for equity in self.vault_equity), *self.dex_vault_equity)


def _check_positive(group: str, name: str, value: float) -> None:
    if not 0.0 < value < float("inf"):
        raise SettingsError(f"{group} {name} {value} is not above 0")
