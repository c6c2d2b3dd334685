"""A coin whose mark wanders through two clusters while accounts trade, are liquidated and come: event by event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from swept_minutes import Holder, Row, Waiting, make_cluster, make_minute

from liqscape.heatmap.grid import band_edge, band_of_price
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
READ = tuple(name for place, name in enumerate(NAMES) if place % 4 != 3)
"""Accounts whose trigger orders are read."""
Stops = dict[str, tuple[Waiting, ...]]
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
    """Stored frames, the clusters that stand at each, all marks (minute, ms, mark) and all events; stops that wait at
    each frame."""

    minutes: tuple[Minute, ...]
    standing: tuple[tuple[TrackedCluster, ...], ...]
    marks: tuple[tuple[int, int, float], ...]
    events: tuple[Event, ...]
    holders: tuple[dict[str, Holder], ...]
    stops: tuple[Stops, ...]


def make_story(seed: int, count: int = 135, step: float = 0.0007) -> Story:
    """Seeds that are a multiple of 4 have minutes without a path, and gaps; of 5, no trigger orders.

    At most one event a kind, account and minute, so sums of a minute hold each as it was."""
    rng, has_holes = np.random.default_rng(seed), seed % 4 == 0
    holders = {name: _born(rng) for name in NAMES[:9]}
    of_stops = np.random.default_rng([seed, 9])
    stops = {name: _stops(of_stops, name, held) for name, held in holders.items()}
    waits: list[Stops] = []
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
                had = holders.get(name)
                done = _fire(of_stops, name, holders, stops, mark) or _act(rng, name, holders, mark)
                if not (had and had.size) and done is not None:
                    stops[name] = _stops(of_stops, name, holders[name])
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
            triggers=None if seed % 5 == 0 else ([each for own in stops.values() for each in own], READ),
        )
        waits.append(dict(stops))
        minutes.append(frame)
        marks += [(minute, at_ms, price) for at_ms, price in path] if is_told else []
        marks.append((minute, MINUTE_MS, mark))
        standing.append(tuple(_cluster(rng, name) for name in SPANS if rng.random() > 0.02))
        states.append(dict(holders))
    return Story(tuple(minutes), tuple(standing), tuple(marks), tuple(events), tuple(states), tuple(waits))


def _cluster(rng: np.random.Generator, name: str) -> TrackedCluster:
    side, low, high = SPANS[name]
    wider = float(rng.integers(0, 3)) * 0.1
    return make_cluster(name, side, low - wider, high + wider)


def _born(rng: np.random.Generator) -> Holder:
    side, low, high = SPANS["longs" if rng.random() < 0.5 else "shorts"]
    size = float(side * int(rng.integers(100, 2_000))) / 100.0
    return Holder(size, round(float(rng.uniform(low, high)), 3))


def _stops(rng: np.random.Generator, name: str, held: Holder) -> tuple[Waiting, ...]:
    """None to two stops of a position, most of them before its level, of a part or of all of it; and a take-profit."""
    assert held.level is not None
    side = 1 if held.size > 0.0 else -1
    found = [Waiting(name, -side, round(100.0 + side * 5.0, 3), is_profit=True)]
    for _ in range(int(rng.integers(0, 3))):
        away = float(rng.uniform(0.02, 0.9)) if rng.random() < 0.85 else -0.1
        size = 0.0 if rng.random() < 0.4 else max(1, int(abs(held.size) * rng.uniform(10.0, 90.0))) / 100.0
        found.append(Waiting(name, -side, round(held.level + side * away, 3), size))
    return tuple(found)


def _fire(
    rng: np.random.Generator, name: str, holders: dict[str, Holder], stops: dict[str, tuple[Waiting, ...]], mark: float
) -> tuple[MinuteKind, int] | None:
    """A stop that the mark has reached is gone, and has mostly closed what it says; one after the other."""
    held = holders.get(name)
    if held is None or not held.size:
        return None
    side = 1 if held.size > 0.0 else -1
    reached = [each for each in stops.get(name, ()) if not each.is_profit and side * mark <= side * each.price]
    if not reached:
        return None
    first = max(reached, key=lambda each: side * each.price)
    stops[name] = tuple(each for each in stops[name] if each is not first)
    if rng.random() < 0.2:
        return None
    lots = abs(round(held.size * 100))
    gone = min(lots, round(first.size * 100) or lots)
    holders[name] = replace_size(held, side * (lots - gone) / 100.0, held.level)
    return MinuteKind.TRADE, -side * gone


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


def true_by_stop(story: Story, name: str, entry: int, end: int) -> tuple[float | None, float | None]:
    """Coins that own stops closed of what a cluster held at frame `entry`, until frame `end`, and the share of it whose
    accounts were read: one event after the other, each stop by itself."""
    if story.minutes[entry].triggers is None:
        return None, None
    cluster = next(each for each in story.standing[entry] if each.cluster_id == name)
    side, low, high = cluster.side, cluster.price_low, cluster.price_high
    mark = next(price for minute, at_ms, price in story.marks if (minute, at_ms) == (entry, MINUTE_MS))
    by_stop = known = total = 0
    for address, holder in story.holders[entry].items():
        if holder.size * side <= 0.0 or holder.level is None or not low <= holder.level < high:
            continue
        held = remaining = abs(round(holder.size * 100))
        total += held
        if address not in READ:
            continue
        known += held
        left = _lots_of_stops(story.stops[entry].get(address, ()), side, mark, held)
        left = [(price, lots) for price, lots in left if side * price > side * holder.level]
        for event in story.events:
            if event.address != address or not entry < event.minute <= end:
                continue
            held += side * event.lots
            if held >= remaining:
                continue
            lost, remaining = remaining - max(held, 0), max(held, 0)
            for place, (price, lots) in enumerate(left):
                fired = _fired(story, side, price, entry, end)
                if event.kind is MinuteKind.TRADE and fired is not None and fired <= (event.minute, event.at_ms):
                    part = min(lost, lots)
                    left[place], lost, by_stop = (price, lots - part), lost - part, by_stop + part
    return by_stop / 100.0 if known else None, known / total


def _lots_of_stops(waiting: tuple[Waiting, ...], side: int, mark: float, held: int) -> list[tuple[float, int]]:
    """What each stop that waits would close of a position, the nearest first."""
    found = []
    stops = [each for each in waiting if not each.is_profit and side * each.price < side * mark]
    for each in sorted(stops, key=lambda stop: -side * stop.price):
        lots = min(held, round(each.size * 100) or held)
        held -= lots
        found.append((each.price, lots))
    return found


def _fired(story: Story, side: int, price: float, entry: int, end: int) -> tuple[int, int] | None:
    """From when a stop counts as fired: its base band entered, in the first minute in which its price was reached."""
    band = int(band_of_price(np.array([price]))[0]) + (side > 0)
    edge = float(band_edge(np.array([band]))[0])
    for minute in range(entry + 1, end + 1):
        own = [(at_ms, mark) for each, at_ms, mark in story.marks if each == minute]
        if any(side * mark <= side * price for _, mark in own):
            return minute, min(at_ms for at_ms, mark in own if side * mark <= side * edge)
    return None
