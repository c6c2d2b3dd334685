"""Trigger orders as a source read them, before the ledger keeps them, and what of them could not be used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from enum import StrEnum

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import BoolArray, Float64Array, Int8Array, Int32Array, Int64Array

MAX_ORDER_ID = (1 << 44) - 1
"""Above today's numbers by a factor of 30; with a market they fit into one int64 (ledger/triggers)."""


class TriggerFault(StrEnum):
    """Why a row that says it is a trigger order is left out."""

    UNKNOWN_TYPE = "unknown type"
    UNKNOWN_SIDE = "unknown side"
    NO_PRICE = "no trigger price"
    NO_SIZE = "no size"
    CONDITION_DISAGREES = "condition disagrees with side and type"
    BAD_NUMBER = "order number or time out of range"
    NOT_LISTED = "coin that is no market"
    NOT_ARMED = "child of an order that has not filled"
    UNREADABLE = "not readable"
    NO_ADDRESS = "owner that is no address"


TriggerFaults = Counter[TriggerFault]
"""Rows left out, by reason."""


@dataclass(frozen=True, kw_only=True)
class TriggerRows:
    """T trigger orders.

    addresses    (N,) lower-case hex, each once.
    user         (T,) rows of `addresses`. market_index (T,).
    order_id     (T,) of the exchange, unique in all markets, 0 to MAX_ORDER_ID.
    side         (T,) BUY or SELL. kind (T,) TriggerKind. is_market (T,).
    trigger_price, limit_price (T,) USD.
    size         (T,) coins, 0 where is_whole_position.
    placed_ms    (T,) venue time.
    """

    addresses: tuple[str, ...]
    user: Int32Array
    market_index: Int32Array
    order_id: Int64Array
    side: Int8Array
    kind: Int8Array
    is_market: BoolArray
    trigger_price: Float64Array
    limit_price: Float64Array
    size: Float64Array
    is_whole_position: BoolArray
    is_reduce_only: BoolArray
    placed_ms: Int64Array

    def __post_init__(self) -> None:
        for field in fields(self):
            column = getattr(self, field.name)
            if isinstance(column, np.ndarray) and column.shape != (len(self),):
                raise ModelError(f"{field.name} has shape {column.shape}, {len(self)} rows need ({len(self)},)")

    def __len__(self) -> int:
        return len(self.order_id)


def no_trigger_rows() -> TriggerRows:
    """No order, of nobody."""
    whole, flags, prices = np.zeros(0, np.int64), np.zeros(0, np.bool_), np.zeros(0)
    small, rows = np.zeros(0, np.int8), np.zeros(0, np.int32)
    return TriggerRows(
        addresses=(),
        user=rows,
        market_index=rows,
        order_id=whole,
        side=small,
        kind=small,
        is_market=flags,
        trigger_price=prices,
        limit_price=prices,
        size=prices,
        is_whole_position=flags,
        is_reduce_only=flags,
        placed_ms=whole,
    )
