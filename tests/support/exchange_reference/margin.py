"""Margin of a pool, exact: whole micro-USD and fractions of them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from exchange_reference.things import LIQUIDATOR, MAKER, Pool

if TYPE_CHECKING:
    from exchange_reference.engine import ReferenceExchange


def value(exchange: ReferenceExchange, pool: Pool) -> int:
    """Cash plus what positions and collateral are worth at the mark, micro-USD."""
    worth = sum(held.lots * exchange.coins[market].mark for market, held in pool.positions.items())
    return pool.cash + worth + sum(collateral(exchange, pool, market)[0] for market in pool.collateral)


def collateral(exchange: ReferenceExchange, pool: Pool, market: int) -> tuple[int, int, int]:
    """(value, maintenance, initial margin) of a holding, micro-USD: the second rounded down, the third twice that."""
    lots, rate = pool.collateral[market]
    worth = lots * exchange.coins[market].mark
    return worth, int(worth * rate), 2 * int(worth * rate)


def notional(exchange: ReferenceExchange, pool: Pool, market: int) -> int:
    """|lots| * mark, micro-USD."""
    return abs(pool.lots(market)) * exchange.coins[market].mark


def maintenance_of(exchange: ReferenceExchange, pool: Pool, market: int) -> Fraction:
    """notional * rate - deduction in the tier the notional is in; a bound belongs to the tier above."""
    size = notional(exchange, pool, market)
    tier = [tier for tier in exchange.coins[market].tiers if tier[0] <= size][-1]
    return size * tier[1] - tier[2]


def maintenance(exchange: ReferenceExchange, pool: Pool) -> Fraction:
    """Of all positions of the pool, and of its collateral."""
    held = sum(collateral(exchange, pool, market)[1] for market in pool.collateral)
    return sum((maintenance_of(exchange, pool, market) for market in pool.positions), Fraction(held))


def initial(exchange: ReferenceExchange, pool: Pool) -> int:
    """Sum of |lots| * mark / leverage, each rounded up."""
    held = sum(collateral(exchange, pool, market)[2] for market in pool.collateral)
    return held + sum(up(notional(exchange, pool, market), held.leverage) for market, held in pool.positions.items())


def is_margined(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Users and trading vaults can be liquidated; liquidators and the maker cannot."""
    return exchange.owners[pool.account].role not in (LIQUIDATOR, MAKER)


def is_liquidatable(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Value below maintenance; equality is safe."""
    has_any = bool(pool.positions or pool.collateral)
    return has_any and is_margined(exchange, pool) and value(exchange, pool) < maintenance(exchange, pool)


def all_pools(exchange: ReferenceExchange) -> Iterable[Pool]:
    """Every pool, in the order they were opened."""
    pools = [pool for owner in exchange.owners for pool in (*owner.crosses.values(), *owner.isolated.values())]
    return sorted(pools, key=lambda pool: pool.row)


def units(exchange: ReferenceExchange, pool: Pool) -> list[tuple[list[int], Fraction, Fraction]]:
    """(markets, what they are worth, their maintenance) of what backstop and deleveraging judge by itself.

    The pool; or, where the rule protects cross margin, its markets of each dex: what the maintenance of the others
    leaves of the pool's value.
    """
    total = maintenance(exchange, pool)
    if not exchange.rules.protects_cross_margin or pool.collateral:
        return [(sorted(pool.positions), Fraction(value(exchange, pool)), total)]
    found = []
    for dex in exchange.dexs:
        markets = [market for market in sorted(pool.positions) if exchange.coins[market].dex == dex]
        own = sum((maintenance_of(exchange, pool, market) for market in markets), Fraction(0))
        if markets:
            found.append((markets, value(exchange, pool) - (total - own), own))
    return found


def up(amount: int, parts: int) -> int:
    """amount / parts, rounded up."""
    return -(-amount // parts)
