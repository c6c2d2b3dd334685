"""200 random worlds of 500 blocks: every invariant of an exchange after every block."""

from __future__ import annotations

from collections import Counter

import pytest
from amounts import examples
from exchange_invariants import Watch
from hypothesis import given, settings
from worlds import Plan, build_exchange, plans, play, write_script

WORLDS, BLOCKS = 200, 500


def watched(plan: Plan) -> Counter[str]:
    """Play a world; what the watch has seen."""
    script = write_script(plan)
    exchange = build_exchange(script)
    watch = Watch(exchange)
    for requests, output in play(script, exchange, before_step=watch.before):
        watch.after(requests, output)
    return watch.seen


@settings(max_examples=examples(WORLDS, share=12), derandomize=True, database=None)
@given(plan=plans(blocks=BLOCKS))
def test_every_invariant_holds_after_every_block_of_a_random_world(plan: Plan) -> None:
    assert watched(plan)["blocks"] == BLOCKS


@pytest.mark.parametrize("seed", [1, 2])
def test_the_worlds_reach_every_stage_and_every_kind_of_order(seed: int) -> None:
    """A world in which nothing breaks would prove nothing."""
    seen = watched(Plan(seed, blocks=1_500, users=12, volatility=0.004, jump=0.12, jump_chance=0.03))
    for kind in ("TRADE", "MARKET", "BACKSTOP", "ADL", "slices", "whole", "whole in cooldown", "batches"):
        assert seen[kind] >= 5, f"only {seen[kind]} {kind} in {dict(seen)}"
    assert seen["liquidatable on the map"] >= 5
