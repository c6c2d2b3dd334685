"""Overshoot of a cluster out of the cascade engine, where too few sweeps of its class were measured.

Outside prices go to the cluster's far edge in five minutes and answer to what is forced there (mode coupled); the
mark's extreme beyond the edge within a quarter of an hour is one run's overshoot, and 20 runs differ in what nobody
knows (docs/cascade.md, "Ensembles"). Seconds of work: only on request, and kept for an hour.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np

from liqscape.errors import InputError, QuestionError, SettingsError
from liqscape.insight.advice.overshoot_choice import simulated_overshoot
from liqscape.service.bounded_memory import BoundedMemory
from liqscape.units import BASIS_POINTS, HOUR_MS

if TYPE_CHECKING:
    from liqscape.insight.advice import ClusterOvershoot
    from liqscape.service.market_inputs.from_view import PriceMemory
    from liqscape.service.market_inputs.market_input import MarketInput
    from liqscape.service.view import MapView

RUNS = 20
MINUTES, SHOCK_MINUTES = 15.0, 5.0
MAX_AGE_MS = HOUR_MS
MAX_KEPT = 256
MAX_SIMULATED = 3
"""Clusters of one question, those the mark meets first."""

SIMULATION_PATIENCE_S = 600.0
"""Of who asks a server: twenty runs of the whole exchange take a minute a cluster."""

PlaceOfRun = tuple[str, int, float]
"""Coin, side and far edge."""


class StopSimulations:
    """Simulated overshoots of a map, kept. Usable from any thread; runs go one after the other."""

    def __init__(self, view: MapView) -> None:
        self._view = view
        self._running = threading.Lock()
        self._kept: BoundedMemory[PlaceOfRun, tuple[int, ClusterOvershoot]] = BoundedMemory(MAX_KEPT)
        self._memory: PriceMemory | None = None

    def kept(self, coin: str, side: int, far_edge: float, at_ms: int) -> ClusterOvershoot | None:
        """What was simulated of a cluster in the hour before a time; None where nothing was."""
        found = self._kept.get((coin, side, far_edge))
        return found[1] if found is not None and 0 <= at_ms - found[0] <= MAX_AGE_MS else None

    def run(self, coin: str, side: int, far_edges: list[float], at_ms: int | None) -> None:
        """Simulate the first MAX_SIMULATED edges, but for those kept; one that cannot be simulated stays unknown."""
        from liqscape.service.market_inputs.from_view import PriceMemory, of_view

        with self._running:
            time_ms = self._view.moment(at_ms).reported.time_ms
            first = far_edges[:MAX_SIMULATED]
            wanted = [edge for edge in first if self.kept(coin, side, edge, time_ms) is None]
            if not wanted:
                return
            if self._memory is None:
                self._memory = PriceMemory(self._view)
            market = of_view(self._view, at_ms, self._memory)
            for edge in wanted:
                found = _simulate(market, coin, side, edge)
                if found is not None:
                    self._kept.keep((coin, side, edge), (time_ms, found))


def _simulate(market: MarketInput, coin: str, side: int, edge: float) -> ClusterOvershoot | None:
    from liqscape.cascade import run_ensemble
    from liqscape.service.cascade import CascadeQuestion, prepare_cascade

    question = CascadeQuestion(
        coin=coin,
        price=edge,
        mode="coupled",
        direction="down" if side > 0 else "up",
        minutes=MINUTES,
        shock_minutes=SHOCK_MINUTES,
        paths=RUNS,
    )
    try:
        prepared = prepare_cascade(market, question)
    except (QuestionError, InputError, SettingsError):  # no way there from the mark, no depth, nobody to liquidate
        return None
    ensemble = run_ensemble(market.cascade, prepared.shock, prepared.settings, RUNS)
    extremes = ensemble.outcome["extreme_mark"]
    beyond = BASIS_POINTS * side * (edge - extremes[np.isfinite(extremes)]) / edge
    return simulated_overshoot(np.maximum(beyond, 0.0).tolist())
