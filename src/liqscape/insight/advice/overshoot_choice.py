"""Which measured overshoot stands for a cluster: that of its class, where enough sweeps crossed such clusters.

Only sweeps that crossed count: a stop past a cluster is asked what the mark does once it is through, and a sweep that
turned inside never came near it (docs/stops.md, "Next stops").
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from liqscape.insight.advice.records import ClusterOvershoot
from liqscape.insight.statistics import MIN_CASES
from liqscape.insight.study_rows import SweepRow
from liqscape.insight.sweeps.overshoot import ALL_SIZES, SweepOvershoot, class_by_depth, overshoot_table

AT_END = "end"
ClassKey = tuple[str, str]
OvershootClasses = Mapping[ClassKey, SweepOvershoot]
"""By class of coin and of size, at the sweep's end."""


def classes_of(sweeps: Iterable[SweepRow]) -> tuple[OvershootClasses, Mapping[str, str]]:
    """Overshoot of the sweeps that crossed, by class; and the class of each coin, by all of its sweeps."""
    rows = list(sweeps)
    coins = class_by_depth(rows)
    crossed = [row for row in rows if row.crossed_ms is not None]
    table = overshoot_table(crossed, coins, horizons=(AT_END,))
    return {(each.coin_class, each.size_class): each for each in table}, coins


def choose_overshoot(classes: OvershootClasses, coin_class: str, size_class: str) -> ClusterOvershoot:
    """Of the class of coin and size; of its coins at any size where that has too few; else unknown, with its count."""
    for size in (size_class, ALL_SIZES):
        found = classes.get((coin_class, size))
        if found is not None and found.quantiles is not None:
            return _measured(found)
    found = classes.get((coin_class, ALL_SIZES))
    return ClusterOvershoot(
        source="unknown",
        n=0 if found is None else found.count,
        day_count=0 if found is None else found.day_count,
        coin_class=coin_class,
        size_class=ALL_SIZES,
    )


def simulated_overshoot(extremes_bp: Iterable[float]) -> ClusterOvershoot:
    """Quantiles of simulated runs, each the mark's extreme beyond the far edge in bp; unknown below MIN_CASES.

    As measured ones are taken: the first value with at least that share up to it.
    """
    ordered = sorted(extremes_bp)
    if len(ordered) < MIN_CASES:
        return ClusterOvershoot(source="unknown", n=len(ordered))
    return ClusterOvershoot(
        source="simulated", q50_bp=_quantile(ordered, 50), q90_bp=_quantile(ordered, 90), n=len(ordered)
    )


def _quantile(ordered: list[float], percent: int) -> float:
    return ordered[-(-percent * len(ordered) // 100) - 1]


def _measured(found: SweepOvershoot) -> ClusterOvershoot:
    by_share = {each.quantile: each for each in found.quantiles or ()}
    half, most = by_share[0.5], by_share[0.9]
    return ClusterOvershoot(
        source="measured",
        q50_bp=half.value,
        q50_low_bp=half.low,
        q50_high_bp=half.high,
        q90_bp=most.value,
        q90_low_bp=most.low,
        q90_high_bp=most.high,
        n=found.count,
        day_count=found.day_count,
        coin_class=found.coin_class,
        size_class=found.size_class,
    )
