"""Trigger orders that wait: by market and direction the nearest to the mark first, and chained by account.

Prices of one direction are sorted, so a mark that reaches nobody costs one comparison a market and direction. Equal
prices keep the order in which they were placed.
"""

from __future__ import annotations

from liqscape.exchange.columns import (
    FALL,
    NO_ROW,
    REDUCE_ONLY,
    RISE,
    TAKE_PROFIT,
    AccountColumn,
    ClockColumn,
    EventKind,
    Full,
    PoolColumn,
    TriggerColumn,
    TriggerCounter,
    TriggerEnd,
    TriggersOf,
)
from liqscape.exchange.kernels.event_log import log_event, next_transaction
from liqscape.exchange.state import State
from liqscape.risk.kernels.jit import inlined

TRIGGER_CANCELLED = int(EventKind.TRIGGER_CANCELLED)
POSITION_CLOSED, LIQUIDATION = int(TriggerEnd.POSITION_CLOSED), int(TriggerEnd.LIQUIDATION)
DELISTED = int(TriggerEnd.DELISTED)


@inlined
def direction_of(sign: int, flags: int) -> int:
    """FALL for a stop that sells and a take-profit that buys, RISE for the other two."""
    return FALL if (sign < 0) == (flags & TAKE_PROFIT == 0) else RISE


@inlined
def is_reached(mark: int, price: int, direction: int) -> bool:
    """Whether a mark fires a trigger of a direction; equality does."""
    return mark > 0 and (mark <= price if direction == FALL else mark >= price)


@inlined
def add_trigger(
    state: State, account: int, market: int, sign: int, trigger: int, limit: int, lots: int, flags: int, ident: int
) -> int:
    """Let a trigger order wait. Returns its slot, NO_ROW (and an error) if the table is full."""
    counter = state.trigger_counter
    slot = counter[TriggerCounter.FREE] - 1
    if slot >= 0:
        counter[TriggerCounter.FREE] = state.trigger[slot, TriggerColumn.NEXT]
    else:
        slot = counter[TriggerCounter.END]
        if slot >= state.trigger.shape[0]:
            state.clock[ClockColumn.ERROR] = Full.TRIGGERS
            return NO_ROW
        counter[TriggerCounter.END] = slot + 1
    row = state.trigger[slot]
    row[TriggerColumn.ID] = ident
    row[TriggerColumn.ACCOUNT] = account
    row[TriggerColumn.MARKET] = market
    row[TriggerColumn.SIDE] = sign
    row[TriggerColumn.TRIGGER_PRICE] = trigger
    row[TriggerColumn.LIMIT_PRICE] = limit
    row[TriggerColumn.LOTS] = lots
    row[TriggerColumn.FLAGS] = flags
    row[TriggerColumn.TIME_MS] = state.clock[ClockColumn.TIME_MS]
    direction = direction_of(sign, flags)
    before, after = 0, state.trigger_side[market, direction]
    while after:
        price = state.trigger[after - 1, TriggerColumn.TRIGGER_PRICE]
        if (price < trigger) if direction == FALL else (price > trigger):
            break
        before, after = after, state.trigger[after - 1, TriggerColumn.NEXT]
    row[TriggerColumn.PREVIOUS], row[TriggerColumn.NEXT] = before, after
    if before:
        state.trigger[before - 1, TriggerColumn.NEXT] = slot + 1
    else:
        state.trigger_side[market, direction] = slot + 1
    if after:
        state.trigger[after - 1, TriggerColumn.PREVIOUS] = slot + 1
    first = state.triggers_of[account, TriggersOf.FIRST]
    row[TriggerColumn.PREVIOUS_OF_ACCOUNT], row[TriggerColumn.NEXT_OF_ACCOUNT] = 0, first
    if first:
        state.trigger[first - 1, TriggerColumn.PREVIOUS_OF_ACCOUNT] = slot + 1
    state.triggers_of[account, TriggersOf.FIRST] = slot + 1
    state.triggers_of[account, TriggersOf.COUNT] += 1
    counter[TriggerCounter.COUNT] += 1
    return slot


@inlined
def remove_trigger(state: State, slot: int) -> None:
    """Take a trigger order out of both chains; its slot becomes free and keeps its figures until it is used again."""
    row = state.trigger[slot]
    before, after = row[TriggerColumn.PREVIOUS], row[TriggerColumn.NEXT]
    if before:
        state.trigger[before - 1, TriggerColumn.NEXT] = after
    else:
        direction = direction_of(row[TriggerColumn.SIDE], row[TriggerColumn.FLAGS])
        state.trigger_side[row[TriggerColumn.MARKET], direction] = after
    if after:
        state.trigger[after - 1, TriggerColumn.PREVIOUS] = before
    account = row[TriggerColumn.ACCOUNT]
    before, after = row[TriggerColumn.PREVIOUS_OF_ACCOUNT], row[TriggerColumn.NEXT_OF_ACCOUNT]
    if before:
        state.trigger[before - 1, TriggerColumn.NEXT_OF_ACCOUNT] = after
    else:
        state.triggers_of[account, TriggersOf.FIRST] = after
    if after:
        state.trigger[after - 1, TriggerColumn.PREVIOUS_OF_ACCOUNT] = before
    state.triggers_of[account, TriggersOf.COUNT] -= 1
    row[TriggerColumn.ID] = 0
    row[TriggerColumn.NEXT] = state.trigger_counter[TriggerCounter.FREE]
    state.trigger_counter[TriggerCounter.FREE] = slot + 1
    state.trigger_counter[TriggerCounter.COUNT] -= 1


@inlined
def end_trigger(state: State, slot: int, reason: int, transaction: int) -> None:
    """Remove a trigger order and log why."""
    row = state.trigger[slot]
    ident = row[TriggerColumn.ID]
    log_event(
        state, TRIGGER_CANCELLED, row[TriggerColumn.ACCOUNT], row[TriggerColumn.MARKET], row[TriggerColumn.LOTS],
        reason, ident, row[TriggerColumn.FLAGS], transaction, 0,
    )  # fmt: skip
    remove_trigger(state, slot)


@inlined
def cancel_reducing_triggers(state: State, account: int, market: int) -> None:
    """The position they would reduce is gone: reduce-only triggers of an account in a market go with it."""
    held = state.triggers_of[account, TriggersOf.FIRST]
    transaction = 0
    while held:
        after = state.trigger[held - 1, TriggerColumn.NEXT_OF_ACCOUNT]
        row = state.trigger[held - 1]
        if row[TriggerColumn.MARKET] == market and row[TriggerColumn.FLAGS] & REDUCE_ONLY:
            if transaction == 0:
                transaction = next_transaction(state)
            end_trigger(state, held - 1, POSITION_CLOSED, transaction)
        held = after


@inlined
def cancel_triggers(state: State, account: int, market: int) -> int:
    """Cancel an account's triggers in one market, or all of them (market NO_ROW), as it asked. Returns how many."""
    held, count = state.triggers_of[account, TriggersOf.FIRST], 0
    while held:
        after = state.trigger[held - 1, TriggerColumn.NEXT_OF_ACCOUNT]
        if market in (NO_ROW, state.trigger[held - 1, TriggerColumn.MARKET]):
            remove_trigger(state, held - 1)
            count += 1
        held = after
    return count


@inlined
def cancel_triggers_of_pool(state: State, pool: int) -> None:
    """Cancel the triggers of a pool that is liquidated: in its one market, or in those it backs as cross."""
    account, isolated = state.pool[pool, PoolColumn.ACCOUNT], state.pool[pool, PoolColumn.ISOLATED_MARKET]
    column, group = state.account[account, AccountColumn.GROUPED_BY], state.pool[pool, PoolColumn.GROUP]
    held = state.triggers_of[account, TriggersOf.FIRST]
    transaction = 0
    while held:
        after = state.trigger[held - 1, TriggerColumn.NEXT_OF_ACCOUNT]
        market = state.trigger[held - 1, TriggerColumn.MARKET]
        if market == isolated if isolated != NO_ROW else state.market[market, column] == group:
            if transaction == 0:
                transaction = next_transaction(state)
            end_trigger(state, held - 1, LIQUIDATION, transaction)
        held = after


@inlined
def cancel_triggers_of_market(state: State, market: int) -> None:
    """The market ends: all of its triggers go."""
    transaction = 0
    for direction in (FALL, RISE):
        while state.trigger_side[market, direction]:
            if transaction == 0:
                transaction = next_transaction(state)
            end_trigger(state, state.trigger_side[market, direction] - 1, DELISTED, transaction)


@inlined
def nearest_reached(state: State, market: int, direction: int, mark: int) -> int:
    """Slot of the trigger that a mark fires next, NO_ROW where it fires none."""
    held = state.trigger_side[market, direction]
    if held and is_reached(mark, state.trigger[held - 1, TriggerColumn.TRIGGER_PRICE], direction):
        return held - 1
    return NO_ROW
