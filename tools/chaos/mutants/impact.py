"""Impact of liquidations and states of cascades: what would show a figure that is none, or grow without bound."""

from __future__ import annotations

from chaos.mutant import Mutant

FIGURES = "src/liqscape/insight/impact/figures.py"
TRACKER = "src/liqscape/insight/cascades/tracker.py"
OF_FIGURES, OF_TRACKER = "tests/insight/impact/test_figures.py", "tests/insight/cascades/test_tracker.py"

MUTANTS = (
    Mutant(
        "impact: a mid of the fill's own millisecond passes for one before it",
        FIGURES,
        "    at = int(np.searchsorted(time_ms, first_ms)) - 1\n    if at < 0 or",
        '    at = int(np.searchsorted(time_ms, first_ms, "right")) - 1\n    if at < 0 or',
        (OF_FIGURES,),
    ),
    Mutant(
        "impact: the nearest mid counts however far it is",
        FIGURES,
        "return float(mid[nearest]) if 2 * abs(int(time_ms[nearest]) - wanted_ms) <= horizon_ms else nan\n",
        "return float(mid[nearest])\n",
        (OF_FIGURES,),
    ),
    Mutant(
        "impact: every mid takes a step of the memory",
        "src/liqscape/insight/kernels/mid_memory.py",
        "if time_ms != last_ms and (count == 1 or last_ms - time[(count - 2) % steps, row] >= step_ms):\n",
        "if time_ms != last_ms:\n",
        ("tests/insight/impact/test_mid_memory.py",),
    ),
    Mutant(
        "impact: marks that stood in stay among the mids",
        "src/liqscape/insight/impact/watch.py",
        "                self._path.forget(first)\n",
        "",
        ("tests/insight/impact/test_watch.py",),
    ),
    Mutant(
        "impact: times with a liquidation are a baseline",
        "src/liqscape/insight/impact/baseline.py",
        "        is_same &= ~self._is_disturbed(minute[order], market_index)\n",
        "",
        ("tests/insight/impact/test_baseline.py",),
    ),
    Mutant(
        "cascades: a minute nobody watched passes for one without a liquidation",
        TRACKER,
        "is_known = is_whole and flows.is_known and mark > 0.0\n",
        "is_known = mark > 0.0\n",
        (OF_TRACKER,),
    ),
    Mutant(
        "cascades: a run ends however much is ahead of the mark",
        "src/liqscape/insight/cascades/run.py",
        "            and fuel_usd < FUEL_SHARE * self.liquidated_usd\n",
        "",
        (OF_TRACKER,),
    ),
    Mutant(
        "cascades: minutes older than seven days stay in the record",
        "src/liqscape/insight/cascades/record.py",
        "self.seen = [each for each in self.seen if each[0] >= oldest]\n",
        "pass\n",
        ("tests/insight/cascades/test_outcomes.py",),
    ),
    Mutant(
        "cascades: a share is printed of a handful of cases",
        "src/liqscape/insight/cascades/table.py",
        "is_enough = len(judged) >= MIN_CASES\n",
        "is_enough = True\n",
        ("tests/insight/cascades/test_outcomes.py",),
    ),
)
