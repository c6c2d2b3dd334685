"""One market on its way, mark update by mark update, and copies of it that go on by themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from liqscape.cascade.kernels.blocks import (
    BLOCK_MS,
    FOUND,
    IS_BACKSTOP,
    IS_CHECK,
    IS_FIRING,
    IS_INDEXED,
    IS_MARK,
    MARKS,
    NEXT_BLOCK,
    PENDING,
    SAMPLE_BLOCKS,
    START_MS,
    RunRecord,
    run_blocks,
)
from liqscape.cascade.kernels.deleverage import liquidate_among
from liqscape.cascade.kernels.firing import fire_among
from liqscape.cascade.kernels.holders import Holders
from liqscape.cascade.kernels.index import Index, empty_index
from liqscape.cascade.kernels.outside import STEP, Outside
from liqscape.cascade.own_tables import own_state
from liqscape.cascade.prepare import MIN_SCALE, PreparedRun
from liqscape.errors import ModelError
from liqscape.exchange.columns import ClockColumn, MarketColumn
from liqscape.exchange.kernels.margin import all_margins
from liqscape.exchange.rules import RuleAt
from liqscape.exchange.scale import UUSD
from liqscape.exchange.state import State
from liqscape.units import Float64Array, Int64Array

NO_SAMPLES = 2**40


@dataclass(kw_only=True)
class MarketWalk:
    """A market between two mark updates. Its tables are its own."""

    state: State
    index: Index
    outside: Outside
    holders: Holders
    record: RunRecord
    plan: Int64Array
    market: int
    last_block: int
    fills: list[Int64Array] = field(default_factory=list)
    """Of liquidations, takeovers and deleveraging since the start."""

    @property
    def elapsed_ms(self) -> int:
        """Since the start, up to the last block that was run."""
        return max(0, int((self.plan[NEXT_BLOCK] - 1) * self.plan[BLOCK_MS]))

    @property
    def has_more(self) -> bool:
        """Whether blocks are left."""
        return bool(self.plan[NEXT_BLOCK] <= self.last_block)

    def stands_at(self, ticks: float, direction: int) -> bool:
        """Whether the mark is at a price or beyond it."""
        return bool((self.state.market[self.market, MarketColumn.MARK] - ticks) * direction >= 0.0)

    def step(self) -> None:
        """Blocks up to the next mark update, with what it sets off: triggers that the marks reached, liquidations."""
        state, plan, clock = self.state, self.plan, self.state.clock
        due_ms = clock[ClockColumn.LAST_MARK_MS] + state.rules[RuleAt.MARK_PERIOD_MS] - plan[START_MS]
        block = max(int(plan[NEXT_BLOCK]), -(-int(due_ms) // int(plan[BLOCK_MS])))
        last = min(block, self.last_block)
        found = np.zeros(max(1, int(clock[ClockColumn.POOL_COUNT])), np.int64)
        self.record.done[MARKS] = 0
        while run_blocks(state, self.index, self.outside, self.record, plan, found=found, last_block=last):
            if plan[IS_FIRING]:
                fire_among(state, self.index, self.holders, bool(plan[IS_INDEXED]))
                continue
            due = [bool(plan[at]) for at in (IS_CHECK, IS_BACKSTOP, IS_MARK)]
            liquidate_among(state, self.holders, found, int(plan[FOUND]), *due)
        if clock[ClockColumn.ERROR]:
            raise ModelError(f"log of one step is full: {int(clock[ClockColumn.FILL_COUNT])} fills")
        count = int(clock[ClockColumn.FILL_COUNT])
        if count:
            self.fills.append(state.fill[:count].copy())
        clock[[ClockColumn.FILL_COUNT, ClockColumn.EVENT_COUNT]] = 0

    def stand_still(self, settle_ms: int) -> None:
        """From here on outside prices stay where they are, and blocks are left for so long."""
        self.outside.target[:] *= max(0.0, float(self.outside.share[0]))  # below 0: nothing has moved yet
        self.outside.shape[0] = STEP
        self.last_block = max(0, int(self.plan[NEXT_BLOCK]) - 1) + settle_ms // int(self.plan[BLOCK_MS])

    def copied(self) -> MarketWalk:
        """One that goes on by itself."""
        state = own_state(self.state)  # logs are written anew: what stood in them was read
        return replace(
            self,
            state=state,
            index=Index._make(column.copy() for column in self.index),
            outside=Outside._make(column.copy() for column in self.outside),
            holders=self.holders.copied(),
            record=_record(state.market.shape[0]),
            plan=self.plan.copy(),
            fills=list(self.fills),
        )

    def pool_values(self) -> Float64Array:
        """(A,) account value of every pool, USD."""
        count = int(self.state.clock[ClockColumn.POOL_COUNT])
        value, maintenance = np.zeros(count, np.int64), np.zeros(count, np.int64)
        all_margins(self.state, value, maintenance)
        return value / UUSD


def begin_walk(run: PreparedRun, market: int, log_return: float, blocks: int, *, is_only: bool = False) -> MarketWalk:
    """A copy of a prepared market in which the outside price of one coin goes its way over so many blocks.

    is_only  the market itself, which no other run can begin with any more.
    """
    state = run.exchange.state
    markets = state.market.shape[0]
    scale, direction = np.full(markets, MIN_SCALE), np.ones(markets, np.int64)
    scale[market], direction[market] = abs(float(np.expm1(log_return))), -1 if log_return < 0.0 else 1
    walk = MarketWalk(
        state=state,
        index=empty_index(int(state.clock[ClockColumn.POOL_COUNT]), scale, direction),
        outside=run.outside,
        holders=run.holders,
        record=_record(markets),
        plan=run.plan,
        market=market,
        last_block=blocks,
    )
    if not is_only:
        walk = walk.copied()
    walk.plan[SAMPLE_BLOCKS], walk.plan[PENDING] = NO_SAMPLES, -1
    walk.outside.target[market] = log_return
    return walk


def _record(markets: int) -> RunRecord:
    """Room for the one sample of the first block, of no market, and the mark updates of one step."""
    samples, updates = 1, 4
    return RunRecord(
        market=np.zeros(0, np.int64),
        done=np.zeros(3, np.int64),
        sample_ms=np.zeros(samples, np.int64),
        mark=np.zeros((samples, 0)),
        middle=np.zeros((samples, 0)),
        outside=np.zeros((samples, 0)),
        withdrawal=np.zeros((samples, 0, 2)),
        vault=np.zeros((samples, 0), np.int64),
        vault_row=np.zeros(0, np.int64),
        update_ms=np.zeros(updates, np.int64),
        update_mark=np.zeros((updates, markets), np.int64),
    )
