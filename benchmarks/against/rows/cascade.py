"""A simulated hour of 30,000 accounts in 250 coins by mode, and an ensemble of 8 runs of ten minutes on two threads.

`benchmarks/cascade.py` measures ten times the accounts, which takes a minute; blocks and coins are the same.
"""

from __future__ import annotations

from collections.abc import Callable

from against.clock import processor, wall
from cascade import falling_market
from liqscape.cascade import CascadeSettings, Mode, run_cascade, run_ensemble

MEMBERS = 8
TEN_MINUTES = CascadeSettings(horizon_ms=600_000)


def prepare() -> dict[str, Callable[[], float]]:
    """Every mode, the ensemble, and one run of it."""
    question, shock = falling_market(30_000, -0.05)
    jobs: dict[str, Callable[[], float]] = {}
    for mode in Mode:
        settings, name = CascadeSettings(mode=mode), mode.name.lower()
        digest = run_cascade(question, shock, settings).digest
        jobs[f"cascade {name}"] = processor(lambda settings=settings: run_cascade(question, shock, settings))
        jobs[f"check:cascade {name}"] = lambda digest=digest: float(int(digest[:12], 16))
    ensemble = run_ensemble(question, shock, TEN_MINUTES, 1).digest
    return jobs | {
        "ensemble one run": wall(lambda: run_cascade(question, shock, TEN_MINUTES)),
        "ensemble": wall(lambda: run_ensemble(question, shock, TEN_MINUTES, MEMBERS)),
        "check:ensemble": lambda: float(int(ensemble[:12], 16)),
    }
