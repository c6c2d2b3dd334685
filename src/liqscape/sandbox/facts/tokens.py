"""Spot tokens of the sandbox, with the indexes they have on the venue (autumn 2026): collateral, and what is held spot.

Nothing is traded spot here. HYPE and UBTC are worth what the perpetuals HYPE and BTC are; the others hold their price.
"""

from __future__ import annotations

from typing import NamedTuple


class Token(NamedTuple):
    """One token.

    number the venue's index of it.
    price  USD; where `coin` is named, that coin's mark counts instead.
    pair   index of its pair against USDC, None where it has none.
    ltv    loan-to-value as collateral of a portfolio account, None where it is none (HL.DOC.PORTFOLIO_MARGIN).
    """

    name: str
    number: int
    size_decimals: int
    wei_decimals: int
    price: float
    pair: int | None = None
    coin: str | None = None
    ltv: float | None = None


USDC, HYPE, USDE, USDH, UBTC = 0, 150, 235, 360, 197
TOKENS = (
    Token("USDC", USDC, 8, 8, 1.0, ltv=0.0),
    Token("PURR", 1, 0, 5, 0.11, pair=0),
    Token("HYPE", HYPE, 2, 8, 31.0, pair=107, coin="HYPE", ltv=0.65),
    Token("UBTC", UBTC, 5, 10, 68_000.0, pair=142, coin="BTC", ltv=0.5),
    Token("USDE", USDE, 2, 8, 0.9998, pair=150),
    Token("USDT0", 268, 2, 8, 0.9997, pair=166, ltv=0.0),
    Token("USDH", USDH, 2, 8, 1.0, pair=230),
)
BY_NUMBER = {token.number: token for token in TOKENS}


def token_name(number: int) -> str:
    """Name of a token; one that is not listed here is called by its index."""
    return BY_NUMBER[number].name if number in BY_NUMBER else f"TOKEN{number}"


def pair_name(token: Token) -> str:
    """Coin of a token's pair: PURR/USDC has a name, the others have a number."""
    return "PURR/USDC" if token.name == "PURR" else f"@{token.pair}"
