"""Who is deleveraged: the queue, the walk to a cluster's edge, and what lists show of it."""

from __future__ import annotations

from chaos.mutant import Mutant

QUEUES = "tests/insight/deleveraging/test_queues.py"
REACH = "tests/cascade/test_reach.py"
OF_HOLDERS = "tests/cascade/test_queues.py"
ASKED = "tests/service/test_deleveraging.py"

MUTANTS = (
    Mutant(
        "deleveraging: who has no profit stands in the queue of winners",
        "src/liqscape/insight/deleveraging/queues.py",
        "                count = int(np.count_nonzero(profits > 0))\n",
        "                count = len(profits)\n",
        (QUEUES,),
    ),
    Mutant(
        "deleveraging: a rank counts from nothing",
        "src/liqscape/insight/deleveraging/queues.py",
        "            rank=None if at is None else at + 1,\n",
        "            rank=None if at is None else at,\n",
        (QUEUES,),
    ),
    Mutant(
        "deleveraging: before the first step prices stand still at the other end",
        "src/liqscape/cascade/walking.py",
        "max(0.0, float(self.outside.share[0]))",
        "float(self.outside.share[0])",
        (REACH,),
    ),
    Mutant(
        "deleveraging: a copy goes on along the way of the others",
        "src/liqscape/cascade/walking.py",
        "        self.outside.shape[0] = STEP\n",
        "",
        (REACH,),
    ),
    Mutant(
        "deleveraging: what a winner gave up stays in the table of holders",
        "src/liqscape/cascade/kernels/deleverage.py",
        "        read_filled(state, holders, first_fill, state.clock[ClockColumn.FILL_COUNT])\n\n\n",
        "\n\n",
        (OF_HOLDERS,),
    ),
    Mutant(
        "deleveraging: coins that back a winner count nothing",
        "src/liqscape/cascade/kernels/deleverage.py",
        "            value += state.pool[pool, PoolColumn.COLLATERAL]\n",
        "            value += 0\n",
        (OF_HOLDERS,),
    ),
    Mutant(
        "deleveraging: lists show figures of a later frame",
        "src/liqscape/service/kept_risks.py",
        "if answer is None or not 0 <= at_ms - answer.as_of_ms <= max_age_ms:",
        "if answer is None or not at_ms - answer.as_of_ms <= max_age_ms:",
        (ASKED,),
    ),
    Mutant(
        "reach: triggers that fire are taken for liquidations",
        "src/liqscape/cascade/walking.py",
        "            if plan[IS_FIRING]:\n",
        "            if plan[IS_FIRING] > 1:\n",
        ("tests/cascade/test_reach.py::test_with_stops_it_is_that_cascade_too",),
    ),
)
