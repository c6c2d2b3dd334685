"""Why a cluster changed: what would put coins down to another's hand, or lose some."""

from __future__ import annotations

from chaos.mutant import Mutant

KERNEL = "src/liqscape/insight/kernels/reasons.py"
PLANTED, SUMS = "tests/insight/reasons/test_planted_causes.py", "tests/insight/reasons/test_sums.py"
TWIN = "tests/insight/reasons/test_against_twin.py"

MUTANTS = (
    Mutant(
        "reasons: a level that left is judged in the span of now",
        KERNEL,
        "edge, far_edge = (low_now, high_now) if is_in else (low, high)\n",
        "edge, far_edge = (low_now, high_now)\n",
        (PLANTED, SUMS),
    ),
    Mutant(
        "reasons: what was taken away counts where the level is now",
        KERNEL,
        "part[reason] -= gone * was_in + (-step - gone) * is_in\n",
        "part[reason] += step * is_in\n",
        (PLANTED, SUMS, TWIN),
    ),
    Mutant(
        "reasons: a whole liquidation is taken after the trade that followed it",
        KERNEL,
        "is_forced_first = held * forced < 0 and abs(forced) <= abs(held)\n",
        "is_forced_first = held * forced < 0 and abs(forced) <= 0\n",
        (PLANTED,),
    ),
    Mutant(
        "reasons: a new leg counts in the pool before it was opened",
        KERNEL,
        "    if state < 5:\n        return legs.size[leg]\n",
        "    if state < 4:\n        return legs.size[leg]\n",
        (TWIN,),
    ),
    Mutant(
        "reasons: notes of a restart pass for those of the whole minute",
        "src/liqscape/insight/reasons/legs.py",
        "int(since_ms.max()) <= before.time_ms\n",
        "int(since_ms.max()) <= now.time_ms\n",
        (PLANTED,),
    ),
)
