"""Constants of identity, each with its measured reason (docs/clusters.md, "Identity"; `benchmarks/identity.py`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from liqscape.units import Float64Array


class IdentityRules(NamedTuple):
    """Rules by which clusters are found and tied. Lengths in base bands of 5 bp, shares as fractions.

    reach               half of the kernel's support: three of its standard deviations.
    prominence_kept     least prominence (1 - valley / peak) by which a cluster stays apart from its neighbour.
    prominence_born     the same for what is not a cluster yet.
    share_kept, share_born   least share of the coins around (triangle of near_bands, or of the distance to the mark).
    edge_kept, edge_new share of the peak's density where a span ends; for bands already in it, and others.
    slack_bands         an edge that would move inwards by so little stays.
    same_share          T accepted as the same cluster, of the smaller of the two.
    parent_share        T by which what is born is said to come from another cluster, of its own size.
    hits_needed, hits_of_last   frames in which it must be found, of the last so many, to be born.
    memory_ms           observed time for which a cluster that is not found is remembered.
    max_gaps_missed     frames behind gaps (whose time does not count) at which it may be missing.
    """

    reach: float = 12.0
    prominence_kept: float = 0.1
    prominence_born: float = 0.4
    share_kept: float = 0.03
    share_born: float = 0.1
    near_bands: float = 100.0
    edge_kept: float = 0.08
    edge_new: float = 0.15
    slack_bands: float = 2.0
    same_share: float = 0.5
    parent_share: float = 0.25
    hits_needed: float = 3.0
    hits_of_last: float = 5.0
    memory_ms: float = 900_000.0
    max_gaps_missed: float = 8.0

    def table(self) -> Float64Array:
        """As the kernel takes them (`kernels/identity_columns.py`)."""
        return np.array(self, np.float64)


RULES = IdentityRules()
