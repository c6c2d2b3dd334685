"""One liquidation of one position: rows of fills merged, or what the public prints let us infer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class LiquidationMethod(IntEnum):
    """How the position was closed."""

    NONE = 0
    MARKET = 1
    """Market orders to the book."""
    BACKSTOP = 2
    """Taken over by the liquidator vault."""
    ADL = 3
    """Closed against opposite winners (auto-deleveraging)."""


class Evidence(IntEnum):
    """How it became known."""

    EXACT = 0
    """The venue's own mark on the fills, or its ledger update."""
    INFERRED = 1
    """A known position at its level was closed by a print; the venue's feed of prints carries no mark."""
    CONFIRMED = 2
    """Inferred first, then found among the user's fills."""
    REFUTED = 3
    """Inferred first; the user's fills say it was an ordinary close."""


@dataclass(frozen=True, kw_only=True)
class Liquidation:
    """One event: all rows that closed one position of one wallet in one go.

    side            1 a long was closed (forced sell), -1 a short (forced buy).
    size            coins closed, > 0.
    price           average price of the fills, USD.
    notional        sum of size * price, USD.
    mark            mark that triggered it, USD; NaN where not told.
    predicted_price our level just before, USD; NaN where the account was not known.
    fee             USD; NaN where not told.
    account_value   USD left in the pool after it; NaN where not known.
    fill_count      merged rows.
    trade_ids       of the rows, rising; for joining with other feeds.
    """

    address: str
    market_index: int
    side: int
    size: float
    price: float
    notional: float
    mark: float
    predicted_price: float
    method: LiquidationMethod
    evidence: Evidence
    fee: float
    account_value: float
    fill_count: int
    first_ms: int
    last_ms: int
    trade_ids: tuple[int, ...]
