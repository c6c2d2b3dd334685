"""A coin whose mark wanders through two clusters while accounts trade, are liquidated and come: event by event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from swept_minutes import Holder, Row, make_cluster, make_minute

from liqscape.insight.identity import TrackedCluster
from liqscape.insight.minute import Minute
from liqscape.model.minute_notes import MinuteKind
from liqscape.units import MINUTE_MS, Side

UPDATES = 4
LOST = Holder(0.0, None)
"""Gone for good, and nobody said why."""
VISIT_EVERY = 50
"""Minutes from one visit of the mark to a cluster to the next."""
NAMES = tuple(f"account {place}" for place in range(12))
SPANS = {"longs": (Side.LONG, 98.2, 99.2), "shorts": (Side.SHORT, 100.8, 101.8)}


class Event(NamedTuple):
    """One account's position moved by so many lots."""

    minute: int
    at_ms: int
    address: str
    kind: MinuteKind
    lots: int


@dataclass(frozen=True)
class Story:
    """Stored frames, the clusters that stand at each, all marks (minute, ms, mark) and all events."""

    minutes: tuple[Minute, ...]
    standing: tuple[tuple[TrackedCluster, ...], ...]
    marks: tuple[tuple[int, int, float], ...]
    events: tuple[Event, ...]
    holders: tuple[dict[str, Holder], ...]


def make_story(seed: int, count: int = 135, step: float = 0.0007) -> Story:
    """Seeds that are a multiple of 4 have minutes without a path, and gaps.

    At most one event a kind, account and minute, so sums of a minute hold each as it was."""
    rng, has_holes = np.random.default_rng(seed), seed % 4 == 0
    holders = {name: _born(rng) for name in NAMES[:9]}
    mark, minutes, standing, marks, events, states = 100.0, [], [], [], [], []
    for minute in range(count):
        path, rows = [], []
        moved: set[str] = set()
        for update in range(UPDATES):
            at_ms = update * 14_000 + 1_000
            visited = (97.7, 102.3)[minute // VISIT_EVERY % 2] if minute % VISIT_EVERY in (15, 16, 17) else 100.0
            pull = 0.2 * np.log(visited / mark)
            mark = round(float(mark * np.exp(pull + rng.normal(0.0, step))), 3)
            path.append((at_ms, mark))
            for name in NAMES:
                if name in moved:
                    continue
                done = _act(rng, name, holders, mark)
                if done is not None:
                    kind, lots = done
                    moved.add(name)
                    events.append(Event(minute, at_ms, name, kind, lots))
                    rows.append(Row(name, kind, lots / 100.0, first_ms=at_ms))
        is_told = not has_holes or rng.random() > 0.02
        frame = make_minute(
            minute,
            mark,
            holders,
            path=path if is_told else None,
            rows=rows,
            is_gap=has_holes and bool(rng.random() < 0.01),
            addresses=NAMES,
        )
        minutes.append(frame)
        marks += [(minute, at_ms, price) for at_ms, price in path] if is_told else []
        marks.append((minute, MINUTE_MS, mark))
        standing.append(tuple(_cluster(rng, name) for name in SPANS if rng.random() > 0.02))
        states.append(dict(holders))
    return Story(tuple(minutes), tuple(standing), tuple(marks), tuple(events), tuple(states))


def _cluster(rng: np.random.Generator, name: str) -> TrackedCluster:
    side, low, high = SPANS[name]
    wider = float(rng.integers(0, 3)) * 0.1
    return make_cluster(name, side, low - wider, high + wider)


def _born(rng: np.random.Generator) -> Holder:
    side, low, high = SPANS["longs" if rng.random() < 0.5 else "shorts"]
    size = float(side * int(rng.integers(100, 2_000))) / 100.0
    return Holder(size, round(float(rng.uniform(low, high)), 3))


def _act(rng: np.random.Generator, name: str, holders: dict[str, Holder], mark: float) -> tuple[MinuteKind, int] | None:
    """What an account does at a mark: perhaps nothing. Replaces what it holds."""
    held = holders.get(name)
    if held is LOST:
        return None
    if held is not None and held.size and abs(mark - 100.0) > 1.2 and rng.random() < 0.01:
        holders[name] = LOST
        return None
    if held is None or not held.size:
        if rng.random() < 0.01:
            holders[name] = born = _born(rng)
            return MinuteKind.TRADE, round(born.size * 100)
        return None
    lots = round(held.size * 100)
    side = 1 if lots > 0 else -1
    drawn = rng.random()
    is_below = held.level is not None and side * mark < side * held.level
    if is_below and drawn < 0.8:
        kind = MinuteKind(int(rng.choice([5, 5, 6, 7])))
        gone = lots if drawn < 0.6 else side * max(1, abs(lots) // 5)
        rest = (lots - gone) / 100.0
        holders[name] = replace_size(held, rest, None if held.level is None else held.level - side * 2.0)
        return kind, -gone
    if drawn < 0.82 and not is_below and rng.random() < 0.03:
        change = int(rng.integers(-abs(lots), abs(lots) // 2 + 1))
        if change:
            holders[name] = replace_size(held, (lots + side * change) / 100.0, held.level)
            return MinuteKind.TRADE, side * change
    return None


def replace_size(held: Holder, size: float, level: float | None) -> Holder:
    """The holder with another size and level."""
    return held._replace(size=size, level=level)


def true_parts(story: Story, name: str, entry: int, end: int) -> dict[str, float]:
    """Coins by how they went, of what a cluster held at frame `entry`, until frame `end`: one event after the other.

    A level counts as reached by the first mark at or beyond the level of the last frame before.
    """
    cluster = next(each for each in story.standing[entry] if each.cluster_id == name)
    side, low, high = cluster.side, cluster.price_low, cluster.price_high
    parts = dict.fromkeys(
        ("liquidated_book", "liquidated_backstop", "deleveraged", "closed_before", "closed_after", "rest"), 0
    )
    for address, holder in story.holders[entry].items():
        if holder.size * side <= 0.0 or holder.level is None or not low <= holder.level < high:
            continue
        held = remaining = abs(round(holder.size * 100))
        reached = _reached(story, address, side, entry, end)
        for event in story.events:
            if event.address != address or not entry < event.minute <= end:
                continue
            held += side * event.lots
            if held >= remaining:
                continue
            lost, remaining = remaining - max(held, 0), max(held, 0)
            at = (event.minute, event.at_ms)
            closed = "closed_after" if reached is not None and at >= reached else "closed_before"
            how = {5: "liquidated_book", 6: "liquidated_backstop", 7: "deleveraged"}.get(int(event.kind), closed)
            parts[how] += lost
        parts["rest"] += remaining
    return {how: lots / 100.0 for how, lots in parts.items()}


def _reached(story: Story, address: str, side: Side, entry: int, end: int) -> tuple[int, int] | None:
    for minute, at_ms, mark in story.marks:
        if not entry < minute <= end:
            continue
        level = story.holders[minute - 1].get(address, Holder(0.0, None)).level
        if level is not None and story.holders[minute - 1][address].size * side > 0.0 and side * mark <= side * level:
            return minute, at_ms
    return None
