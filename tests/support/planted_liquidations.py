"""A small sandbox world in which accounts are liquidated because their cash is taken, not because price moved.

So the cause lies outside the market, and the same world without it tells what the liquidation did: all its chance is
drawn by the number of the block.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from liqscape.exchange.columns import NO_ROW, AccountColumn, ClockColumn, MarketColumn, PoolColumn, PositionColumn, Role
from liqscape.exchange.exchange import Exchange
from liqscape.exchange.scale import UUSD
from liqscape.heatmap.moment import Moment
from liqscape.insight.minute import AddressKeys, Minute
from liqscape.risk.liquidation import solve_liquidation
from liqscape.sandbox.books import mids
from liqscape.sandbox.market import SandboxMarket
from liqscape.sandbox.world import WorldSettings
from liqscape.service.pipeline import Pipeline
from liqscape.units import Float64Array

EQUITY_SHARE = 0.85
"""Of maintenance: below it, and above the 2/3 at which the backstop comes."""


class Candidate(NamedTuple):
    """A pool of one position of a user that the map knows."""

    pool: int
    market_index: int
    side: int
    notional: float


def candidates(market: SandboxMarket) -> list[Candidate]:
    """Those that could be liquidated, largest first."""
    exchange, population = market.world.exchange, market.world.population
    state = exchange.state
    _, maintenance = exchange.pool_margin()
    found = []
    for pool in range(len(maintenance)):
        row = state.pool[pool]
        account = int(row[PoolColumn.ACCOUNT])
        if (
            row[PoolColumn.COUNT] != 1
            or row[PoolColumn.HOLDING]
            or state.account[account, AccountColumn.ROLE] != Role.USER
        ):
            continue
        if account >= len(population.is_hidden) or population.is_hidden[account] or row[PoolColumn.GROUP] != NO_ROW:
            continue
        position = state.position[row[PoolColumn.START]]
        coin, lots = int(position[PositionColumn.MARKET]), int(position[PositionColumn.LOTS])
        if coin >= market.world.coins.count:
            continue  # coins of builders have next to no book
        usd = abs(lots) * int(state.market[coin, MarketColumn.MARK]) / UUSD
        found.append(Candidate(pool, coin, 1 if lots > 0 else -1, usd))
    return sorted(found, key=lambda each: -each.notional)


def take_cash(exchange: Exchange, pool: int) -> None:
    """Leave a pool with less than its maintenance; nobody sees why."""
    value, maintenance = exchange.pool_margin()
    wanted = int(EQUITY_SHARE * int(maintenance[pool])) // int(exchange.state.clock[ClockColumn.MULTIPLIER])
    exchange.state.pool[pool, PoolColumn.CASH] -= int(value[pool]) - wanted
    exchange.state.pool[pool, PoolColumn.SAFE_UNTIL] = 0


def small_market(seed: int, *, accounts: int = 240, coins: int = 3, block_ms: int = 1_000) -> SandboxMarket:
    """A market in live blocks, a minute after its start."""
    market = SandboxMarket.new(WorldSettings(seed=seed, accounts=accounts, coins=coins, block_ms=block_ms))
    in_live_blocks(market)
    return market


def in_live_blocks(market: SandboxMarket) -> list[object]:
    """The events of the next minute, made of live blocks rather than one coarse one."""
    market.live(market.time_ms + market.world.settings.block_ms)
    return list(market.step())


def moments(
    market: SandboxMarket, minutes: int, plant: Callable[[int], None] = lambda _: None, fine: range = range(1 << 30)
) -> Iterator[Moment]:
    """Stored moments of the next minutes; `plant` is told the number of each before it begins. Those outside `fine` are
    of one block each, which is quick."""
    pipeline = Pipeline(market.provenance, with_bands=False)
    for event in market.initial_events():
        pipeline.feed(event)
    for number in range(minutes):
        plant(number)
        for event in in_live_blocks(market) if number in fine else market.step():
            moment = pipeline.feed(event)  # type: ignore[arg-type]
            if moment is not None and moment.is_stored:
                yield moment


def as_minutes(stored: Iterator[Moment]) -> Iterator[Minute]:
    """The same as studies see them."""
    keys = AddressKeys()
    for moment in stored:
        snapshot = moment.frame.snapshot
        yield Minute(
            snapshot=snapshot,
            accounts=moment.accounts,
            tables=moment.tables,
            level=solve_liquidation(moment.accounts, snapshot, moment.tables).price,
            key=keys.of(moment.accounts.addresses),
            notes=moment.notes,
            is_gap=False,
        )


class MidLog:
    """Mids after each block of a market, from the exchange itself."""

    def __init__(self, market: SandboxMarket) -> None:
        exchange = market.world.exchange
        self._time_ms, self._mid = [exchange.time_ms], [mids(exchange)]
        market.listeners.append(lambda output: self._note(output.time_ms, mids(exchange)))

    def _note(self, time_ms: int, mid: Float64Array) -> None:
        self._time_ms.append(time_ms)
        self._mid.append(mid)

    def at(self, time_ms: int, market_index: int) -> float:
        """USD after the last block up to a time."""
        place = int(np.searchsorted(self._time_ms, time_ms, "right")) - 1
        return float(self._mid[place][market_index])


def mids_without(checkpoint: bytes, minutes: int) -> MidLog:
    """Those of the next minutes of a market in which nobody's cash is taken."""
    market = SandboxMarket.restore(checkpoint)
    log = MidLog(market)
    for _ in range(minutes):
        in_live_blocks(market)
    return log
