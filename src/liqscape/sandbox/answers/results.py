"""What accounts won and traded since a time: closed profit less fees less funding paid, and volume; micro-USD.

Unrealised profit is not counted; records before the oldest one kept are not known.
"""

from __future__ import annotations

import numpy as np

from liqscape.exchange.columns import FillColumn
from liqscape.sandbox.records.records import Payment, Records
from liqscape.units import DAY_MS, Float64Array

WINDOWS_MS = {"day": DAY_MS, "week": 7 * DAY_MS, "month": 30 * DAY_MS, "allTime": 2**62}
"""Length of each window, ms."""


def account_result(records: Records, account: int, start_ms: int) -> tuple[int, int]:
    """(profit, volume) of one account since a time."""
    fills = records.fills_of(account, start_ms)
    is_buyer, is_seller = fills[:, FillColumn.BUYER] == account, fills[:, FillColumn.SELLER] == account
    profit = int((fills[is_buyer, FillColumn.BUYER_PNL] - fills[is_buyer, FillColumn.BUYER_FEE]).sum())
    profit += int((fills[is_seller, FillColumn.SELLER_PNL] - fills[is_seller, FillColumn.SELLER_FEE]).sum())
    volume = int((fills[:, FillColumn.LOTS] * fills[:, FillColumn.PRICE]).sum())
    return profit - int(records.fundings_of(account, start_ms)[:, Payment.PAID].sum()), volume


def all_results(records: Records, count: int, start_ms: int) -> tuple[Float64Array, Float64Array]:
    """(N,) profit and volume of the first `count` accounts since a time."""
    fills = records.fills.rows
    fills = fills[fills[:, FillColumn.TIME_MS] >= start_ms]
    paid = records.payments.rows
    paid = paid[paid[:, Payment.TIME_MS] >= start_ms]
    volume = (fills[:, FillColumn.LOTS] * fills[:, FillColumn.PRICE]).astype(np.float64)
    profit, traded = np.zeros(count), np.zeros(count)
    for who, won, fee in (
        (FillColumn.BUYER, FillColumn.BUYER_PNL, FillColumn.BUYER_FEE),
        (FillColumn.SELLER, FillColumn.SELLER_PNL, FillColumn.SELLER_FEE),
    ):
        net = (fills[:, won] - fills[:, fee]).astype(np.float64)
        profit += np.bincount(fills[:, who], net, count)[:count]
        traded += np.bincount(fills[:, who], volume, count)[:count]
    profit -= np.bincount(paid[:, Payment.ACCOUNT], paid[:, Payment.PAID].astype(np.float64), count)[:count]
    return profit, traded
