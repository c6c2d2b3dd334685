"""Movements of cash that no trade, fee or funding made, as columns: deposits, withdrawals, transfers."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import Float64Array, Int32Array, Int64Array, UInt8Array


@dataclass(frozen=True, kw_only=True)
class CashMovements:
    """C movements, each of one account on one dex; both sides of a transfer are rows.

    What moves depends on how an account keeps its money, which a source does not know: both answers are given.

    addresses (N,) lower-case hex, each once.
    dexs      (D,) names, each once; "" is the first-party dex.
    user      (C,) rows of `addresses`.
    dex       (C,) rows of `dexs`.
    time_ms   (C,) venue time at which it moved; it may be told later.
    amount    (C,) USD, received > 0, by which the cash behind cross positions on the dex changed, where every dex has
              cash of its own (standard accounts); NaN: it may have changed, by how much is not known.
    whole     (C,) the same of all that the account holds in collateral, on dexs and outside of them: what changed where
              that is one pool (unified accounts, portfolio margin). Money moved between dex and spot is 0 here.
    kind      (C,) MinuteKind DEPOSIT, WITHDRAWAL or TRANSFER; None: not told, all are taken for transfers.
    """

    addresses: tuple[str, ...]
    dexs: tuple[str, ...]
    user: Int32Array
    dex: Int32Array
    time_ms: Int64Array
    amount: Float64Array
    whole: Float64Array
    kind: UInt8Array | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            column = getattr(self, field.name)
            if isinstance(column, np.ndarray) and column.shape != (len(self),):
                raise ModelError(f"{field.name} has shape {column.shape}, {len(self)} rows need ({len(self)},)")

    def __len__(self) -> int:
        return len(self.amount)
