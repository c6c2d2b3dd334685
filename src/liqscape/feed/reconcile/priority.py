"""Which accounts to read next: what a reading is expected to put right near the mark, with shares for those that wait.

    gain = notional * closeness(distance) * WRONG_SHARE * probability that something changed unseen (known)
    gain = expected notional * share near the mark * probability that there is something to read    (never read)

in USD near the mark. The probability grows from 0 to 1 with the time since the last question, quickly for those in
doubt; it is 1 for those never asked about. The share is learnt from those read (`near_shares`).
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
from liqscape.units import HOUR_MS, MINUTE_MS, BoolArray, Float64Array, Int64Array

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


@dataclass(frozen=True)
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


def choose(columns: Candidates, budget: int, now_ms: int) -> Chosen:
    """At most `budget` rows. Of n rows that may be asked about, min(n, budget) are chosen.

    Raises ModelError for a negative budget.
    """
    if budget < 0:
        raise ModelError(f"budget is {budget}, must be 0 or more")
    last_ms = np.where(columns.is_known, np.maximum(columns.state_ms, columns.asked_ms), columns.asked_ms)
    rest_ms = np.where(columns.is_known & columns.is_unsure, UNSURE_REST_MS, REST_MS)
    open_rows = np.flatnonzero(columns.is_free & ((last_ms < 0) | (now_ms - last_ms >= rest_ms)))
    known = open_rows[columns.is_known[open_rows]]
    unread = open_rows[~columns.is_known[open_rows]]
    gain = gain_usd(columns, now_ms)

    is_left = np.zeros(len(columns), np.bool_)
    is_left[open_rows] = True
    left = budget
    is_due = now_ms - last_ms[known] >= SWEEP_AFTER_MS
    swept = _least(last_ms, known[is_due], min(left, int(np.ceil(SWEEP_SHARE * budget))))
    is_left[swept] = False
    left -= len(swept)
    queued = _least(last_ms, unread, min(left, int(np.ceil(QUEUE_SHARE * budget))))
    is_left[queued] = False
    left -= len(queued)
    is_urgent = columns.is_doubtful[known] & (columns.nearest_distance[known] <= URGENT_DISTANCE) & is_left[known]
    urgent = _least(-gain, known[is_urgent], min(left, int(np.ceil(URGENT_SHARE * budget))))
    is_left[urgent] = False
    left -= len(urgent)
    valuable = _least(-gain, open_rows[is_left[open_rows]], left)
    return Chosen(urgent, valuable, queued, swept)


def gain_usd(columns: Candidates, now_ms: int) -> Float64Array:
    """(N,) USD near the mark that a reading is expected to put right."""
    last_ms = np.maximum(columns.state_ms, columns.asked_ms)
    age_ms = np.maximum(0, now_ms - last_ms).astype(np.float64)
    chance = -np.expm1(-age_ms / np.where(columns.is_known & columns.is_doubtful, DOUBT_MS, QUIET_MS))
    chance = np.where(last_ms < 0, 1.0, chance)
    distance = np.minimum(np.nan_to_num(columns.nearest_distance, nan=np.inf, posinf=1e9), 1e9)
    closeness = np.maximum(FAR_WEIGHT, 1.0 / (1.0 + (distance / CLOSE_DISTANCE) ** 2))
    near = np.nan_to_num(columns.notional) * closeness
    expected = np.nan_to_num(columns.expected_usd)
    unread = expected * near_shares(columns, near, expected)
    return np.where(columns.is_known, WRONG_SHARE * near, unread) * chance


def near_shares(columns: Candidates, near_usd: Float64Array, expected_usd: Float64Array) -> Float64Array:
    """(N,) near USD per expected USD of the known accounts of each one's group and bin, NEAR_SHARE being the prior."""
    size = np.clip(np.log10(np.maximum(1.0, expected_usd)) / BIN_WIDTH, 0, BINS - 1).astype(np.int64)
    place = columns.group * BINS + size
    known, count = place[columns.is_known], int(place.max(initial=0)) + 1
    number = np.bincount(known, minlength=count)
    expected = np.bincount(known, expected_usd[columns.is_known], count)
    near = np.bincount(known, near_usd[columns.is_known], count)
    prior = PRIOR_COUNT * expected / np.maximum(1, number)
    total = expected + prior
    share = np.where(total > 0.0, (near + NEAR_SHARE * prior) / np.where(total > 0.0, total, 1.0), NEAR_SHARE)
    return np.asarray(share[place], np.float64)


def _least(key: Float64Array | Int64Array, rows: Int64Array, count: int) -> Int64Array:
    """The `count` rows of least key, least first; equal keys in order of rows."""
    if count <= 0 or not len(rows):
        return np.zeros(0, np.int64)
    keys = key[rows]
    if count < len(rows):
        bound = np.partition(keys, count - 1)[count - 1]
        below = np.flatnonzero(keys < bound)
        ties = np.flatnonzero(keys == bound)[: count - len(below)]
        kept = np.sort(np.concatenate((below, ties)))
        rows, keys = rows[kept], keys[kept]
    return rows[np.argsort(keys, kind="stable")].astype(np.int64)
