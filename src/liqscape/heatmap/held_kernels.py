"""Compiled sum of what is held (heatmap/plan.py). Import only inside functions: Numba takes long to load."""

from __future__ import annotations

from liqscape.risk.kernels.jit import compiled
from liqscape.units import Float64Array, Int32Array


@compiled
def sum_sizes(market_index: Int32Array, size: Float64Array, position_size: Float64Array) -> None:
    """Adds the sizes of positions (P,) to position_size (M, 2), in their order, as plan_kernels.plan_positions does."""
    for row in range(len(size)):
        amount = size[row]
        position_size[market_index[row], 1 if amount < 0.0 else 0] += abs(amount)
