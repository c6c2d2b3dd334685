"""Liquidation price of a trade at its size: its pool made up, and solved as every pool of the map (docs/stops.md).

    raw_usd of a pool of its own   margin - fee * entry * size - side * size * entry                           (6)
    of an account's pool           its raw_usd - fee * entry * size - side * size * entry                      (7)

so an entry at the mark leaves the pool's account value as it was, less the fee, which the exchange takes out of the
pool (docs/exchange.md). A position of the account in the same coin and the trade become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.insight.advice.records import UNKNOWN_BACKING, BackingWord, OwnLevel, PoolWord, StopTrade
from liqscape.model.accounts import Accounts
from liqscape.model.margin_tables import MarginTables
from liqscape.model.markets import MarketSnapshot
from liqscape.risk.joint import Betas, JointPath, JointStatus, along_betas, solve_joint
from liqscape.risk.joint.path import REACH
from liqscape.risk.liquidation import LevelStatus, levels_of, solve_roots
from liqscape.units import BASIS_POINTS

NO_MARK = "no mark of this coin alone liquidates it"
BELOW_ALREADY = "the pool is below maintenance whatever this coin's mark"
POOL_UNKNOWN = "the margin of the account's pool, or the mark of a coin in it, is unknown"
CLOSED = "the trade closes the account's position in this coin: nothing of it is left to liquidate"
REDUCED = "the account holds more on the other side: this price is of what is left, and lies on the other side"
NO_BETA = "joint unknown: no beta of this coin"


@dataclass(frozen=True, kw_only=True)
class PoolBacking:
    """What backs a trade. held: the account's pool it joins, of one pool (None: a pool of its own).

    margin_usd or leverage is given for a pool of its own; neither: nothing is known of its margin. note: why, or what
    a reader must know.
    """

    pool: PoolWord | None = None
    backed_by: BackingWord | None = None
    margin_usd: float | None = None
    leverage: float | None = None
    held: Accounts | None = None
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class OwnPools:
    """N pools of a trade at N sizes. market: row of its coin; joint_path: see `solve_own_levels`."""

    accounts: Accounts
    own_row: tuple[int | None, ...]
    margin_usd: tuple[float | None, ...]


def solve_own_levels(
    trades: Sequence[tuple[StopTrade, float]],
    backing: PoolBacking,
    fee_bp: float,
    market: int,
    *,
    snapshot: MarketSnapshot,
    tables: MarginTables,
    betas: Betas | None,
) -> tuple[OwnLevel, ...]:
    """One level for each (trade, size in coins), all of one side. betas: None where joint is not asked for.

    A pool of one position has the same price solo and joint. Joint prices begin at the present marks.
    """
    if backing.backed_by is None:
        return tuple(OwnLevel(pool=backing.pool, note=backing.note or UNKNOWN_BACKING) for _ in trades)
    row_of_table, max_leverage = snapshot.markets.rows[market].table_row, snapshot.markets.rows[market].max_leverage
    pools = backed_pools(trades, backing, fee_bp, market, row_of_table)
    side = trades[0][0].side
    root = solve_roots(pools.accounts, snapshot, tables)
    levels = levels_of(pools.accounts, tables, root)
    path = None if betas is None else against(side, market, betas)
    joint = None if path is None else solve_joint(pools.accounts, snapshot, tables, path, root)
    found = []
    for number, (trade, size) in enumerate(trades):
        row, notes = pools.own_row[number], [] if backing.note is None else [backing.note]
        solo = joint_price = None
        is_first: bool | None = None
        net = 0.0 if row is None else float(pools.accounts.size[row])
        if row is None:
            notes.append(CLOSED)
            is_first = False
        else:
            status = LevelStatus(int(levels.status[row]))
            solo = float(levels.price[row]) if status is LevelStatus.OK else None
            is_first = _is_first(trade, net, status, solo)
            notes += _notes(status)
        if net * side < 0.0:
            notes.append(REDUCED)
        is_lone = row is not None and pools.accounts.is_lone[row] == 1
        if is_lone:
            joint_price = solo
        elif row is not None and joint is None:
            notes.append(NO_BETA)
        elif row is not None and joint is not None:
            of_path = JointStatus(int(joint.status[number]))
            if of_path in (JointStatus.OK, JointStatus.NOW):
                joint_price = float(joint.price[row])
                is_first = bool(is_first) or trade.side * (joint_price - trade.stop) > 0.0
        margin = pools.margin_usd[number]
        if margin is not None and size * trade.entry > margin * max_leverage:
            notes.append(f"above {max_leverage}x: the exchange refuses such an order")
        found.append(
            OwnLevel(
                pool=backing.pool,
                backed_by=backing.backed_by,
                margin_usd=margin,
                leverage=size * trade.entry / margin if margin else None,
                solo=solo,
                joint=joint_price,
                is_before_stop=is_first,
                note="; ".join(notes) or None,
            )
        )
    return tuple(found)


def backed_pools(
    trades: Sequence[tuple[StopTrade, float]], backing: PoolBacking, fee_bp: float, market: int, table_row: int
) -> OwnPools:
    """The pools of eq. 6 and 7, one a trade, and the row of the trade's position in each (None: nothing is left)."""
    held = backing.held
    market_index: list[int] = [] if held is None else held.market_index.tolist()
    sizes: list[float] = [] if held is None else held.size.tolist()
    tables: list[int] = [] if held is None else held.table_row.tolist()
    cash = 0.0 if held is None else float(held.raw_usd[0])
    raw, offsets, rows, margins = [], [0], [], []
    coins: list[int] = []
    held_sizes: list[float] = []
    rows_of_table: list[int] = []
    for trade, size in trades:
        notional = size * trade.entry
        margin = backing.margin_usd
        if backing.leverage is not None:
            margin = notional / backing.leverage
        margins.append(margin)
        raw.append(cash + (margin or 0.0) - notional * fee_bp / BASIS_POINTS - trade.side * notional)
        own: dict[int, tuple[float, int]] = dict(zip(market_index, zip(sizes, tables, strict=True), strict=True))
        before, table = own.get(market, (0.0, table_row))
        own[market] = (before + trade.side * size, table)
        if own[market][0] == 0.0:
            del own[market]
        place = list(own).index(market) if market in own else None
        rows.append(None if place is None else offsets[-1] + place)
        coins += list(own)
        held_sizes += [held_size for held_size, _ in own.values()]
        rows_of_table += [row for _, row in own.values()]
        offsets.append(len(coins))
    accounts = Accounts.build(
        addresses=("",),
        address_row=[0] * len(raw),
        raw_usd=raw,
        offsets=offsets,
        market_index=coins,
        size=held_sizes,
        table_row=rows_of_table,
    )
    return OwnPools(accounts=accounts, own_row=tuple(rows), margin_usd=tuple(margins))


def against(side: int, market: int, betas: Betas) -> JointPath | None:
    """The way of BTC on which this coin goes against a position of that side; None where its beta is unknown or 0."""
    for direction in (-1, 1):
        beta = betas.of(direction)
        if np.isfinite(beta[market]) and direction * float(beta[market]) * side < 0.0:
            return along_betas(beta, direction, REACH)
    return None


def _is_first(trade: StopTrade, net: float, status: LevelStatus, price: float | None) -> bool | None:
    """Whether the solo price is met on the way from the entry to the stop, or is passed at the entry already."""
    if status is LevelStatus.UNKNOWN:
        return None
    if status is LevelStatus.INSOLVENT:
        return True
    return price is not None and net * trade.side > 0.0 and trade.side * (price - trade.stop) > 0.0


def _notes(status: LevelStatus) -> list[str]:
    said = {
        LevelStatus.NO_LEVEL: NO_MARK,
        LevelStatus.UNKNOWN: POOL_UNKNOWN,
        LevelStatus.INSOLVENT: BELOW_ALREADY,
    }
    return [said[status]] if status in said else []
