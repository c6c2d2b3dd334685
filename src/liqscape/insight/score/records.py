"""The scorecard: figures with their counts and intervals, what could not be judged, and power before any result."""

from __future__ import annotations

from msgspec import Struct


class ScoredShare(Struct, frozen=True, kw_only=True):
    """A share and the ends of its 95 % interval; those None where all cases are of one day."""

    share: float
    low: float | None
    high: float | None


class ScorePower(Struct, frozen=True, kw_only=True):
    """What could be found at all, known before any result.

    n                   cases that do not overlap.
    minimum_detectable  found in 80 % of cases at the 5 % level, in `unit`; None below MIN_CASES.
    """

    figure: str
    horizon: str
    n: int
    unit: str
    minimum_detectable: float | None
    text: str


class FateShare(Struct, frozen=True, kw_only=True):
    """Of the levels that the mark reached, those with one fate.

    count, usd  of all hourly frames: a level counts in each frame that showed it.
    share       of windows that do not overlap, by count (Wilson); usd_share: of all frames, by USD (day blocks). None
                below MIN_CASES such windows.
    """

    fate: str
    count: int
    usd: float
    share: ScoredShare | None
    usd_share: ScoredShare | None


class LevelScore(Struct, frozen=True, kw_only=True):
    """Levels of one class against what happened until a horizon.

    by, key          `all`, `coin`, `side`, `distance`, `age`, `margin_source`, and which.
    predicted_count  levels of all hourly frames whose window was watched throughout; crossed: levels that the mark was
                     seen to reach, in other windows too.
    window_count     reached in windows that do not overlap: each is there once.
    inferred_usd     of the USD liquidated, what was inferred of prints at our own level and not confirmed.
    """

    by: str
    key: str
    horizon: str
    day_count: int
    predicted_count: int
    predicted_usd: float
    crossed_count: int
    crossed_usd: float
    window_count: int
    inferred_usd: float
    fates: tuple[FateShare, ...]


class ErrorQuantile(Struct, frozen=True, kw_only=True):
    """A quantile in basis points with its day-block interval."""

    quantile: float
    value: float
    low: float | None
    high: float | None


class LevelError(Struct, frozen=True, kw_only=True):
    """Mark that triggered liquidations against the level shown before: 1e4 * (mark / level - 1).

    evidence   `exact`: told by the exchange, or confirmed; `inferred`: of prints at our own level, which flatters it.
    quantiles_bp  10, 50, 90 %; None below MIN_CASES.
    """

    by: str
    key: str
    horizon: str
    evidence: str
    count: int
    day_count: int
    quantiles_bp: tuple[ErrorQuantile, ...] | None


class RecallScore(Struct, frozen=True, kw_only=True):
    """Liquidations of one class against what the map had said of them.

    on_map    the position stood on the map. within_*: its level was within 0.1, 0.5, 1 % of the mark that triggered it.
    opened_later_count  the account was known, and had no such position yet; not_known_count: it was not known.
    Shares are of all liquidations, None below MIN_CASES; `_usd` by USD; all with day-block intervals.
    """

    by: str
    key: str
    horizon: str
    count: int
    usd: float
    day_count: int
    opened_later_count: int
    not_known_count: int
    on_map: ScoredShare | None
    within_0_1: ScoredShare | None
    within_0_5: ScoredShare | None
    within_1: ScoredShare | None
    on_map_usd: ScoredShare | None
    within_0_1_usd: ScoredShare | None
    within_0_5_usd: ScoredShare | None
    within_1_usd: ScoredShare | None


class Unjudged(Struct, frozen=True, kw_only=True):
    """What could not be judged. usd None where no mark says it."""

    what: str
    reason: str
    horizon: str
    count: int
    usd: float | None


class RankCorrelation(Struct, frozen=True, kw_only=True):
    """A partial rank correlation with its 95 % interval of day blocks; its ends None below MIN_CASES days."""

    value: float
    low: float | None
    high: float | None


class AsymmetryRelation(Struct, frozen=True, kw_only=True):
    """Rank correlation of the map's asymmetry with the return after, the return of the last 24 hours held fixed.

    percent             distance within which levels count.
    count               hours and coins; window_count: times that do not overlap, coins counted once.
    minimum_detectable  correlation found in 80 % of cases at the 5 % level.
    correlation         None below MIN_CASES times.
    relation            `measured` where the interval is on one side of zero, else `no relation measured`; `not enough`
                        below MIN_CASES days.
    """

    percent: float
    horizon: str
    count: int
    window_count: int
    day_count: int
    minimum_detectable: float | None
    correlation: RankCorrelation | None
    relation: str
