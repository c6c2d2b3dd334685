"""A cascade that takes stops and take-profits along, and one without, which is what it always was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cascade_worlds import ALL_DOWN, GIVEN, SHORT_RUN, crowd, with_stops
from trigger_worlds import no_triggers

from liqscape.cascade import CascadeInput, Mode, of_vector, run_cascade
from liqscape.cascade.flows import Marks
from liqscape.cascade.kernels.blocks import MARKS as MARK_UPDATES
from liqscape.cascade.kernels.blocks import run_blocks
from liqscape.cascade.prepare import prepare
from liqscape.cascade.trigger_flows import TriggerLog
from liqscape.errors import QuestionError
from liqscape.exchange.rules import Rules, TriggerTurn
from liqscape.exchange.trigger_loader import NotTaken
from liqscape.model.triggers import TriggerColumns

VAULTS = (30_000.0, 200_000.0)
WITHOUT = {
    0: "5a300577d614e07172c45bbae36eb5ed",
    1: "6ba41a1bc470c1fe6b7e473054d3b4e6",
    2: "7d5ce2279c06422d984cf76f784d85a2",
}
"""By mode, digests of runs as they were before a cascade knew triggers, at commit 2a0e1be5."""


def fall(question: CascadeInput, mode: Mode, **changes: object):  # type: ignore[no-untyped-def]
    settings = replace(SHORT_RUN, mode=mode, vault_equity=VAULTS, **changes)  # type: ignore[arg-type]
    return run_cascade(question, of_vector(question.snapshot, ALL_DOWN, 120_000), settings)


@pytest.mark.parametrize("mode", list(Mode))
def test_without_triggers_a_run_is_to_the_bit_what_it_was(mode: Mode) -> None:
    question = crowd(1, 400)
    plain, empty = fall(question, mode), fall(replace(question, triggers=no_triggers()), mode)
    assert plain.digest[:32] == WITHOUT[int(mode)]
    assert empty.digest == plain.digest
    assert plain.triggers is None
    assert empty.triggers is not None
    assert (empty.triggers.loaded, empty.triggers.fired, len(empty.triggers.per_second.second)) == (0, 0, 0)


@pytest.mark.parametrize("mode", list(Mode))
def test_with_triggers_the_index_finds_whom_checking_everybody_finds(mode: Mode) -> None:
    question = with_stops(crowd(1, 400))
    indexed, brute = (fall(question, mode, is_indexed=is_indexed) for is_indexed in (True, False))
    assert indexed.digest == brute.digest
    flow, other = indexed.triggers, brute.triggers
    assert flow is not None
    assert other is not None
    assert flow.fired == other.fired > 50
    assert flow.loaded == flow.fired + flow.closed_before + flow.still_waiting
    filled = flow.per_second.stops_filled.sum() + flow.per_second.profits_filled.sum()
    assert filled > 0.0
    assert flow.per_level.stops_filled.sum() == pytest.approx(flow.per_second.stops_filled.sum())
    assert flow.per_second.orders.sum() <= flow.fired
    assert fall(replace(question, triggers=None), mode).totals.accounts > indexed.totals.accounts > 0
    assert any("stops and take-profits" in note for note in indexed.assumptions)


def test_the_engine_itself_fires_and_fills_the_same_orders_block_by_block() -> None:
    question = with_stops(crowd(2, 300))
    shock = of_vector(question.snapshot, ALL_DOWN, 120_000)
    settings = replace(GIVEN, vault_equity=VAULTS)
    result = run_cascade(question, shock, settings)
    run = prepare(question, shock, settings)
    exchange, log = run.exchange, TriggerLog()
    ran = prepare(question, shock, settings)
    # The marks of every update, from a run of the same market in which nobody is looked at.
    free = ran.exchange.state
    free.clock[[5, 6, 20, 25]] = 0
    free.trigger_counter[:] = 0
    run_blocks(free, ran.index, ran.outside, ran.record, ran.plan, found=np.zeros(1, np.int64), last_block=ran.blocks)
    updates = int(ran.record.done[MARK_UPDATES])
    marks = Marks(ran.record.update_ms[:updates], ran.record.update_mark[:updates])
    at = dict(zip(ran.record.update_ms[:updates].tolist(), ran.record.update_mark[:updates], strict=True))
    for block in range(1, run.blocks + 1):
        elapsed = block * settings.block_ms
        if elapsed in at:
            exchange.set_marks(at[elapsed])
        output = exchange.step(question.snapshot.time_ms + elapsed)
        log.read(output.fills, output.events, marks, question.snapshot.time_ms)
    flow = result.triggers
    assert flow is not None
    assert log.fired == flow.fired > 20
    again = log.by_second(len(question.snapshot.markets))
    for column in ("second", "market_index", "stops_sent", "stops_filled", "profits_filled", "orders"):
        assert np.array_equal(getattr(again, column), getattr(flow.per_second, column)), column


def test_orders_that_cannot_be_taken_along_are_counted_by_reason() -> None:
    question = with_stops(crowd(2, 60), share=1.0)
    known = question.triggers
    assert known is not None
    count = known.row_count
    account, reduce_only, side = known.account.copy(), known.is_reduce_only.copy(), known.side.copy()
    price, whole = known.trigger_price.copy(), known.is_whole_position.copy()
    account[0], reduce_only[1], whole[1], side[2], price[3] = -1, False, False, -side[2], 0.0
    changed = known._replace(
        account=account, is_reduce_only=reduce_only, is_whole_position=whole, side=side, trigger_price=price
    )
    run = prepare(replace(question, triggers=changed), of_vector(question.snapshot, ALL_DOWN, 1_000), GIVEN)
    assert run.triggers is not None
    left = run.triggers.left_out
    assert (left[NotTaken.NO_ACCOUNT], left[NotTaken.ENTRY], left[NotTaken.NO_POSITION]) == (1, 1, 1)
    assert run.triggers.loaded + sum(left.values()) == count
    waiting = run.exchange.waiting_triggers()
    assert len(waiting) == run.triggers.loaded
    assert [len(run.exchange.waiting_triggers(row)) for row in range(3)] == [
        int((waiting[:, 1] == row).sum()) for row in range(3)
    ]


def test_another_turn_than_the_first_is_refused() -> None:
    question = replace(crowd(2, 60), triggers=no_triggers())
    with pytest.raises(QuestionError, match="trigger_turn is with_marks"):
        fall(question, Mode.GIVEN, rules=Rules(trigger_turn=TriggerTurn.WITH_MARKS))


def test_columns_of_triggers_are_those_of_the_map() -> None:
    assert with_stops(crowd(2, 30)).triggers.__class__ is TriggerColumns
