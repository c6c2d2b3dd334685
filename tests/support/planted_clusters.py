"""A coin whose clusters are known: who was put in which, and how well a tracker finds and keeps them.

Clusters stand at a given distance from each other; their levels drift together and apart, their owners come and go, and
a tenth of all coins lies about where no cluster is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from liqscape.heatmap.grid import LOG_WIDTH
from liqscape.insight.identity import RULES, ClusterTracker, IdentityRules
from liqscape.insight.minute import HeldLevels
from liqscape.units import Float64Array, Int64Array, Side

MINUTE_MS = 60_000
START_MS = 1_780_000_000_000
MARK = 100.0
NEAREST = 40.0
"""Bands between the mark and the first cluster."""


@dataclass(frozen=True)
class PlantedFrame:
    """One frame; planted (K,) cluster of each row, -1 for what lies between."""

    held: HeldLevels
    planted: Int64Array


def planted_frames(
    seed: int,
    apart: float,
    *,
    clusters: int = 6,
    people: int = 25,
    minutes: int = 120,
    spread: float = 1.5,
    drift: float = 0.15,
    churn: float = 0.005,
) -> list[PlantedFrame]:
    """Frames, a minute apart. Bands: distance of neighbours, spread of the levels of one, drift a minute of each.

    churn: chance a minute that a position is closed and another of the same cluster is opened.
    """
    random = np.random.default_rng(seed)
    strays = clusters * people // 3
    planted = np.concatenate([np.repeat(np.arange(clusters), people), np.full(strays, -1)])
    centre = -(NEAREST + apart * np.arange(clusters))
    reach = NEAREST + apart * clusters
    key = np.arange(len(planted))
    size = random.lognormal(0.0, 0.5, len(planted))
    size[planted < 0] *= 0.1 / 0.9 * size[planted >= 0].sum() / size[planted < 0].sum()
    offset = _offsets(random, planted, spread, reach)
    frames = []
    for _ in range(minutes):
        centre = centre + random.normal(0.0, drift / 3.0, clusters)
        offset = np.where(planted >= 0, 0.99 * offset, offset) + random.normal(0.0, drift, len(planted))
        gone = random.random(len(planted)) < churn
        key = np.where(gone, key.max() + 1 + np.arange(len(key)), key)
        offset = np.where(gone, _offsets(random, planted, spread, reach), offset)
        size = np.where(gone & (planted >= 0), random.lognormal(0.0, 0.5, len(planted)), size)
        place = np.where(planted >= 0, centre[planted], 0.0) + offset
        order = np.lexsort((key, place))
        level = MARK * np.exp(place[order] * LOG_WIDTH)
        frames.append(PlantedFrame(HeldLevels(level, size[order], key[order], order), planted[order]))
    return frames


def _offsets(random: np.random.Generator, planted: Int64Array, spread: float, reach: float) -> Float64Array:
    drawn: Float64Array = np.where(
        planted >= 0,
        random.normal(0.0, spread, len(planted)),
        -random.uniform(0.0, reach + NEAREST, len(planted)),
    )
    return drawn


@dataclass(frozen=True)
class Found:
    """How well planted clusters were found, over all frames but the first ten; shares.

    precision, recall   of clusters found in a frame: the larger part of its coins is of one planted cluster, and it has
                        the larger part of that one's coins.
    kept                of the frames in which a planted cluster was found, those under its most frequent id.
    """

    precision: float
    recall: float
    kept: float


def judge(frames: Sequence[PlantedFrame], rules: IdentityRules = RULES) -> Found:
    """Follow the frames and compare."""
    tracker = ClusterTracker("BTC", Side.LONG, rules)
    shown = wanted = right = 0
    ids: dict[int, list[str]] = {}
    for minute, frame in enumerate(frames):
        tracked = tracker.advance(frame.held, MARK, START_MS + minute * MINUTE_MS, False)
        if minute < 10:
            continue
        count = int(frame.planted.max()) + 1
        whole = np.bincount(frame.planted[frame.planted >= 0], frame.held.size[frame.planted >= 0], count)
        found = [cluster for cluster in tracked.standing if not cluster.is_remembered]
        shown, wanted = shown + len(found), wanted + count
        for cluster in found:
            rows = slice(cluster.first_row, cluster.last_row)
            planted, size = frame.planted[rows], frame.held.size[rows]
            inside = np.bincount(planted[planted >= 0], size[planted >= 0], count)
            most = int(inside.argmax())
            if inside[most] > 0.5 * size.sum() and inside[most] > 0.5 * whole[most]:
                right += 1
                ids.setdefault(most, []).append(cluster.cluster_id)
    kept = sum(max(names.count(name) for name in set(names)) for names in ids.values())
    return Found(right / max(shown, 1), right / wanted, kept / max(right, 1))
