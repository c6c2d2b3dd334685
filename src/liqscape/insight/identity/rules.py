"""Constants of identity, each with its measured reason (docs/clusters.md, "Identity"; `benchmarks/identity.py`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.units import Float64Array


class IdentityRules(NamedTuple):
    """Rules by which clusters are found and tied. Lengths in base bands of 5 bp, shares as fractions, times in ms."""

    reach: float = 8.0
    """Half of the kernel's support, three standard deviations (0.13 %). The full width at half its height, 0.36 %, is
    the smoothing width. Half as much again glues clusters 0.7 % apart, and no fewer end young."""
    prominence_kept: float = 0.05
    """Least 1 - valley / peak by which a cluster stays apart from its neighbour."""
    prominence_born: float = 0.5
    """The same for what is no cluster yet: the valley beside it is at most half as high."""
    share_kept: float = 0.02
    """Least share of the coins around: triangle of near_bands to each side."""
    share_born: float = 0.1
    """The same for what is no cluster yet. A row of twelve even clusters passes; at 0.15 half of them do not."""
    near_bands: float = 100.0
    """5 %; further from the mark than that the distance to the mark: levels lie the wider the further they are."""
    edge_kept: float = 0.08
    """Share of the peak's density at which a span ends, for bands that were in it."""
    edge_new: float = 0.15
    """The same for other bands."""
    pad_bands: float = 1.0
    """A span reaches so far beyond its outermost levels, and an edge stays while it is within twice that of them: edges
    move 0.3 times a minute and cluster, 0.5 without."""
    same_share: float = 0.5
    """T accepted as the same cluster, of the smaller of the two. 0.3 changes nothing."""
    parent_share: float = 0.25
    """T by which what is born is said to come from another cluster, of its own size."""
    hits_needed: float = 5.0
    """Frames in which it must be found to be born ..."""
    hits_of_last: float = 8.0
    """... of the last so many."""
    memory_ms: float = 900_000.0
    """Observed time for which a cluster that is not found is remembered. Without, twice as many end young."""
    max_gaps_missed: float = 8.0
    """Frames behind gaps, whose time does not count, at which a remembered one may be missing: snapshots that lie hours
    apart would else be remembered for ever."""

    def table(self) -> Float64Array:
        """As the kernel takes them (`kernels/identity_columns.py`)."""
        return np.array(self, np.float64)


RULES = IdentityRules()
