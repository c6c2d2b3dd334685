"""Marks and funding. Computed apart from the engine's and compared before use (see ReferenceExchange.step)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from exchange_reference import margin
from exchange_reference.things import Coin
from exchange_reference.trading import best
from liqscape.exchange.rules import MarkSource

if TYPE_CHECKING:
    from exchange_reference.engine import ReferenceExchange

FUNDING_UNIT = 10**12


def median(values: list[Fraction]) -> Fraction:
    """The middle one; of an even number the mean of the two in the middle."""
    rising = sorted(values)
    return (rising[(len(rising) - 1) // 2] + rising[len(rising) // 2]) / 2


def outside_median(exchange: ReferenceExchange, coin: Coin) -> Fraction | None:
    """Median of the outside mids, each as often as its weight says."""
    weights = exchange.rules.venue_weights
    each = [
        Fraction(price) for price, weight in zip(coin.venues, weights, strict=True) for _ in range(weight) if price > 0
    ]
    return median(each) if each else None


def averaged(average: tuple[float, float], sample: float, elapsed_ms: int, tau_ms: int) -> tuple[float, float]:
    """Numerator and denominator after one more sample."""
    keep = math.exp(-elapsed_ms / tau_ms)
    return average[0] * keep + sample * elapsed_ms, average[1] * keep + elapsed_ms


def mark_of(exchange: ReferenceExchange, market: int, elapsed_ms: int) -> Fraction:
    """The documented median, not yet rounded, ticks."""
    coin = exchange.coins[market]
    if exchange.rules.mark_source == MarkSource.GIVEN:
        return Fraction(coin.next_mark or coin.mark)
    bid, ask = best(exchange, market, 1), best(exchange, market, -1)
    prices = []
    local = None
    if bid and ask:
        mid = (bid.price + ask.price) / 2
        coin.slow = averaged(coin.slow, mid - coin.oracle, elapsed_ms, exchange.rules.slow_average_ms)
        if coin.last:
            local = median([Fraction(bid.price), Fraction(ask.price), Fraction(coin.last)])
            coin.fast = averaged(coin.fast, float(local), elapsed_ms, exchange.rules.fast_average_ms)
    if coin.oracle:
        basis = Fraction(coin.slow[0]) / Fraction(coin.slow[1]) if coin.slow[1] else Fraction(0)
        prices.append(coin.oracle + basis)
    if local is not None:
        prices.append(local)
    outside = outside_median(exchange, coin)
    if outside is not None:
        prices.append(outside)
    if len(prices) == 2 and coin.fast[1]:
        prices.append(Fraction(coin.fast[0]) / Fraction(coin.fast[1]))
    return median(prices) if prices else Fraction(coin.mark)


def update_marks(exchange: ReferenceExchange, marks: list[int]) -> None:
    """Take the oracles over and move all marks, to the given ones after checking each against its own."""
    elapsed = exchange.time_ms - exchange.last_mark_ms
    exchange.last_mark_ms = exchange.time_ms
    for market, coin in enumerate(exchange.coins):
        coin.previous_oracle = coin.oracle
        coin.oracle = coin.next_oracle or coin.oracle
        given = marks[market]
        exact = Fraction(given) if coin.is_delisted else mark_of(exchange, market, elapsed)
        nearest = max(1, math.floor(exact + Fraction(1, 2)))
        is_tie = abs(exact + Fraction(1, 2) - round(exact + Fraction(1, 2))) < Fraction(1, 10**5)
        assert given == nearest or (is_tie and abs(given - exact) < 1), (market, given, float(exact))
        if coin.is_delisted:
            coin.previous_mark = coin.mark
            continue
        coin.previous_mark = coin.mark or given
        coin.mark = given


def impact_price(exchange: ReferenceExchange, market: int, sign: int) -> Fraction | None:
    """Average price of the impact notional eaten from a side; None where it is not that deep."""
    left, lots = Fraction(exchange.coins[market].impact_uusd), Fraction(0)
    orders = [order for order in exchange.book if order.market == market and order.sign == sign]
    for order in sorted(orders, key=lambda order: -sign * order.price):
        eaten = min(left, Fraction(order.price * order.lots))
        lots += eaten / order.price
        left -= eaten
        if left == 0:
            return exchange.coins[market].impact_uusd / lots
    return None


def sample_premiums(exchange: ReferenceExchange, rates: list[int]) -> None:
    """One premium a market; the hourly rates that follow, checked against the given ones, to two units."""
    for market, coin in enumerate(exchange.coins):
        if not coin.oracle:
            continue
        bid, ask = impact_price(exchange, market, 1), impact_price(exchange, market, -1)
        premium = Fraction(0)
        if bid is not None and ask is not None:
            premium = (max(bid - coin.oracle, 0) - max(coin.oracle - ask, 0)) / coin.oracle
        coin.premiums.append(premium)
        average = sum(coin.premiums, Fraction(0)) / len(coin.premiums) * FUNDING_UNIT
        clamp = exchange.rules.premium_clamp
        exact = (average + max(-clamp, min(clamp, exchange.rules.interest_rate - average))) / 8
        cap = exchange.rules.funding_cap_rate
        exact = max(-cap, min(cap, exact))
        assert abs(exact - rates[market]) < 2, (market, rates[market], float(exact))
        coin.funding_rate = rates[market]


def pay_funding(exchange: ReferenceExchange) -> None:
    """Every position pays lots * oracle * rate, rounded toward zero; longs pay where the rate is positive."""
    for pool in margin.all_pools(exchange):
        for market, held in pool.positions.items():
            coin = exchange.coins[market]
            size = abs(held.lots) * coin.oracle * abs(coin.funding_rate) // FUNDING_UNIT
            payment = size if (held.lots > 0) == (coin.funding_rate > 0) else -size
            pool.cash -= payment
            exchange.funding_rounding += payment
            if coin.funding_rate:
                exchange.funded.append((pool.account, market, held.lots, payment, coin.funding_rate))
    for coin in exchange.coins:
        coin.premiums.clear()
