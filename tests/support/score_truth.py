"""A sandbox's hours as columns of a score, and what the exchange's own log says of the same levels, in plain loops."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np
from sweep_truth import Move, SweptWorld

from liqscape.exchange.columns import FillColumn, Method
from liqscape.exchange.output import BlockOutput
from liqscape.insight.minute import Minute, address_key
from liqscape.insight.score.columns import AccountMoves, CoinDay, coin_frame
from liqscape.insight.score.gathering import MarkPoints, moves_of_minutes
from liqscape.units import DAY_MS, MINUTE_MS

HORIZONS = {"1h": MINUTE_MS, "4h": 3 * MINUTE_MS, "24h": 6 * MINUTE_MS}
"""A world lives for minutes: its hours are minutes."""


class ScoredWorld(SweptWorld):
    """One whose log tells who was cut as a winner: he left, and was not liquidated."""

    def _observe(self, output: BlockOutput) -> None:
        super()._observe(output)
        addresses = self._exchange.addresses
        for fill in output.fills.tolist():
            if Method(fill[FillColumn.METHOD]) is not Method.ADL:
                continue
            for account in {fill[FillColumn.BUYER], fill[FillColumn.SELLER]} - {fill[FillColumn.LIQUIDATED]}:
                moves = self.moves[addresses[account]]
                moves[:] = [_as_left(move, fill[FillColumn.TIME_MS], fill[FillColumn.MARKET]) for move in moves]


def _as_left(move: Move, time_ms: int, market: int) -> Move:
    is_it = (move.time_ms, move.market, move.forced) == (time_ms, market, "deleveraged")
    return move._replace(forced=None) if is_it else move


def coin_days(world: SweptWorld) -> list[CoinDay]:
    """The minutes of a world as days to be scored."""
    minutes = [world.minutes[time] for time in sorted(world.minutes)]
    coins = minutes[0].snapshot.markets.coins
    number = np.append(np.arange(len(coins)), -1)
    points, parts = MarkPoints(), []
    for minute in minutes:
        points.add_frame(number[:-1], minute.time_ms, minute.snapshot.mark)
        notes = minute.notes
        if notes is None or notes.coins is None or notes.path is None or notes.accounts is None:
            continue
        points.add_minutes(notes.coins, notes.path, number)
        rows = notes.accounts | {"time_ms": np.full(len(notes.accounts["kind"]), minute.time_ms, np.int64)}
        parts.append(moves_of_minutes(rows, minute.key, number))
    moves = AccountMoves.of_rows(**{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    return [day_of(minutes, points, moves, index) for index in range(len(coins))]


def day_of(minutes: list[Minute], points: MarkPoints, moves: AccountMoves, index: int) -> CoinDay:
    """One coin of some minutes."""
    market = minutes[0].snapshot.markets.rows[index]
    path_ms, path_mark = points.of_coin(index, 0, minutes[-1].time_ms + 1)
    return CoinDay(
        coin=market.coin,
        day=minutes[-1].time_ms // DAY_MS,
        frames=tuple(coin_frame(minute, index) for minute in minutes),
        hours_ms=tuple(minute.time_ms for minute in minutes),
        path_ms=path_ms,
        path_mark=path_mark,
        watched=points.watched(index),
        moves=moves,
        market=index,
        size_decimals=market.size_decimals,
        last_ms=minutes[-1].time_ms,
        slack_ms=MINUTE_MS,
        step_ms=MINUTE_MS,
        horizon_ms=HORIZONS,
    )


class Level(NamedTuple):
    """A level a frame showed, and a horizon."""

    time_ms: int
    coin: str
    key: int
    horizon: str


def true_fates(world: SweptWorld) -> tuple[dict[Level, Counter[str]], int]:
    """Lots of every level that the mark reached, by how they went, fill by fill; and how many levels were judged."""
    times, found, judged = sorted(world.minutes), {}, 0
    for time in times:
        minute = world.minutes[time]
        accounts = minute.accounts
        owner = accounts.address_row[accounts.pool_of_position()]
        exempt = accounts.is_exempt[accounts.pool_of_position()]
        for row in range(accounts.position_count):
            level, index = float(minute.level[row]), int(accounts.market_index[row])
            if exempt[row] or not level > 0.0:
                continue
            for horizon, length in HORIZONS.items():
                if time + length not in world.minutes:
                    continue
                judged += 1
                address, size = accounts.addresses[owner[row]], float(accounts.size[row])
                fates = _fates(world, (time, time + length), index, address, (size, level))
                if fates is not None:
                    coin = minute.snapshot.markets.coins[index]
                    found[Level(time, coin, address_key(address), horizon)] = fates
    return found, judged


def _fates(
    world: SweptWorld, span: tuple[int, int], index: int, address: str, held: tuple[float, float]
) -> Counter[str] | None:
    size, level = held
    side = 1 if size > 0.0 else -1
    start, end = span
    reached = next(
        (time for time, mark in world.marks if start < time <= end and side * mark[index] <= side * level), None
    )
    if reached is None:
        return None
    lots = round(abs(size) * 10 ** world._exchange.markets.rows[index].size_decimals)
    found, now, left = Counter[str](), lots, lots
    for move in world.moves.get(address, ()):
        if move.market != index or not start < move.time_ms <= end:
            continue
        now += side * move.lots
        lost = left - max(0, min(left, now))
        left -= lost
        closed = "closed_before" if move.time_ms < reached else "closed_after"
        found["liquidated" if move.forced else closed] += lost
    found["rest"] = left
    return +found
