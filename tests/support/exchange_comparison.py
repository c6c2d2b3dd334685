"""Engine and reference exchange side by side: the same script into both, every row of every block compared."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from typing import Any

import numpy as np
from exchange_reference import Fill as ReferenceFill
from exchange_reference import ReferenceExchange, margin
from exchange_reference.triggers import flags_of
from world_markets import START_MS, TABLES
from worlds import Act, Script, play

from liqscape.exchange.columns import (
    AnswerColumn,
    ClockColumn,
    EventColumn,
    EventKind,
    FillColumn,
    FlowColumn,
    MarketColumn,
    PoolColumn,
    PositionColumn,
    TriggerColumn,
)
from liqscape.exchange.exchange import Exchange

PLAIN = (
    FillColumn.TIME_MS, FillColumn.BLOCK, FillColumn.MARKET, FillColumn.PRICE, FillColumn.LOTS, FillColumn.BUYER,
    FillColumn.SELLER, FillColumn.IS_BUY_TAKER, FillColumn.METHOD, FillColumn.LIQUIDATED, FillColumn.MARK,
    FillColumn.BUYER_START, FillColumn.SELLER_START, FillColumn.BUYER_PNL, FillColumn.SELLER_PNL, FillColumn.BUYER_FEE,
    FillColumn.SELLER_FEE, FillColumn.IS_ISOLATED, FillColumn.BUYER_ORDER, FillColumn.SELLER_ORDER,
    FillColumn.TRADE_ID, FillColumn.TRANSACTION, FillColumn.ADL_BATCH, FillColumn.SCORE_RANK,
)  # fmt: skip
"""Columns in the order of the reference's record."""
GROUPS = (PLAIN.index(FillColumn.TRANSACTION), PLAIN.index(FillColumn.ADL_BATCH))
"""Columns of which only the grouping means something: numbered anew by first appearance."""


def twin_of(script: Script) -> ReferenceExchange:
    """The reference exchange of a script before its first block."""
    twin = ReferenceExchange(script.plan.markets, TABLES, script.plan.rules, START_MS)
    for opening in script.openings:
        twin.open_account(*opening)
    twin.start_prices(script.first_ticks.tolist())
    return twin


def compare(script: Script, engine: Exchange) -> Counter[str]:
    """Play a script into engine and reference; fails at the first row that differs. Counts what was compared."""
    twin = twin_of(script)
    seen: Counter[str] = Counter()

    def on_act(act: Act, refusal: str | None) -> None:
        name, arguments, named = act
        if name == "deposit" and arguments[1] < 0:
            most = twin.withdrawable(arguments[0], *arguments[2:])
            assert (refusal is None) == (-arguments[1] <= most), (act, refusal)
        if name == "hold_collateral":
            assert (refusal is None) == twin.may_hold_collateral(*arguments), (act, refusal)
        if name == "move_between_dexs":
            assert (refusal is None) == twin.may_move_between_dexs(*arguments), (act, refusal)
        if name == "move_margin" and (refusal is None or "may move" in refusal):
            most = twin.movable(arguments[0], arguments[1], 1 if arguments[2] > 0 else -1)
            assert (refusal is None) == (abs(arguments[2]) <= most), (act, refusal, most)
        if refusal is None:
            getattr(twin, name)(*arguments, **named)
            seen[name] += 1

    for block, (requests, output) in enumerate(play(script, engine, on_act=on_act)):
        market = engine.state.market
        twin.set_oracle(script.oracles[block].tolist(), script.venues[block].tolist())
        twin.orders_sent, twin.taken_over, twin.funded, twin.sold, twin.fired = [], [], [], [], []
        answers, fills = twin.step(
            output.time_ms,
            requests.tolist(),
            market[:, MarketColumn.MARK].tolist(),
            market[:, MarketColumn.FUNDING_RATE].tolist(),
        )
        columns = [AnswerColumn.STATUS, AnswerColumn.ORDER_ID, AnswerColumn.FILLED]
        assert output.answers[:, columns].tolist() == [list(answer) for answer in answers], f"answers of block {block}"
        compare_fills(output.fills, fills, block)
        compare_events(output.events, twin, block)
        seen["settlements"] += len(twin.settled)
        twin.settled = []
        seen["collateral sold"] += len(twin.sold)
        compare_pools(engine, twin, block)
        compare_books(engine, twin, block)
        compare_triggers(engine, output.events, twin, block)
        seen["triggers waiting"] = max(seen["triggers waiting"], len(twin.waiting))
        seen["triggers fired"] += len(twin.fired)
        seen.update(f"triggers ended {row[4]}" for row in twin.ended)
        twin.ended = []
        assert engine.state.flow[FlowColumn.FEES] == twin.fees
        assert engine.state.flow[FlowColumn.DEPOSITED] == twin.deposited
        assert engine.state.flow[FlowColumn.FUNDING_ROUNDING] == twin.funding_rounding
        seen.update(f"fills by {fill.method}" for fill in fills)
        seen["blocks"] += 1
        seen["requests"] += len(requests)
    return seen


def compare_fills(rows: np.ndarray, fills: list[ReferenceFill], block: int) -> None:
    """Row by row; transactions and batches by their grouping, scores to 1e-6."""
    given = _grouped([[int(row[column]) for column in PLAIN] for row in rows])
    wanted = _grouped([[int(value) for value in astuple(fill)[:-1]] for fill in fills])
    for at, (left, right) in enumerate(zip(given, wanted, strict=False)):
        differs = {PLAIN[c].name: (a, b) for c, (a, b) in enumerate(zip(left, right, strict=True)) if a != b}
        assert not differs, f"block {block} fill {at}: engine, reference {differs} in {left}"
    assert len(given) == len(wanted), f"block {block}: {len(given)} fills, reference {len(wanted)}"
    for row, fill in zip(rows, fills, strict=True):
        score = min(fill.score * 1e9, 2.0**62)
        assert abs(float(row[FillColumn.SCORE]) - score) <= 1 + 1e-6 * abs(score), (block, row[FillColumn.SCORE], score)


def _grouped(rows: list[list[int]]) -> list[list[int]]:
    numbers: list[dict[int, int]] = [{} for _ in GROUPS]
    for row in rows:
        for known, column in zip(numbers, GROUPS, strict=True):
            row[column] = known.setdefault(row[column], len(known))
    return rows


def compare_events(rows: np.ndarray, twin: ReferenceExchange, block: int) -> None:
    """Orders of stage 1, takeovers, settlements, funding."""

    def of(kind: EventKind, *columns: EventColumn) -> list[tuple[Any, ...]]:
        return [tuple(int(row[column]) for column in columns) for row in rows if row[EventColumn.KIND] == kind]

    columns = (
        EventColumn.TIME_MS,
        EventColumn.ACCOUNT,
        EventColumn.MARKET,
        EventColumn.A,
        EventColumn.B,
        EventColumn.C,
        EventColumn.DETAIL,
    )
    assert of(EventKind.LIQUIDATION_ORDER, *columns) == twin.orders_sent, f"liquidation orders of block {block}"
    taken = [tuple(-1 if value is None else value for value in row) for row in twin.taken_over]
    assert of(EventKind.TAKEOVER, *columns) == taken, f"takeovers of block {block}"
    settled = of(
        EventKind.SETTLEMENT, EventColumn.ACCOUNT, EventColumn.MARKET, EventColumn.A, EventColumn.B, EventColumn.C
    )
    assert settled == twin.settled, f"settlements of block {block}"
    sold = of(
        EventKind.COLLATERAL_TAKEN,
        EventColumn.ACCOUNT,
        EventColumn.MARKET,
        EventColumn.A,
        EventColumn.B,
        EventColumn.C,
        EventColumn.DETAIL,
    )
    assert sold == twin.sold, f"collateral sold in block {block}"
    funded = of(EventKind.FUNDING, EventColumn.ACCOUNT, EventColumn.MARKET, EventColumn.A, EventColumn.B, EventColumn.C)
    assert sorted(funded) == sorted(twin.funded), f"funding of block {block}"


def compare_triggers(engine: Exchange, rows: np.ndarray, twin: ReferenceExchange, block: int) -> None:
    """What fired and what was cancelled in the block, and what waits after it."""

    def of(kind: EventKind, *more: EventColumn) -> list[tuple[int, ...]]:
        names = (EventColumn.TIME_MS, EventColumn.ACCOUNT, EventColumn.MARKET, EventColumn.A, EventColumn.B)
        chosen = [row for row in rows if row[EventColumn.KIND] == kind]
        return [tuple(int(row[column]) for column in (*names, EventColumn.C, *more)) for row in chosen]

    assert of(EventKind.TRIGGER_FIRED, EventColumn.DETAIL) == twin.fired, f"triggers fired in block {block}"
    assert sorted(of(EventKind.TRIGGER_CANCELLED)) == sorted(twin.ended), f"triggers ended in block {block}"
    columns = (
        TriggerColumn.ID, TriggerColumn.ACCOUNT, TriggerColumn.MARKET, TriggerColumn.SIDE, TriggerColumn.TRIGGER_PRICE,
        TriggerColumn.LIMIT_PRICE, TriggerColumn.LOTS, TriggerColumn.FLAGS,
    )  # fmt: skip
    waiting = [tuple(row) for row in engine.waiting_triggers()[:, columns].tolist()]
    wanted = [(o.ident, o.account, o.market, o.sign, o.trigger, o.limit, o.lots, flags_of(o)) for o in twin.waiting]
    assert waiting == sorted(wanted), f"triggers that wait after block {block}"


def compare_pools(engine: Exchange, twin: ReferenceExchange, block: int) -> None:
    """Cash, positions, entries, value and maintenance of every pool."""
    value, maintenance = engine.pool_margin()
    multiplier = int(engine.state.clock[ClockColumn.MULTIPLIER])
    pools = list(margin.all_pools(twin))
    assert int(engine.state.clock[ClockColumn.POOL_COUNT]) == len(pools)
    for pool in pools:
        held = {
            int(row[PositionColumn.MARKET]): tuple(
                int(row[c]) for c in (PositionColumn.LOTS, PositionColumn.ENTRY, PositionColumn.LEVERAGE)
            )
            for row in engine.positions_of(pool.row)
        }
        wanted = {market: (p.lots, p.entry, p.leverage) for market, p in pool.positions.items()}
        assert held == wanted, f"block {block} pool {pool.row}: {held}, reference {wanted}"
        collateral = {market: lots for market, (lots, _) in pool.collateral.items()}
        assert engine.collateral_of(pool.row) == collateral, f"block {block} pool {pool.row}: collateral"
        cash = int(engine.state.pool[pool.row, PoolColumn.CASH])
        assert cash == pool.cash, f"block {block} pool {pool.row} of {pool.account}: cash {cash}, reference {pool.cash}"
        assert int(value[pool.row]) == margin.value(twin, pool)
        assert int(maintenance[pool.row]) == margin.maintenance(twin, pool) * multiplier


def compare_books(engine: Exchange, twin: ReferenceExchange, block: int) -> None:
    """Every level of every side."""
    for market in range(len(twin.coins)):
        for sign, side in ((1, 0), (-1, 1)):
            levels = [tuple(row) for row in engine.depth(market, 1_000)[side].tolist()]
            assert levels == twin.depth(market, sign), f"block {block} market {market} side {side}"
