"""The stages of a liquidation: orders in the book, the backstop, deleveraging."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from exchange_reference import margin
from exchange_reference.things import ADL, BACKSTOP, LIQUIDATOR, MAKER, MARKET, Pool
from exchange_reference.trading import cancel_for_liquidation, fill, take
from liqscape.exchange.rules import AccountOrder, AdlPrice, AdlScore, OrderLimit, VaultChoice

if TYPE_CHECKING:
    from exchange_reference.engine import ReferenceExchange

FLOOR = Fraction(1, 10**8)
"""Least value of each factor of the binary score."""


def has_backstop(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Whether some liquidator may take something of the pool over: one of a dex it holds positions in."""
    is_left_out = pool.market is not None and exchange.coins[pool.market].is_isolated_only
    if is_left_out and not exchange.rules.has_backstop_on_isolated_only:
        return False
    dexs = {exchange.coins[market].dex for market in (*pool.positions, *pool.collateral)}
    return any(owner.role == LIQUIDATOR and owner.dex in dexs for owner in exchange.owners)


def is_below_backstop(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Value below 2/3 of maintenance, of the pool or of what is judged by itself in it."""
    share = Fraction(exchange.rules.backstop_numerator, exchange.rules.backstop_denominator)
    return any(worth < share * owed for _, worth, owed in margin.units(exchange, pool))


def is_bankrupt(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Worth less than nothing, as a whole or in a part that is judged by itself."""
    return any(worth < 0 for _, worth, _ in margin.units(exchange, pool))


def sends_orders(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Stage 1 is for pools below maintenance that wait for no liquidator and are worth something."""
    if not margin.is_liquidatable(exchange, pool) or is_bankrupt(exchange, pool):
        return False
    if not has_backstop(exchange, pool) or exchange.rules.orders_below_backstop:
        return True
    return not is_below_backstop(exchange, pool)


def ranked(exchange: ReferenceExchange, pools: list[Pool]) -> list[Pool]:
    """In the order their liquidation orders are sent."""

    def place(pool: Pool) -> tuple[Fraction, int, int]:
        owed = margin.maintenance(exchange, pool)
        first = {
            AccountOrder.HEALTH: Fraction(margin.value(exchange, pool)) / owed,
            AccountOrder.ADDRESS: Fraction(0),
            AccountOrder.SIZE: -owed,
        }[AccountOrder(exchange.rules.account_order)]
        return first, exchange.owners[pool.account].key, pool.row

    return sorted(pools, key=place)


def send_orders(exchange: ReferenceExchange, pools: list[Pool]) -> None:
    """Stage 1. A slice starts the user's cooldown when the block's orders are all sent."""
    sliced = []
    for pool in ranked(exchange, pools):
        if pool.positions and sends_orders(exchange, pool) and send_orders_of(exchange, pool):
            sliced.append(pool)
        share = Fraction(exchange.rules.backstop_numerator, exchange.rules.backstop_denominator)
        waits = margin.value(exchange, pool) < share * margin.maintenance(exchange, pool)
        for market in reversed(list(pool.collateral)):
            if waits and not exchange.rules.orders_below_backstop:
                break
            if margin.value(exchange, pool) < margin.maintenance(exchange, pool):
                lots = margin.up(pool.collateral[market][0] * exchange.rules.slice_share_percent, 100)
                sell_collateral(exchange, pool, market, lots)
    for pool in sliced:
        exchange.owners[pool.account].cooldown_until_ms = exchange.time_ms + exchange.rules.cooldown_ms


def send_orders_of(exchange: ReferenceExchange, pool: Pool) -> bool:
    """Whole positions, or 20 % of those above 100k USD outside of the cooldown, until the pool is healthy.

    Returns whether a slice was among them.
    """
    owner = exchange.owners[pool.account]
    cancel_for_liquidation(exchange, pool)
    transaction = exchange.new_transaction()
    has_sliced = False
    for market in sorted(pool.positions, key=lambda row: (-margin.maintenance_of(exchange, pool, row), row)):
        if not margin.is_liquidatable(exchange, pool):
            break
        held = pool.lots(market)
        lots = abs(held)
        is_slice = (
            margin.notional(exchange, pool, market) > exchange.rules.slice_threshold_uusd
            and exchange.time_ms >= owner.cooldown_until_ms
        )
        if is_slice:
            lots = margin.up(lots * exchange.rules.slice_share_percent, 100)
            has_sliced = True
        sign = -1 if held > 0 else 1
        limit = order_limit(exchange, pool, market)
        ident = exchange.new_order_id()
        filled = take(exchange, pool, market, sign, lots, limit, MARKET, pool.account, transaction, ident)
        exchange.orders_sent.append((exchange.time_ms, pool.account, market, lots, filled, is_slice, held))
    send_home(exchange, pool)
    return has_sliced


def order_limit(exchange: ReferenceExchange, pool: Pool, market: int) -> int:
    """Limit of a liquidation order in ticks, rounded to the careful side; 0 is none."""
    held, mark = pool.lots(market), exchange.coins[market].mark
    if exchange.rules.order_limit == OrderLimit.NONE:
        return 0
    if exchange.rules.order_limit == OrderLimit.BANKRUPTCY:
        exact = mark - Fraction(margin.value(exchange, pool), held)
    else:
        away = Fraction(exchange.rules.order_limit_cap_bps, 10_000)
        exact = mark * (1 - away if held > 0 else 1 + away)
    whole = -(-exact // 1) if held > 0 else exact // 1
    return max(1, int(whole))


def send_home(exchange: ReferenceExchange, pool: Pool) -> None:
    """What is left of an isolated pool without position goes to the cross pool."""
    if pool.market is not None and not pool.positions and pool.cash > 0:
        exchange.cross(pool.account, pool.market).cash += pool.cash
        pool.cash = 0


def take_over(exchange: ReferenceExchange, pools: list[Pool]) -> None:
    """The backstop: what is below 2/3 of its maintenance goes to liquidators at the mark, by dex."""
    share = Fraction(exchange.rules.backstop_numerator, exchange.rules.backstop_denominator)
    for pool in ranked(exchange, [pool for pool in pools if pool.positions or pool.collateral]):
        if not has_backstop(exchange, pool):
            continue
        if pool.collateral and margin.value(exchange, pool) < share * margin.maintenance(exchange, pool):
            for market in reversed(list(pool.collateral)):
                sell_collateral(exchange, pool, market, pool.collateral[market][0])
        if not pool.positions or not is_below_backstop(exchange, pool):
            continue
        worth, owed = margin.value(exchange, pool), margin.maintenance(exchange, pool)
        is_by_dex = exchange.rules.protects_cross_margin and not pool.collateral
        for dex in exchange.dexs:
            markets = [market for market in sorted(pool.positions) if exchange.coins[market].dex == dex]
            own = sum((margin.maintenance_of(exchange, pool, market) for market in markets), Fraction(0))
            if not markets:
                continue
            if is_by_dex:
                others = margin.maintenance(exchange, pool) - own
                if not margin.value(exchange, pool) - others < share * own:
                    continue
                moved = margin.value(exchange, pool) - math.ceil(others)
            else:
                moved = abs(worth) * int(own) // max(1, int(owed)) * (1 if worth >= 0 else -1)
            taker = choose_liquidator(exchange, dex)
            if taker is not None:
                take_over_dex(exchange, pool, dex, markets, taker, moved)


def sell_collateral(exchange: ReferenceExchange, pool: Pool, market: int, lots: int) -> None:
    """To a liquidator of the market's dex, at the mark; nothing where none is solvent."""
    taker = choose_liquidator(exchange, exchange.coins[market].dex)
    if taker is None:
        return
    held, rate = pool.collateral[market]
    pool.collateral[market] = (held - lots, rate)
    if held == lots:
        del pool.collateral[market]
    before, first_rate = taker.collateral.get(market, (0, rate))
    taker.collateral[market] = (before + lots, first_rate)
    price = exchange.coins[market].mark
    pool.cash += lots * price
    taker.cash -= lots * price
    exchange.sold.append((pool.account, market, lots, price, taker.account, int(held != lots)))


def take_over_dex(
    exchange: ReferenceExchange, pool: Pool, dex: str, markets: list[int], taker: Pool, moved: int
) -> None:
    """Positions of one dex and a part of the value; with the last position all of it."""
    exchange.takeovers += 1
    cancel_for_liquidation(exchange, pool)
    transaction = exchange.new_transaction()
    total = sum(margin.notional(exchange, pool, market) for market in markets)
    for market in markets:
        held = pool.lots(market)
        fill(
            exchange, market, exchange.coins[market].mark, abs(held), -1 if held > 0 else 1, pool, taker, BACKSTOP,
            pool.account, transaction,
        )  # fmt: skip
    if not pool.positions:
        moved = pool.cash
    taker.cash += moved
    pool.cash -= moved
    place = exchange.dexs.index(dex)
    exchange.taken_over.append((exchange.time_ms, pool.account, pool.market, total, moved, taker.account, place))


def choose_liquidator(exchange: ReferenceExchange, dex: str) -> Pool | None:
    """Pool of the dex's liquidator that takes the next part; None if none has value left."""
    solvent = [pool for pool in exchange.liquidator_pools(dex) if margin.value(exchange, pool) >= 0]
    if not solvent:
        return None
    if exchange.rules.vault_choice == VaultChoice.RICHEST:
        return max(solvent, key=lambda pool: (margin.value(exchange, pool), -pool.row))
    if exchange.rules.vault_choice == VaultChoice.ROUND_ROBIN:
        return solvent[exchange.takeovers % len(solvent)]
    return solvent[0]


def deleverage(exchange: ReferenceExchange, pools: list[Pool]) -> None:
    """ADL of everything that is worth less than nothing, one batch a market and side."""
    losers = [pool for pool in pools if pool.positions and is_bankrupt(exchange, pool)]
    losers += [pool for pool in exchange.liquidator_pools() if pool.positions and margin.value(exchange, pool) < 0]
    losers.sort(key=lambda pool: (exchange.owners[pool.account].key, pool.row))
    lost = {
        (pool.row, market)
        for pool in losers
        for markets, worth, _ in margin.units(exchange, pool)
        for market in markets
        if worth < 0
    }
    values = {pool.row: margin.value(exchange, pool) for pool in margin.all_pools(exchange)}
    transactions = {pool.row: exchange.new_transaction() for pool in losers}
    for pool in losers:
        cancel_for_liquidation(exchange, pool)
    for market in range(len(exchange.coins)):
        for side in (1, -1):
            mine = [pool for pool in losers if (pool.row, market) in lost and pool.lots(market) * side > 0]
            run_batch(exchange, market, side, mine, values, transactions)
    for pool in losers:
        send_home(exchange, pool)


def run_batch(
    exchange: ReferenceExchange,
    market: int,
    side: int,
    mine: list[Pool],
    values: dict[int, int],
    transactions: dict[int, int],
) -> None:
    """Close the losers' positions of one side against the queue of the other, best score first."""
    if not mine:
        return
    queue = adl_queue(exchange, market, side, values)
    rooms = [abs(pool.lots(market)) for pool, _ in queue]
    if exchange.rules.adl_score == AdlScore.WATER_FILLING:
        rooms = water_filling(rooms, [values[pool.row] for pool, _ in queue], sum(abs(p.lots(market)) for p in mine))
    exchange.batches += 1
    price = {
        AdlPrice.PREVIOUS_MARK: exchange.coins[market].previous_mark,
        AdlPrice.PREVIOUS_ORACLE: exchange.coins[market].previous_oracle,
        AdlPrice.MARK: exchange.coins[market].mark,
    }[AdlPrice(exchange.rules.adl_price)]
    at = 0
    for loser in mine:
        while loser.lots(market) and at < len(queue):
            winner, score = queue[at]
            lots = min(abs(loser.lots(market)), rooms[at])
            if lots:
                fill(
                    exchange, market, price, lots, -side, loser, winner, ADL, loser.account, transactions[loser.row],
                    batch=exchange.batches, rank=at, score=float(score),
                )  # fmt: skip
            rooms[at] -= lots
            if rooms[at] == 0:
                at += 1


def adl_queue(
    exchange: ReferenceExchange, market: int, side: int, values: dict[int, int]
) -> list[tuple[Pool, Fraction]]:
    """Holders of the other side who are not under water: the profitable by score, then (rule) the others.

    Water filling knows leverage only: profit neither ranks nor spares anybody.
    """
    is_water = exchange.rules.adl_score == AdlScore.WATER_FILLING
    rows = []
    for pool in margin.all_pools(exchange):
        role = exchange.owners[pool.account].role
        if role == MAKER or (role == LIQUIDATOR and not exchange.rules.adl_includes_vaults):
            continue
        if pool.lots(market) * side >= 0 or values[pool.row] < 0:
            continue
        score, profit = adl_score(exchange, pool, market, values[pool.row])
        is_last = profit <= 0 and not is_water
        if is_last and not exchange.rules.adl_allows_losers:
            continue
        rows.append((is_last, -score, exchange.owners[pool.account].key, pool.row, pool))
    return [(row[4], -row[1]) for row in sorted(rows, key=lambda row: row[:4])]


def adl_score(exchange: ReferenceExchange, pool: Pool, market: int, worth: int) -> tuple[Fraction, int]:
    """(score, profit at the mark)."""
    held = pool.positions[market]
    size = margin.notional(exchange, pool, market)
    profit = (size - held.entry) * (1 if held.lots > 0 else -1)
    leverage = Fraction(size, max(worth, 1))
    gain = Fraction(size, held.entry)
    if exchange.rules.adl_score == AdlScore.BINARY:
        return max(leverage, FLOOR) * max(Fraction(max(profit, 0), held.entry), FLOOR), profit
    if exchange.rules.adl_score == AdlScore.DOCUMENTED:
        return gain * leverage, profit
    if exchange.rules.adl_score == AdlScore.SYMMETRIC:
        return (gain if held.lots > 0 else 1 / gain) * leverage, profit
    return leverage, profit


def water_filling(rooms: list[int], values: list[int], lost: int) -> list[int]:
    """Reductions that leave the largest lots / value as small as can be: all above a cut-off are cut to it.

    The queue is in falling leverage. What rounding leaves over is taken one lot at a time from its head.
    """
    if sum(rooms) <= lost:
        return rooms
    count = 0
    cut = Fraction(0)
    for count in range(1, len(rooms) + 1):
        cut = max(Fraction(0), Fraction(sum(rooms[:count]) - lost, max(1, sum(values[:count]))))
        is_enough = sum(rooms[:count]) >= lost
        if is_enough and (count == len(rooms) or rooms[count] <= cut * values[count]):
            break
    taken = [max(0, int((room - cut * worth) // 1)) for room, worth in zip(rooms, values, strict=True)]
    taken[count:] = [0] * (len(rooms) - count)
    at = 0
    while sum(taken) < lost:
        if taken[at] < rooms[at]:
            taken[at] += 1
        at = (at + 1) % len(rooms)
    return taken
