"""Which accounts to read next: what a reading is expected to put right near the mark, with shares for those that wait.

    gain = notional * closeness(distance) * WRONG_SHARE * probability that something changed unseen (known)
    gain = expected notional * share near the mark * probability that there is something to read    (never read)

in USD near the mark. The probability grows from 0 to 1 with the time since the last question, quickly for those in
doubt; it is 1 for those never asked about. The share is learnt from those read (`NearLearning`).
A plan of `budget` rows is filled in four steps:

1. SWEEP_SHARE  known accounts in order of the time since they were last asked about, from SWEEP_AFTER_MS on,
2. QUEUE_SHARE  unread ones in the same order: so nobody waits for ever, whatever the figures say,
3. URGENT_SHARE at most, doubtful accounts with a level within URGENT_DISTANCE of the mark, by gain,
4. everybody else by gain.

Somebody read less than REST_MS ago is left alone, UNSURE_REST_MS where unsure. Pure: time is an argument, equal columns
give equal plans.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from liqscape.errors import ModelError
from liqscape.units import HOUR_MS, MINUTE_MS, AnyArray, BoolArray, Float64Array, Int64Array

SWEEP_SHARE = 0.1
"""With QUEUE_SHARE a fifth of the budget: at 3,000 accounts a minute 100,000 known ones come round within 6 hours."""
QUEUE_SHARE = 0.1
URGENT_SHARE = 0.2
"""Prints keep most doubtful accounts right; however many there are, most of the budget is for what is not known."""
URGENT_DISTANCE = 0.05
"""A move of 5 % is a bad day; a level farther away will be read again before it matters."""
REST_MS = 30_000
"""Somebody who trades without end would otherwise be asked about without end; prints move him in between."""
UNSURE_REST_MS = 5_000
"""After a gap prints do not keep an account right, however lately it was read: it is to be right within seconds."""
SWEEP_AFTER_MS = 10 * MINUTE_MS
"""Before that the sweep leaves its share to others: at the start everything known is fresh and most is not known."""
CLOSE_DISTANCE = 0.02
"""Distance at which a level weighs half of one at the mark."""
FAR_WEIGHT = 0.02
"""Weight of positions without a level, or with a far one: they still say how much of open interest is known."""
WRONG_SHARE = 0.2
"""Of a known position that changed unseen, what is wrong: transfers move its level, while an unread one is missing."""
DOUBT_MS = 10 * MINUTE_MS
"""Mean time until something unseen follows something seen: a trader who has just traded goes on (a transfer, a change
of leverage), though his prints are applied as they come."""
QUIET_MS = 6 * HOUR_MS
"""Mean time until an account that has not traded changes unseen (transfers, leverage): a few times a day."""
NEAR_SHARE = 0.2
"""Share of an unread account's notional that counts as near until something is learnt: most lies farther off."""
PRIOR_COUNT = 20
"""Accounts read of a bin before what was learnt outweighs NEAR_SHARE."""
BINS, BIN_WIDTH = 30, 0.5
"""Of log10 of expected USD: within a factor of three accounts are alike."""


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """N addresses.

    is_known         (N,) a state has been read.
    is_doubtful      (N,) traded, paid funding or in a gap since.
    is_unsure        (N,) of those, what prints do not keep right: in a gap, or told otherwise by a fill.
    is_free          (N,) may be asked about: not asked just now, not failing.
    state_ms         (N,) venue time of the state, -1 without.
    asked_ms         (N,) when last asked about, -1 never.
    notional         (N,) USD of its known positions.
    nearest_distance (N,) least |level / mark - 1|; inf where none.
    expected_usd     (N,) notional guessed from outside, of known ones too: what the guess is worth is learnt from them.
    group            (N,) small numbers; accounts of one group and like expectation are alike.
    """

    is_known: BoolArray
    is_doubtful: BoolArray
    is_unsure: BoolArray
    is_free: BoolArray
    state_ms: Int64Array
    asked_ms: Int64Array
    notional: Float64Array
    nearest_distance: Float64Array
    expected_usd: Float64Array
    group: Int64Array

    def __post_init__(self) -> None:
        for field in fields(self):
            shape = getattr(self, field.name).shape
            if shape != self.is_known.shape:
                raise ModelError(f"{field.name} has shape {shape}, candidates need {self.is_known.shape}")

    def __len__(self) -> int:
        return len(self.is_known)

    def of(self, rows: Int64Array) -> Candidates:
        """Some of them."""
        return Candidates(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})


@dataclass(frozen=True)
class Chosen:
    """Rows to read, each once, in four parts; the most pressing first within each."""

    urgent: Int64Array
    valuable: Int64Array
    queued: Int64Array
    swept: Int64Array

    @property
    def rows(self) -> Int64Array:
        """All, urgent ones first."""
        return np.concatenate((self.urgent, self.valuable, self.queued, self.swept))

    def of(self, is_kept: BoolArray) -> Chosen:
        """Only the given `rows`."""
        bounds = np.cumsum([len(self.urgent), len(self.valuable), len(self.queued)])
        kept = np.split(is_kept, bounds)
        parts = (self.urgent, self.valuable, self.queued, self.swept)
        return Chosen(*(part[which] for part, which in zip(parts, kept, strict=True)))


def choose(columns: Candidates, budget: int, now_ms: int) -> Chosen:
    """At most `budget` rows. Of n rows that may be asked about, min(n, budget) are chosen.

    Raises ModelError for a negative budget.
    """
    learning = NearLearning()
    learning.add(columns)
    choice = Choice(budget, now_ms, learning.shares())
    choice.add(np.arange(len(columns)), columns)
    return choice.chosen()


class Choice:
    """`add` candidates in blocks, rows rising from block to block; `chosen` is as if all had been looked at together.

    Kept in between are as many rows as may yet be chosen, some three times the budget. `shares`: of NearLearning.
    """

    def __init__(self, budget: int, now_ms: int, shares: Float64Array) -> None:
        if budget < 0:
            raise ModelError(f"budget is {budget}, must be 0 or more")
        self._budget, self._now_ms, self._shares = budget, now_ms, shares
        swept, queued = (min(budget, int(np.ceil(share * budget))) for share in (SWEEP_SHARE, QUEUE_SHARE))
        urgent = min(budget, int(np.ceil(URGENT_SHARE * budget)))
        self._swept, self._queued = _Least(swept), _Least(queued)
        # Rows that an earlier step takes are not to be missed by a later one.
        self._urgent = _Least(swept + urgent)
        self._valuable = _Least(budget + swept + queued + urgent)

    def add(self, rows: Int64Array, columns: Candidates) -> None:
        """rows (N,) rising, all above those of the blocks before."""
        now_ms, known = self._now_ms, columns.is_known
        last_ms = np.where(known, np.maximum(columns.state_ms, columns.asked_ms), columns.asked_ms)
        rest_ms = np.where(known & columns.is_unsure, UNSURE_REST_MS, REST_MS)
        is_open = columns.is_free & ((last_ms < 0) | (now_ms - last_ms >= rest_ms))
        gain = gain_usd(columns, now_ms, self._shares)
        is_near = columns.is_doubtful & (columns.nearest_distance <= URGENT_DISTANCE)
        self._swept.add(last_ms, rows, is_open & known & (now_ms - last_ms >= SWEEP_AFTER_MS))
        self._queued.add(last_ms, rows, is_open & ~known)
        self._urgent.add(-gain, rows, is_open & known & is_near)
        self._valuable.add(-gain, rows, is_open)

    def chosen(self) -> Chosen:
        """Of all that were added."""
        left = self._budget
        swept = self._swept.rows(min(left, int(np.ceil(SWEEP_SHARE * self._budget))))
        left -= len(swept)
        queued = self._queued.rows(min(left, int(np.ceil(QUEUE_SHARE * self._budget))))
        left -= len(queued)
        taken = np.concatenate((swept, queued))
        urgent = self._urgent.rows(min(left, int(np.ceil(URGENT_SHARE * self._budget))), taken)
        left -= len(urgent)
        return Chosen(urgent, self._valuable.rows(left, np.concatenate((taken, urgent))), queued, swept)


class _Least:
    """The `count` rows of least key among all that are added; of equal keys the lowest rows."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._key: AnyArray | None = None
        self._row = np.zeros(0, np.int64)

    def add(self, key: AnyArray, rows: Int64Array, is_meant: BoolArray) -> None:
        """Those of `rows` (N,) that are meant."""
        meant = np.flatnonzero(is_meant)
        if self._key is None:
            self._key = key[:0]
        keys, found = np.concatenate((self._key, key[meant])), np.concatenate((self._row, rows[meant]))
        kept = _min_places(keys, self._count)
        self._key, self._row = keys[kept], found[kept]

    def rows(self, count: int, without: Int64Array | None = None) -> Int64Array:
        """At most so many, least first; `without` these rows."""
        if self._key is None:
            return np.zeros(0, np.int64)
        key, row = self._key, self._row
        if without is not None and len(without):
            is_left = ~np.isin(row, without)
            key, row = key[is_left], row[is_left]
        kept = _min_places(key, count)
        return row[kept][np.argsort(key[kept], kind="stable")].astype(np.int64)


class NearLearning:
    """near USD per expected USD of known accounts, by group and bin of expected USD: what a guess is worth.

    Sums are made in the order of rows, so blocks give the same bits as all at once.
    """

    def __init__(self) -> None:
        self._number = np.zeros(BINS, np.int64)
        self._expected: Float64Array = np.zeros(BINS)
        self._near: Float64Array = np.zeros(BINS)

    def add(self, columns: Candidates) -> None:
        """The known ones of a block."""
        known = columns.is_known
        expected = np.nan_to_num(columns.expected_usd[known])
        place = _places(columns.group[known], expected)
        most = int(place.max(initial=0)) + 1
        if most > len(self._number):
            more = most - len(self._number)
            self._number = np.concatenate((self._number, np.zeros(more, np.int64)))
            self._expected, self._near = (
                np.concatenate((each, np.zeros(more))) for each in (self._expected, self._near)
            )
        np.add.at(self._number, place, 1)
        np.add.at(self._expected, place, expected)
        np.add.at(self._near, place, _near_usd(columns)[known])

    def shares(self) -> Float64Array:
        """(K,) by place, NEAR_SHARE being the prior; of places beyond nothing was learnt."""
        prior = PRIOR_COUNT * self._expected / np.maximum(1, self._number)
        total = self._expected + prior
        learnt = (self._near + NEAR_SHARE * prior) / np.where(total > 0.0, total, 1.0)
        return np.asarray(np.where(total > 0.0, learnt, NEAR_SHARE), np.float64)


def gain_usd(columns: Candidates, now_ms: int, shares: Float64Array | None = None) -> Float64Array:
    """(N,) USD near the mark that a reading is expected to put right.

    shares (K,) of NearLearning; None: learnt from these columns.
    """
    if shares is None:
        learning = NearLearning()
        learning.add(columns)
        shares = learning.shares()
    last_ms = np.maximum(columns.state_ms, columns.asked_ms)
    age_ms = np.maximum(0, now_ms - last_ms).astype(np.float64)
    chance = -np.expm1(-age_ms / np.where(columns.is_known & columns.is_doubtful, DOUBT_MS, QUIET_MS))
    chance = np.where(last_ms < 0, 1.0, chance)
    expected = np.nan_to_num(columns.expected_usd)
    place = _places(columns.group, expected)
    share = np.where(place < len(shares), shares[np.minimum(place, len(shares) - 1)], NEAR_SHARE)
    return np.where(columns.is_known, WRONG_SHARE * _near_usd(columns), expected * share) * chance


def _near_usd(columns: Candidates) -> Float64Array:
    """(N,) notional, weighed by how close the nearest level is."""
    distance = np.minimum(np.nan_to_num(columns.nearest_distance, nan=np.inf, posinf=1e9), 1e9)
    closeness = np.maximum(FAR_WEIGHT, 1.0 / (1.0 + (distance / CLOSE_DISTANCE) ** 2))
    near: Float64Array = np.nan_to_num(columns.notional) * closeness
    return near


def _places(group: Int64Array, expected_usd: Float64Array) -> Int64Array:
    """(N,) group and bin as one number."""
    size = np.clip(np.log10(np.maximum(1.0, expected_usd)) / BIN_WIDTH, 0, BINS - 1).astype(np.int64)
    places: Int64Array = group * BINS + size
    return places


def _min_places(key: AnyArray, count: int) -> Int64Array:
    """Places of the `count` least keys, rising; of equal ones the first."""
    if count >= len(key):
        return np.arange(len(key))
    if count <= 0:
        return np.zeros(0, np.int64)
    bound = np.partition(key, count - 1)[count - 1]
    below = np.flatnonzero(key < bound)
    ties = np.flatnonzero(key == bound)[: count - len(below)]
    return np.sort(np.concatenate((below, ties)))
