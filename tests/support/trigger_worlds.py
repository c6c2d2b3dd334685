"""Random trigger orders on the accounts of a population, with every mistake a register can hold among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.triggers import (
    BUY,
    NEVER_READ_MS,
    SELL,
    TriggerColumns,
    TriggerKind,
    TriggerKnowledge,
    fires_below,
)
from liqscape.units import Float64Array


class TriggerOrder(NamedTuple):
    """One trigger order, as TriggerColumns has it."""

    order_id: int
    side: int
    kind: TriggerKind
    is_market: bool
    trigger_price: float
    limit_price: float
    size: float
    is_whole_position: bool
    is_reduce_only: bool
    placed_ms: int


def columns_of(rows: Sequence[tuple[int, int, TriggerOrder]]) -> TriggerColumns:
    """Columns of (market, account, order), sorted as they must be."""
    ordered = sorted(rows, key=lambda row: (row[0], row[2].order_id))
    types = dict.fromkeys(("trigger_price", "limit_price", "size"), np.float64)
    types |= dict.fromkeys(("is_market", "is_whole_position", "is_reduce_only"), np.bool_)
    types |= {"side": np.int8, "kind": np.int8, "order_id": np.int64, "placed_ms": np.int64}
    columns = {name: np.array([getattr(row[2], name) for row in ordered], types[name]) for name in TriggerOrder._fields}
    return TriggerColumns(
        market=np.array([row[0] for row in ordered], np.int32),
        account=np.array([row[1] for row in ordered], np.int32),
        seen_ms=columns["placed_ms"],
        **columns,
    )


def make_triggers(seed: int, accounts: Accounts, snapshot: MarketSnapshot, count: int) -> TriggerColumns:
    """`count` orders near the marks: four kinds, whole and part, reducing and not, of accounts on the map and not."""
    random = np.random.default_rng([seed, 2])
    rows = []
    for number in range(count):
        market, account = int(random.integers(len(snapshot.markets))), int(random.integers(-1, len(accounts.addresses)))
        mark = float(snapshot.mark[market])
        side, kind = int(random.choice((1, -1))), int(random.integers(2))
        away = float(random.choice((1.0, 1.01, 1.1, 1.3, random.uniform(1.0, 2.0))))
        is_waiting = random.random() < 0.85
        price = mark / away if fires_below(side, kind) == is_waiting else mark * away
        is_whole = bool(random.random() < 0.3)
        decimals = snapshot.markets.rows[market].size_decimals
        size = 0.0 if is_whole else round(float(np.exp(random.normal(8.0, 3.0))) / mark, decimals)
        price = float("nan") if random.random() < 0.02 else price
        order = TriggerOrder(
            order_id=int(random.permutation(count * 3)[0]) * count + number,
            side=side,
            kind=TriggerKind(kind),
            is_market=bool(random.random() < 0.7),
            trigger_price=price,
            limit_price=price,
            size=size,
            is_whole_position=is_whole,
            is_reduce_only=is_whole or bool(random.random() < 0.7),
            placed_ms=0,
        )
        rows.append((market, account, order))
    return columns_of(rows)


def stops_of_positions(accounts: Accounts, mark: Float64Array, seed: int = 3, share: float = 0.6) -> TriggerColumns:
    """Orders that wait, each reducing a position: most are stops, the others take-profits."""
    rng = np.random.default_rng(seed)
    position = np.flatnonzero(rng.random(accounts.position_count) < share)
    pool = accounts.pool_of_position()[position]
    market, is_long = accounts.market_index[position], accounts.size[position] > 0
    count = len(position)
    kind = rng.choice((TriggerKind.STOP, TriggerKind.TAKE_PROFIT), count, p=(0.8, 0.2))
    away = rng.exponential(0.04, count) + 1e-3
    gain = np.where(kind == TriggerKind.STOP, -away, away) * np.where(is_long, 1.0, -1.0)
    is_whole = rng.random(count) < 0.6
    trigger = np.round(mark[market] * (1.0 + gain), 6)
    columns = TriggerColumns(
        market=market.astype(np.int32),
        account=accounts.address_row[pool].astype(np.int32),
        order_id=np.arange(count) + 1_000,
        side=np.where(is_long, SELL, BUY).astype(np.int8),
        kind=kind.astype(np.int8),
        is_market=rng.random(count) < 0.8,
        trigger_price=trigger,
        limit_price=np.where(is_long, trigger * 0.998, trigger * 1.002),
        size=np.where(is_whole, 0.0, np.abs(accounts.size[position])),
        is_whole_position=is_whole,
        is_reduce_only=np.ones(count, np.bool_),
        placed_ms=np.zeros(count, np.int64),
        seen_ms=np.zeros(count, np.int64),
    )
    columns = columns._replace(
        limit_price=np.where(columns.is_market, np.where(is_long, trigger * 0.9, trigger * 1.1), columns.limit_price)
    )
    order = np.lexsort((columns.order_id, columns.market))
    return TriggerColumns(*(column[order] for column in columns))


def make_knowledge(seed: int, accounts: Accounts, time_ms: int) -> TriggerKnowledge:
    """Two in three accounts were read, at different times."""
    random = np.random.default_rng([seed, 3])
    count = len(accounts.addresses)
    known_ms = random.integers(0, time_ms, count)
    return TriggerKnowledge(np.where(random.random(count) < 0.67, known_ms, NEVER_READ_MS).astype(np.int64))


def no_triggers() -> TriggerColumns:
    """Columns of no order."""
    return columns_of(())
