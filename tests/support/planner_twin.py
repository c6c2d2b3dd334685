"""The planner as it reads in its description: everybody at once, in plain arrays, nothing kept between plans."""

from __future__ import annotations

import numpy as np

from liqscape.feed.reconcile.planner import MAX_RETRY_MS, Planner
from liqscape.feed.reconcile.priority import (
    BIN_WIDTH,
    BINS,
    CLOSE_DISTANCE,
    DOUBT_MS,
    FAR_WEIGHT,
    NEAR_SHARE,
    PRIOR_COUNT,
    QUEUE_SHARE,
    QUIET_MS,
    REST_MS,
    SWEEP_AFTER_MS,
    SWEEP_SHARE,
    UNSURE_REST_MS,
    URGENT_DISTANCE,
    URGENT_SHARE,
    WRONG_SHARE,
    Candidates,
    Chosen,
)
from liqscape.ledger import WatchColumns
from liqscape.steps import Steps
from liqscape.units import HOUR_MS, BoolArray, Float64Array, Int64Array

NOW_MS = 1_770_000_000_000


class PlannerTwin(Planner):
    """Chooses by the slow road; what is asked of the chosen is the planner's own."""

    def _choose(self, watch: WatchColumns, now_ms: int, budget: int, *, is_unread_only: bool = False) -> Steps[Chosen]:
        yield from self._places.follow(watch)
        count = len(self._book)
        self._grow(count)
        everybody = np.arange(count)
        columns = self._everybody(watch, now_ms)
        self._note_held(everybody, watch)
        is_free = columns.is_free & ~columns.is_known if is_unread_only else columns.is_free
        unsearched = ~self._searched[:count] & self._all_bits() & ~np.int64(1)
        self._unsearched_count = int(np.count_nonzero(columns.is_known & (unsearched != 0)))
        return slow_choice(columns, is_free, budget, now_ms)

    def _everybody(self, watch: WatchColumns, now_ms: int) -> Candidates:
        found = {address: place for place, address in enumerate(watch.address)}
        rows = [found.get(address) for address in self._book.addresses]
        count = len(rows)

        def reported(name: str, missing: object) -> list[object]:
            return [missing if place is None else getattr(watch, name)[place] for place in rows]

        self._asked_ms[:count] = np.minimum(self._asked_ms[:count], now_ms)
        self._not_before_ms[:count] = np.minimum(self._not_before_ms[:count], now_ms + MAX_RETRY_MS)
        is_unsure = np.array(reported("is_unsure", False), np.bool_)
        return Candidates(
            is_known=np.array(reported("is_known", False), np.bool_),
            is_doubtful=np.array(reported("is_dirty", False), np.bool_) | is_unsure,
            is_unsure=is_unsure,
            is_free=(self._pending[:count] == 0) & (self._not_before_ms[:count] <= now_ms),
            state_ms=np.array(reported("state_ms", -1), np.int64),
            asked_ms=self._asked_ms[:count].copy(),
            notional=np.array(reported("notional", 0.0), np.float64),
            nearest_distance=np.array(reported("nearest_distance", np.inf), np.float64),
            expected_usd=self._book.expected_usd(now_ms),
            group=self._book.groups(),
        )


def slow_choice(columns: Candidates, is_free: BoolArray, budget: int, now_ms: int) -> Chosen:
    """The four steps of a plan, each over all that are left."""
    gain = slow_gain(columns, now_ms).tolist()
    last = np.where(columns.is_known, np.maximum(columns.state_ms, columns.asked_ms), columns.asked_ms).tolist()
    rest = np.where(columns.is_known & columns.is_unsure, UNSURE_REST_MS, REST_MS).tolist()
    left = [row for row in range(len(columns)) if is_free[row] and (last[row] < 0 or now_ms - last[row] >= rest[row])]
    room = budget
    parts: dict[str, list[int]] = {}
    steps = (
        ("swept", SWEEP_SHARE, last, lambda row: columns.is_known[row] and now_ms - last[row] >= SWEEP_AFTER_MS),
        ("queued", QUEUE_SHARE, last, lambda row: not columns.is_known[row]),
        (
            "urgent",
            URGENT_SHARE,
            [-each for each in gain],
            lambda row: (
                columns.is_known[row] and columns.is_doubtful[row] and columns.nearest_distance[row] <= URGENT_DISTANCE
            ),
        ),
        ("valuable", 1.0, [-each for each in gain], lambda _: True),
    )
    for name, share, key, is_meant in steps:
        most = min(room, int(np.ceil(share * budget)))
        parts[name] = sorted((row for row in left if is_meant(row)), key=lambda row: (key[row], row))[:most]
        room -= len(parts[name])
        taken = set(parts[name])
        left = [row for row in left if row not in taken]
    return Chosen(**{name: np.array(rows, np.int64) for name, rows in parts.items()})


def slow_gain(columns: Candidates, now_ms: int) -> Float64Array:
    """(N,) USD, with what was learnt summed up in one go."""
    last_ms = np.maximum(columns.state_ms, columns.asked_ms)
    age_ms = np.maximum(0, now_ms - last_ms).astype(np.float64)
    chance = -np.expm1(-age_ms / np.where(columns.is_known & columns.is_doubtful, DOUBT_MS, QUIET_MS))
    chance = np.where(last_ms < 0, 1.0, chance)
    distance = np.minimum(np.nan_to_num(columns.nearest_distance, nan=np.inf, posinf=1e9), 1e9)
    near = np.nan_to_num(columns.notional) * np.maximum(FAR_WEIGHT, 1.0 / (1.0 + (distance / CLOSE_DISTANCE) ** 2))
    expected = np.nan_to_num(columns.expected_usd)
    size = np.clip(np.log10(np.maximum(1.0, expected)) / BIN_WIDTH, 0, BINS - 1).astype(np.int64)
    place: Int64Array = columns.group * BINS + size
    known, count = place[columns.is_known], int(place.max(initial=0)) + 1
    number = np.bincount(known, minlength=count)
    guessed = np.bincount(known, expected[columns.is_known], count)
    held = np.bincount(known, near[columns.is_known], count)
    prior = PRIOR_COUNT * guessed / np.maximum(1, number)
    total = guessed + prior
    share = np.where(total > 0.0, (held + NEAR_SHARE * prior) / np.where(total > 0.0, total, 1.0), NEAR_SHARE)
    return np.where(columns.is_known, WRONG_SHARE * near, expected * share[place]) * chance


def candidates(count: int, seed: int = 0) -> Candidates:
    """Anything."""
    rng = np.random.default_rng(seed)
    is_known = rng.random(count) < 0.5
    state_ms = np.where(is_known, NOW_MS - rng.integers(0, HOUR_MS, count), -1)
    asked_ms = np.where(is_known | (rng.random(count) < 0.2), NOW_MS - rng.integers(0, HOUR_MS, count), -1)
    return Candidates(
        is_known=is_known,
        is_doubtful=rng.random(count) < 0.3,
        is_unsure=rng.random(count) < 0.1,
        is_free=rng.random(count) < 0.9,
        state_ms=state_ms,
        asked_ms=asked_ms,
        notional=np.where(is_known, rng.pareto(1.2, count) * 1e3, 0.0),
        nearest_distance=np.where(rng.random(count) < 0.8, rng.random(count), np.inf),
        expected_usd=rng.pareto(1.2, count) * 1e3,
        group=rng.integers(0, 8, count),
    )
