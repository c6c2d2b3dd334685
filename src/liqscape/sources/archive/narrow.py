"""Reduce columns of fills, payments, cash movements and trades to the followed addresses."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import fields, replace
from typing import Any, TypeVar

import numpy as np

from liqscape.model.cash import CashMovements
from liqscape.model.trades import Fills, FundingPayments, Trades
from liqscape.units import BoolArray

Columns = TypeVar("Columns", CashMovements, Fills, FundingPayments, Trades)


def narrow_fills(fills: Fills, followed: Set[str]) -> Fills:
    """Keep the sides of fills that belong to followed addresses."""
    return _take(fills, _is_followed(fills.addresses, followed)[fills.user])


def narrow_payments(payments: FundingPayments, followed: Set[str]) -> FundingPayments:
    """Keep the funding payments of followed addresses."""
    return _take(payments, _is_followed(payments.addresses, followed)[payments.user])


def narrow_movements(movements: CashMovements, followed: Set[str]) -> CashMovements:
    """Keep the cash movements of followed addresses."""
    return _take(movements, _is_followed(movements.addresses, followed)[movements.user])


def narrow_trades(trades: Trades, followed: Set[str]) -> Trades:
    """Keep the trades with a followed address on either side."""
    is_followed = _is_followed(trades.addresses, followed)
    return _take(trades, is_followed[trades.buyer] | is_followed[trades.seller])


def _is_followed(addresses: Sequence[str], followed: Set[str]) -> BoolArray:
    return np.array([address in followed for address in addresses], np.bool_)


def _take(columns: Columns, is_kept: BoolArray) -> Columns:
    """Keep some rows; the list of names stays whole, so that rows keep pointing at theirs."""
    picked: dict[str, Any] = {}
    for field in fields(columns):
        values = getattr(columns, field.name)
        picked[field.name] = values[is_kept] if isinstance(values, np.ndarray) else values
    return replace(columns, **picked)
