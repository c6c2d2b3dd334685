"""Trigger orders in random worlds: equal to the slow twin row by row, and nothing to the bit where there are none."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest
from amounts import examples
from exchange_comparison import compare
from exchange_invariants import Watch
from hypothesis import given, settings
from worlds import Plan, build_exchange, plans, play, write_script

from liqscape.exchange.exchange import Exchange
from liqscape.exchange.rules import Rules, TriggerTurn

WITHOUT = {
    Plan(11, blocks=300, users=12, volatility=0.006, jump=0.15, jump_chance=0.05): (
        "36ee1718c79bfa789ff25130f356cb5c",
        "497da6aff11f2da2f89f8303f91e47b7",
    ),
    Plan(
        31, blocks=200, users=14, liquidators=3, volatility=0.006, jump=0.15, jump_chance=0.06, has_dexs=True
    ): ("ffd925a0cdc60b9601fb74aa3abe6cf3", "c9030f5be1e19d0c507a15bd9752ddbc"),
}  # fmt: skip
"""(SHA-256 of all answers, fills and events; digest of the end state) of worlds, as the exchange without triggers made
them at commit e43aa4a3."""


@pytest.mark.parametrize("plan", WITHOUT)
def test_without_a_trigger_a_world_is_what_it_was_before_there_were_any(plan: Plan) -> None:
    script, total = write_script(plan), hashlib.sha256()
    exchange = build_exchange(script)
    for _, output in play(script, exchange):
        for table in (output.answers, output.fills, output.events):
            total.update(np.ascontiguousarray(table, "<i8").tobytes())
    assert (total.hexdigest()[:32], exchange.digest()[:32]) == WITHOUT[plan]


@pytest.mark.parametrize("turn", TriggerTurn)
def test_engine_and_reference_agree_on_every_trigger_whatever_its_turn(turn: TriggerTurn) -> None:
    seen: Counter[str] = Counter()
    for seed, cancels in ((51, 0), (52, 1)):
        plan = Plan(
            seed, blocks=200, users=12, volatility=0.006, jump=0.12, jump_chance=0.05, triggers_a_block=5,
            has_dexs=seed == 52, rules=Rules(trigger_turn=turn, liquidation_cancels_triggers=cancels),
        )  # fmt: skip
        script = write_script(plan)
        seen += compare(script, build_exchange(script))
    assert seen["triggers waiting"] >= 20, seen
    assert seen["triggers fired"] >= 20, seen
    for reason in (0, 2, 3, 4):  # position closed, no margin, liquidation, delisted
        assert seen[f"triggers ended {reason}"] >= 1, seen


@settings(max_examples=examples(8, 2), derandomize=True, database=None)
@given(plan=plans(blocks=200))
def test_engine_and_reference_agree_with_triggers_whatever_the_rules(plan: Plan) -> None:
    script = write_script(plan)
    assert compare(script, build_exchange(script))["blocks"] == 200


def test_every_invariant_holds_with_triggers_and_a_restart_changes_nothing() -> None:
    script = write_script(
        Plan(61, blocks=240, users=12, volatility=0.006, jump=0.12, jump_chance=0.05, triggers_a_block=6)
    )
    exchange = build_exchange(script)
    watch = Watch(exchange)
    middle = b""
    for block, (requests, output) in enumerate(play(script, exchange, before_step=watch.before)):
        watch.after(requests, output)
        if block == 119:
            middle = exchange.checkpoint()
    again = Exchange.restore(middle)
    for _ in play(script, again, start=120):
        pass
    assert len(again.waiting_triggers()) > 0
    assert again.digest() == exchange.digest()
