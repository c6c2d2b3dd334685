"""Whether the solver's kernels compile and run on this machine."""

from __future__ import annotations

EXPECTED = 90_000.0 / 0.9875
"""docs/worked_examples.md, "One long, one pool"."""


def try_kernels() -> str:
    """Empty where the documentation's example comes out, else what went wrong."""
    import numpy as np

    from liqscape.model import Accounts, MarginTable, MarginTables, MarginTier, Market, Markets, MarketSnapshot
    from liqscape.risk.liquidation import solve_liquidation

    try:
        tables = MarginTables.build([MarginTable(0, (MarginTier(0, 40),))])
        snapshot = MarketSnapshot.of_marks(
            Markets.build([Market(coin="BTC", size_decimals=5, max_leverage=40, table_row=0)]), 0, np.array([100_000.0])
        )
        account = Accounts.build(
            addresses=["0xabc"],
            address_row=[0],
            raw_usd=[-90_000.0],
            offsets=[0, 1],
            market_index=[0],
            size=[1.0],
            table_row=[0],
        )
        price = float(solve_liquidation(account, snapshot, tables).price[0])
    except Exception as error:  # noqa: BLE001 - whatever a compiler on a strange machine may raise
        return f"{type(error).__name__}: {error}"
    return "" if abs(price / EXPECTED - 1.0) < 1e-12 else f"the example gives {price!r} instead of {EXPECTED!r}"
