"""Random trigger orders on the accounts of a population, with every mistake a register can hold among them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from liqscape.model import Accounts, MarketSnapshot
from liqscape.model.triggers import NEVER_READ_MS, TriggerColumns, TriggerKind, TriggerKnowledge, fires_below


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


def make_knowledge(seed: int, accounts: Accounts, time_ms: int) -> TriggerKnowledge:
    """Two in three accounts were read, at different times."""
    random = np.random.default_rng([seed, 3])
    count = len(accounts.addresses)
    known_ms = random.integers(0, time_ms, count)
    return TriggerKnowledge(np.where(random.random(count) < 0.67, known_ms, NEVER_READ_MS).astype(np.int64))


def no_triggers() -> TriggerColumns:
    """Columns of no order."""
    return columns_of(())
