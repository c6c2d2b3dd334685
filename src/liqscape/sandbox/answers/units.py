"""The engine's integers as the decimals of the wire. A quotient of integers below 2^53 prints without noise."""

from __future__ import annotations

import hashlib

from liqscape.exchange.columns import FUNDING_UNIT
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD, price_scale

ZERO_ADDRESS = "0x" + "0" * 40
RATIO_DECIMALS = 10
"""Places of rates, premiums, returns and liquidation prices."""


def usd(uusd: int) -> float:
    """USD of micro-USD."""
    return uusd / UUSD


def price(exchange: Exchange, market: int, ticks: float) -> float:
    """USD of ticks, which may be halves."""
    return ticks / price_scale(exchange.markets.rows[market].size_decimals)


def coins(exchange: Exchange, market: int, lots: int) -> float:
    """Coins of lots."""
    value: float = lots / 10 ** exchange.markets.rows[market].size_decimals
    return value


def rate(scaled: int) -> float:
    """Fraction an hour of a rate in FUNDING_UNIT, to ten places."""
    return round(int(scaled) / FUNDING_UNIT, RATIO_DECIMALS)


def address(exchange: Exchange, account: int) -> str:
    """Address of an account row; zeros for no account."""
    return exchange.addresses[account] if account >= 0 else ZERO_ADDRESS


def transaction_hash(transaction: int) -> str:
    """32 bytes that stand for a transaction: the same number always gives the same hash."""
    number = int(transaction).to_bytes(8, "big")
    return "0x" + hashlib.blake2b(number, digest_size=32, person=b"transaction").hexdigest()
