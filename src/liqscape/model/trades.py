"""Prints, fills and funding payments as columns: what moves sizes and cash of accounts.

Rows of one batch are in order of (time_ms, trade_id); of equal keys the order of arrival stands. Addresses are named
once a batch; rows point into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import BoolArray, Float64Array, Int32Array, Int64Array, UInt8Array


@dataclass(frozen=True, kw_only=True)
class Trades:
    """T public prints, both users known.

    addresses        (N,) lower-case hex, each once; as words (address_words.py) where they came so.
    buyer, seller    (T,) rows of `addresses`.
    market_index     (T,)
    price            (T,) USD.
    size             (T,) coins, > 0.
    is_buyer_taker   (T,) the buyer was the aggressor.
    time_ms          (T,) venue time.
    trade_id         (T,) unique only together with time and market.
    """

    addresses: Sequence[str]
    buyer: Int32Array
    seller: Int32Array
    market_index: Int32Array
    price: Float64Array
    size: Float64Array
    is_buyer_taker: BoolArray
    time_ms: Int64Array
    trade_id: Int64Array

    def __post_init__(self) -> None:
        # Prints come one by one: all at once is asked first, which takes a sixth of asking for each by name.
        shape = self.price.shape
        if not (
            len(shape) == 1
            and shape == self.buyer.shape == self.seller.shape == self.market_index.shape
            and shape == self.size.shape == self.is_buyer_taker.shape == self.time_ms.shape == self.trade_id.shape
        ):
            _check_lengths(self, len(self.price))

    def __len__(self) -> int:
        return len(self.price)


NO_ADDRESS = -1
"""In `Fills.liquidated`: the fill was not forced."""


@dataclass(frozen=True, kw_only=True)
class Fills:
    """F fills, each as one user's half, as a node or `userFills` reports them.

    addresses      (N,) lower-case hex, each once.
    user           (F,) rows of `addresses`.
    market_index   (F,)
    price          (F,) USD.
    size           (F,) signed coins: bought > 0, sold < 0.
    start_position (F,) signed coins the user held just before.
    fee            (F,) USD, paid > 0.
    is_taker       (F,)
    time_ms        (F,) venue time.
    trade_id       (F,) the same on both sides; -1 where the source has none.
    liquidated     (F,) row of the liquidated user in `addresses`; NO_ADDRESS where the fill was not forced.
    method         (F,) LiquidationMethod; 0 where it was not forced.
    trigger_mark   (F,) mark the liquidation names; NaN where there is none.
    is_deleveraged (F,) this side was cut by auto-deleveraging.
    """

    addresses: tuple[str, ...]
    user: Int32Array
    market_index: Int32Array
    price: Float64Array
    size: Float64Array
    start_position: Float64Array
    fee: Float64Array
    is_taker: BoolArray
    time_ms: Int64Array
    trade_id: Int64Array
    liquidated: Int32Array
    method: UInt8Array
    trigger_mark: Float64Array
    is_deleveraged: BoolArray

    def __post_init__(self) -> None:
        _check_lengths(self, len(self.price))

    def __len__(self) -> int:
        return len(self.price)


@dataclass(frozen=True, kw_only=True)
class FundingPayments:
    """Q payments that were made, one a position.

    user         (Q,) rows of `addresses`.
    market_index (Q,)
    amount       (Q,) USD, received > 0.
    size         (Q,) signed coins the payment was for; NaN where not told.
    """

    addresses: tuple[str, ...]
    user: Int32Array
    market_index: Int32Array
    amount: Float64Array
    size: Float64Array

    def __post_init__(self) -> None:
        _check_lengths(self, len(self.amount))

    def __len__(self) -> int:
        return len(self.amount)


def _check_lengths(columns: Trades | Fills | FundingPayments, count: int) -> None:
    for field in fields(columns):
        column = getattr(columns, field.name)
        if isinstance(column, np.ndarray) and column.shape != (count,):
            raise ModelError(f"{field.name} has shape {column.shape}, {count} rows need ({count},)")
