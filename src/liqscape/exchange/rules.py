"""The exchange's rules as data: every one with its default, its source and how sure it is (docs/exchange.md).

Open questions of the real exchange are switches here, never constants in a kernel.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np

from liqscape.errors import SettingsError
from liqscape.units import Int64Array


class MarkSource(IntEnum):
    """Where marks come from."""

    MEDIAN = 0
    """The documented median of oracle, own book and outside venues."""
    GIVEN = 1
    """MarketColumn.NEXT_MARK, set by the caller: replay of a given path."""


class CheckOn(IntEnum):
    MARK = 0
    """Accounts are checked when marks move and after their own liquidation fills."""
    BLOCK = 1
    """... and at every block."""


class AccountOrder(IntEnum):
    """Which liquidatable account sends its orders first."""

    HEALTH = 0
    """Account value / maintenance ascending, then address."""
    ADDRESS = 1
    SIZE = 2
    """Maintenance descending, then address."""


class OrderLimit(IntEnum):
    """Limit price of a liquidation order."""

    NONE = 0
    BANKRUPTCY = 1
    """Not past the price at which the pool is worth nothing."""
    CAP = 2
    """Not past `order_limit_cap_bps` from the mark."""


class BackstopClock(IntEnum):
    PERIOD = 0
    """Every `backstop_period_ms`."""
    CHECK = 1
    """At every check."""


class TriggerTurn(IntEnum):
    """When a trigger order that the mark has reached is carried out, beside takers and liquidations."""

    FIRST = 0
    """In the block after the mark reached it, before that block's orders."""
    AFTER_ORDERS = 1
    """In the block after, when its orders are done; before its marks and liquidations."""
    AFTER_LIQUIDATIONS = 2
    """In the block after, last."""
    WITH_MARKS = 3
    """In the very block in which the mark reached it, before that block's liquidations."""


class VaultChoice(IntEnum):
    """Which liquidator takes an account over."""

    FIRST_SOLVENT = 0
    """First in list order whose account value is not negative."""
    RICHEST = 1
    ROUND_ROBIN = 2


class AdlScore(IntEnum):
    """Ranking of winners, highest first."""

    BINARY = 0
    """(notional / account value) * (max(profit, 0) / entry notional), both floored at 1e-8."""
    DOCUMENTED = 1
    """(mark / entry) * (notional / account value), literally."""
    SYMMETRIC = 2
    """mark / entry for longs, entry / mark for shorts, times leverage."""
    WATER_FILLING = 3
    """What-if: everyone above a cut-off leverage is cut down to it (arXiv 2603.15963)."""


class AdlPrice(IntEnum):
    PREVIOUS_MARK = 0
    PREVIOUS_ORACLE = 1
    MARK = 2


@dataclass(frozen=True, kw_only=True)
class Rules:
    """All rules. Integers only, so that they enter state and hash. Times ms, money micro-USD."""

    mark_source: int = MarkSource.MEDIAN
    mark_period_ms: int = 3_000
    """Marks move with the oracle. HL.DOC.ORACLE: about every 3 s."""
    slow_average_ms: int = 150_000
    """EMA of mid - oracle. HL.DOC.MARK."""
    fast_average_ms: int = 30_000
    """EMA of median(bid, ask, last), only where exactly two inputs exist. HL.DOC.MARK."""
    venue_weights: tuple[int, int, int, int, int] = (3, 2, 2, 1, 1)
    """Binance, OKX, Bybit, Gate, MEXC. HL.DOC.MARK."""
    check_on: int = CheckOn.MARK
    """Open: each block or each mark update."""
    account_order: int = AccountOrder.HEALTH
    """Open: order among accounts of one check."""
    slice_threshold_uusd: int = 100_000_000_000
    """Above it a first order is a slice. HL.DOC.LIQUIDATIONS: 100k USDC."""
    slice_share_percent: int = 20
    """HL.DOC.LIQUIDATIONS."""
    cooldown_ms: int = 30_000
    """After a slice, the user's orders are for whole positions. HL.DOC.LIQUIDATIONS; behaviour 23 of 23, 17 of 17."""
    order_limit: int = OrderLimit.NONE
    """Open: liquidation orders are market orders; a cap is not stated."""
    order_limit_cap_bps: int = 500
    orders_below_backstop: int = 0
    """1: accounts below the backstop share still send orders until taken over. Open ("without success")."""
    backstop_numerator: int = 2
    backstop_denominator: int = 3
    """Below this share of maintenance the liquidator takes over. HL.DOC.LIQUIDATIONS."""
    backstop_clock: int = BackstopClock.PERIOD
    backstop_period_ms: int = 6_280
    """Measured on 2025-10-10 (reference engine, section 7.3)."""
    vault_choice: int = VaultChoice.FIRST_SOLVENT
    """Open."""
    has_backstop_on_isolated_only: int = 0
    """Isolated-only markets and builder dexs go from the book straight to ADL (third party)."""
    adl_score: int = AdlScore.BINARY
    """Open: the documented and the decompiled form differ."""
    adl_price: int = AdlPrice.PREVIOUS_MARK
    """HL.DOC.ADL (2026); older text: previous oracle price."""
    adl_allows_losers: int = 1
    """Where no profitable counterparty is left, the others follow by score (0.6 % of fills seen on 2025-10-10)."""
    adl_includes_vaults: int = 0
    """Liquidators as winners."""
    funding_cap_rate: int = 40_000_000_000
    """4 % an hour. HL.DOC.FUNDING."""
    interest_rate: int = 100_000_000
    """0.01 % in 8 hours. HL.DOC.FUNDING."""
    premium_clamp: int = 500_000_000
    """0.05 %. HL.DOC.FUNDING."""
    premium_period_ms: int = 5_000
    taker_rate: int = 4_500
    """0.045 %, base tier. HL.DOC.FEES."""
    maker_rate: int = 1_500
    """0.015 %."""
    max_orders: int = 1_000
    """Resting orders of one account."""
    protects_cross_margin: int = 0
    """1: in a pool over several dexs the maintenance of each dex is protected from the others (announced for testnet,
    2026-02-12): a dex's part is taken over when what is left for it falls below the backstop share of its own."""
    trigger_turn: int = TriggerTurn.FIRST
    """Open: the documentation says that the mark triggers (HL.DOC.TPSL), not where in a block; the reported order of a
    block's actions (cancels and post-only orders before takers) does not name triggers."""
    trigger_slippage_bps: int = 1_000
    """Bound of a market trigger without one of its own, from its trigger price. HL.DOC.TPSL: 10 %."""
    liquidation_cancels_triggers: int = 0
    """1: as a pool's resting orders are cancelled when its liquidation starts, so are its triggers. Open; with 0 they
    go with the position."""

    def __post_init__(self) -> None:
        for name, low, high in _BOUNDS:
            value = getattr(self, name)
            if not low <= value <= high:
                raise SettingsError(f"rule {name} {value} is outside {low}..{high}")

    def column(self) -> Int64Array:
        """(R,) int64 in the order of RuleAt; the venue weights last."""
        values: list[int] = []
        for field in fields(self):
            value = getattr(self, field.name)
            values += list(value) if isinstance(value, tuple) else [int(value)]
        return np.array(values, np.int64)


_BOUNDS = (
    ("mark_source", 0, 1),
    ("mark_period_ms", 1, 3_600_000),
    ("slow_average_ms", 1, 86_400_000),
    ("fast_average_ms", 1, 86_400_000),
    ("check_on", 0, 1),
    ("account_order", 0, 2),
    ("slice_threshold_uusd", 0, 2**60),
    ("slice_share_percent", 1, 100),
    ("cooldown_ms", 0, 86_400_000),
    ("order_limit", 0, 2),
    ("order_limit_cap_bps", 1, 9_999),
    ("orders_below_backstop", 0, 1),
    ("backstop_numerator", 0, 1_000),
    ("backstop_denominator", 1, 1_000),
    ("backstop_clock", 0, 1),
    ("backstop_period_ms", 1, 3_600_000),
    ("vault_choice", 0, 2),
    ("has_backstop_on_isolated_only", 0, 1),
    ("adl_score", 0, 3),
    ("adl_price", 0, 2),
    ("adl_allows_losers", 0, 1),
    ("adl_includes_vaults", 0, 1),
    ("premium_period_ms", 1, 3_600_000),
    ("taker_rate", 0, 100_000),
    ("maker_rate", -100_000, 100_000),
    ("max_orders", 1, 100_000),
    ("protects_cross_margin", 0, 1),
    ("trigger_turn", 0, 3),
    ("trigger_slippage_bps", 1, 9_999),
    ("liquidation_cancels_triggers", 0, 1),
)


class RuleAt(IntEnum):
    """Place of each rule in `Rules.column`; a test compares it with the fields."""

    MARK_SOURCE = 0
    MARK_PERIOD_MS = 1
    SLOW_AVERAGE_MS = 2
    FAST_AVERAGE_MS = 3
    VENUE_WEIGHTS = 4
    CHECK_ON = 9
    ACCOUNT_ORDER = 10
    SLICE_THRESHOLD_UUSD = 11
    SLICE_SHARE_PERCENT = 12
    COOLDOWN_MS = 13
    ORDER_LIMIT = 14
    ORDER_LIMIT_CAP_BPS = 15
    ORDERS_BELOW_BACKSTOP = 16
    BACKSTOP_NUMERATOR = 17
    BACKSTOP_DENOMINATOR = 18
    BACKSTOP_CLOCK = 19
    BACKSTOP_PERIOD_MS = 20
    VAULT_CHOICE = 21
    HAS_BACKSTOP_ON_ISOLATED_ONLY = 22
    ADL_SCORE = 23
    ADL_PRICE = 24
    ADL_ALLOWS_LOSERS = 25
    ADL_INCLUDES_VAULTS = 26
    FUNDING_CAP_RATE = 27
    INTEREST_RATE = 28
    PREMIUM_CLAMP = 29
    PREMIUM_PERIOD_MS = 30
    TAKER_RATE = 31
    MAKER_RATE = 32
    MAX_ORDERS = 33
    PROTECTS_CROSS_MARGIN = 34
    TRIGGER_TURN = 35
    """The first rule that only triggers know: State.rules from here on is left out of the digest without them."""
    TRIGGER_SLIPPAGE_BPS = 36
    LIQUIDATION_CANCELS_TRIGGERS = 37
