"""Plans made block by block, beside a loop or at once, are those made over everybody in one go."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from amounts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from planner_twin import PlannerTwin, candidates, slow_choice

from liqscape.feed.beside_loop import BesideLoop
from liqscape.feed.discovery.addresses import AddressBook
from liqscape.feed.reconcile.planner import PlannedQuestion, Planner
from liqscape.feed.reconcile.priority import Choice, NearLearning
from liqscape.ledger import WatchColumns
from liqscape.model.addresses import AddressSource
from liqscape.steps import finish
from liqscape.units import HOUR_MS

NOW_MS = 1_770_000_000_000
DEXS = ("", "xyz", "flx")


def nothing_held(question: PlannedQuestion) -> list[bool]:
    """An answer that lists everybody asked about, without a position."""
    return [False] * len(question.rows)


class World:
    """A book of its own and a ledger that learns and forgets, the same for the same seed."""

    def __init__(self, seed: int, known: int, strangers: int) -> None:
        self.random = np.random.default_rng(seed)
        self.book = AddressBook()
        names = [f"0x{number:040x}" for number in self.random.permutation(known + strangers).tolist()]
        self.names = names[:known] + [f"0xf{number:039x}" for number in range(strangers // 4)]
        listed = names[::2]
        values = np.round(self.random.pareto(1.0, len(listed)) * 1e3, -3)
        self.book.observe_listed(listed, values, values * (values > 2e3), values * 2.0, NOW_MS)
        self.book.add(names, AddressSource.TRADES, NOW_MS)

    def watch(self, now_ms: int) -> WatchColumns:
        """Many equal figures: who comes first among equals is part of the plan."""
        random, count = self.random, len(self.names)
        is_known = random.random(count) < 0.7
        return WatchColumns(
            address=tuple(self.names),
            state_ms=np.where(is_known, now_ms - random.integers(0, 8, count) * HOUR_MS // 4, -1),
            last_trade_ms=np.full(count, now_ms - 10),
            is_dirty=random.random(count) < 0.4,
            is_unsure=random.random(count) < 0.2,
            is_known=is_known,
            notional=np.round(random.pareto(1.0, count) * 1e4, -4),
            nearest_distance=np.where(random.random(count) < 0.7, np.round(random.random(count) / 5, 2), np.inf),
            traded_notional=np.zeros(count),
            dex_bits=random.integers(0, 8, count),
            dexs=DEXS,
        )


def life(planner: Planner, world: World, seed: int, *, is_beside: bool = False) -> list[list[PlannedQuestion]]:
    """Plans of some minutes in which questions are answered, fail and are given up."""
    fate = np.random.default_rng(seed)
    plans: list[list[PlannedQuestion]] = []
    for turn in range(6):
        now_ms = NOW_MS + turn * 20_000
        watch = world.watch(now_ms)
        if turn == 3:
            world.book.add([f"0xee{number:038x}" for number in range(40)] + world.names, AddressSource.NODE, now_ms)
        if turn % 3 == 2:
            plans.append(planner.plan_reads(now_ms, watch, 15))
        elif is_beside:
            with ThreadPoolExecutor(1) as pool:
                plans.append(asyncio.run(_beside(planner, pool, now_ms, watch)))
        else:
            plans.append(planner.plan(now_ms, watch, world.names[turn : turn + 3], [None, 70][turn % 2]))
        for question in plans[-1]:
            end = fate.random()
            if end < 0.6:
                planner.answered(question, nothing_held(question), now_ms)
            elif end < 0.8:
                planner.failed(question, 502, now_ms)
            elif end < 0.9:
                planner.abandoned(question)
        plans.append([PlannedQuestion({}, (planner.figures().unsearched_count,), "", 0)])
    return plans


async def _beside(
    planner: Planner, pool: ThreadPoolExecutor, now_ms: int, watch: WatchColumns
) -> list[PlannedQuestion]:
    return await BesideLoop(pool).run(planner.plan_steps(now_ms, watch))


@settings(max_examples=examples(12), deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 150), st.integers(0, 100), st.integers(1, 60))
def test_a_plan_in_blocks_is_the_plan_over_everybody(seed: int, known: int, strangers: int, block: int) -> None:
    here, there = World(seed, known, strangers), World(seed, known, strangers)
    ours = life(Planner(here.book, DEXS, block=block), here, seed)
    assert ours == life(PlannerTwin(there.book, DEXS), there, seed)
    assert any(ours)


def test_a_plan_made_beside_a_loop_is_the_plan_made_at_once() -> None:
    worlds = [World(5, 200, 200) for _ in range(3)]
    beside, again, twin = (
        life(kind(world.book, DEXS, block=64), world, 5, is_beside=is_beside)
        for kind, world, is_beside in zip((Planner, Planner, PlannerTwin), worlds, (True, True, True), strict=True)
    )
    assert beside == again == twin


@settings(max_examples=examples(40), deadline=None)
@given(st.integers(0, 300), st.integers(0, 400), st.integers(1, 80), st.integers(0, 10_000))
def test_a_choice_does_not_depend_on_the_blocks(count: int, budget: int, block: int, seed: int) -> None:
    whole = candidates(count, seed)
    parts = [np.arange(first, min(count, first + block)) for first in range(0, count, block)]
    learning = NearLearning()
    for rows in parts:
        learning.add(whole.of(rows))
    choice = Choice(budget, NOW_MS, learning.shares())
    for rows in parts:
        choice.add(rows, whole.of(rows))
    ours, slow = choice.chosen(), slow_choice(whole, whole.is_free, budget, NOW_MS)
    for name in ("urgent", "valuable", "queued", "swept"):
        assert getattr(ours, name).tolist() == getattr(slow, name).tolist(), name


def test_who_is_asked_about_while_a_plan_is_made_is_not_in_it() -> None:
    world = World(3, 100, 0)
    planner, watch = Planner(world.book, block=16), world.watch(NOW_MS)
    (first,) = planner.plan(NOW_MS, watch)
    planner.answered(first, nothing_held(first), NOW_MS)
    steps = planner.plan_steps(NOW_MS, watch)
    work = next(steps)
    for _ in range(12):
        work = steps.send(None if work is None else work())
    meanwhile = planner.plan_reads(NOW_MS, watch, 20)
    assert meanwhile
    answer = None if work is None else work()
    while True:
        try:
            work = steps.send(answer)
        except StopIteration as ended:
            questions = ended.value
            break
        answer = None if work is None else work()
    asked = {row for question in questions for row in question.rows}
    assert asked
    assert not asked & {row for question in meanwhile for row in question.rows}
    assert finish(planner.plan_steps(NOW_MS, watch)) is not None
