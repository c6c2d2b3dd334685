"""Money that enters or leaves the exchange: declared deposits and withdrawals, in whole cents."""

from __future__ import annotations

from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD


def pay(exchange: Exchange, account: int, usd: float) -> float:
    """Deposit, or withdraw what may be withdrawn. Returns USD paid in."""
    uusd = round(usd * 100.0) * (UUSD // 100)
    if uusd < 0:
        uusd = -min(-uusd, exchange.withdrawable(account))
    if uusd:
        exchange.deposit(account, uusd)
    return uusd / UUSD
